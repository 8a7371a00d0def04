import type { Message } from '../../lambda/receivers/message';
import { messageNotes } from '../../lambda/receivers/message-notes';
import { sessionTables, startDatabase } from '../support/stack';

let database: Awaited<ReturnType<typeof startDatabase>>;
let note: ReturnType<typeof messageNotes>;
let messages = 0;

beforeAll(async () => {
  database = await startDatabase();
  note = messageNotes(database.calls, sessionTables().signIns);
});
afterAll(() => database.close());

const message = (jti = `message-${++messages}`, issuer = 'https://id.example.com') =>
  ({ receiver: { issuer }, claims: { jti, iat: 1_000 } }) as Message;

it('a message may be carried out by the same request until that has succeeded once', async () => {
  const one = message();
  expect(await note(one, 'request')).toBe(true);
  expect(await note(one, 'request')).toBe(true);
  expect(await note(one, 'request', `invocation-${++messages}`)).toBe(true);
  expect(await note(one, 'request')).toBe(false);
});

it('of the same request, sent twice at once, one succeeds', async () => {
  const one = message();
  await Promise.all([note(one, 'request'), note(one, 'request')]);
  const done = await Promise.all([
    note(one, 'request', `invocation-${++messages}`),
    note(one, 'request', `invocation-${++messages}`),
  ]);
  expect(done.sort()).toEqual([false, true]);
});

it('a message that was carried out has succeeded although the answer of the database was lost', async () => {
  // As a call is repeated whose answer does not come.
  const twice: typeof database.calls.call = async (operation, input) => {
    await database.calls.call(operation, input);
    return database.calls.call(operation, input);
  };
  const one = message();
  await note(one, 'request');
  expect(await messageNotes({ call: twice }, sessionTables().signIns)(one, 'request', 'invocation')).toBe(true);
  expect(await note(one, 'request', 'another invocation')).toBe(false);
});

it('another request with the same jti is refused from the beginning', async () => {
  const one = message();
  await note(one, 'request');
  expect(await note(one, 'another')).toBe(false);
});

it('another issuer may use the same jti', async () => {
  await note(message('same'), 'request', `invocation-${++messages}`);
  expect(await note(message('same', 'https://other.example.com'), 'request', `invocation-${++messages}`)).toBe(true);
});

it('only hashes are kept, for as long as the message counts', async () => {
  await note(message('secret-jti'), 'secret-token', 'invocation');
  const { Items = [] } = await database.calls.call<{ Items?: object[] }>('Scan', {
    TableName: sessionTables().signIns,
  });
  const kept = JSON.stringify(Items);
  expect(kept).not.toContain('secret');
  expect(Items).toContainEqual(expect.objectContaining({ purgeAt: { N: '1605' }, doneBy: { S: 'invocation' } }));
});
