import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Sighting } from '../../lambda/domain/store';
import { knownDevices } from '../../lambda/dynamodb/known-devices';
import { DAY, NOW } from '../support/sessions';
import { sessionTables, startDatabase } from '../support/stack';

let database: Awaited<ReturnType<typeof startDatabase>>;
let users = 0;
beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database.close());

const { signIns: table } = sessionTables();
const isNew = (sighting: Sighting) => knownDevices(database.calls, { table, days: 180 })(sighting);
/** A sighting of a user whom no other test has, and others of the same. */
function someone() {
  const common = { userId: `user-${++users}`, device: ['Firefox', 'Windows', 'desktop'], country: 'DE', at: NOW };
  let sessions = 0;
  return (changes: Partial<Sighting> = {}): Sighting => ({ ...common, sessionId: `session-${++sessions}`, ...changes });
}

describe('a kind of device', () => {
  it('is new to a user once', async () => {
    const seen = someone();
    expect([await isNew(seen()), await isNew(seen()), await isNew(seen())]).toEqual([true, false, false]);
  });

  it('is new to one of several sessions that begin at the same moment', async () => {
    const seen = someone();
    const answers = await Promise.all([isNew(seen()), isNew(seen()), isNew(seen()), isNew(seen())]);
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it.each<[string, Partial<Sighting>]>([
    ['another user', { userId: 'another' }],
    ['another browser', { device: ['Chrome', 'Windows', 'desktop'] }],
    ['another country', { country: 'FR' }],
    ['an unknown country', { country: '' }],
  ])('is another one for %s', async (_, changes) => {
    const seen = someone();
    await isNew(seen());
    expect(await isNew(seen(changes))).toBe(true);
  });

  it('is as new when the same session is asked about again: the event of a failed batch says the same', async () => {
    const seen = someone();
    const [first, second] = [seen(), seen()];
    expect([await isNew(first), await isNew(first)]).toEqual([true, true]);
    expect([await isNew(second), await isNew(second)]).toEqual([false, false]);
  });

  it('is new again if it was not seen for so many days, and each sighting counts', async () => {
    const seen = someone();
    await isNew(seen());
    expect(await isNew(seen({ at: NOW + 179 * DAY }))).toBe(false);
    expect(await isNew(seen({ at: NOW + 300 * DAY }))).toBe(false);
    expect(await isNew(seen({ at: NOW + 480 * DAY }))).toBe(true);
  });

  it('takes one write to see again and two to see first, of a unit each', async () => {
    const made: string[] = [];
    const calls: typeof database.calls = Object.assign(Object.create(database.calls), {
      call(operation: string, input: object) {
        made.push(operation);
        return database.calls.call(operation, input);
      },
    });
    const seen = someone();
    const ask = knownDevices(calls, { table, days: 180 });
    await ask(seen());
    expect(made.splice(0)).toEqual(['UpdateItem', 'PutItem']);
    await ask(seen());
    expect(made).toEqual(['UpdateItem']);
  });

  it('is kept as a hash until then, and nothing of the user, the device or the place with it', async () => {
    await isNew(someone()());
    const { Items = [] } = await DynamoDBDocumentClient.from(database.client).send(
      new ScanCommand({ TableName: table }),
    );
    expect(Items.length).toBeGreaterThan(0);
    for (const item of Items) {
      expect(item).toEqual({
        signInId: expect.stringMatching(/^device:[\w-]{43}$/),
        firstSession: expect.stringMatching(/^[\w-]{43}$/),
        purgeAt: expect.any(Number),
      });
    }
  });
});
