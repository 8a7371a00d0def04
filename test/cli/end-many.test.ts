import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { endMany } from '../../cli/end-many';
import { filterFrom, type SessionFilter } from '../../cli/session-filter';
import { ServiceError } from '../../lambda/aws/calls';
import { iso, liveSession } from '../support/sessions';

const SESSIONS = 3;
const filter = filterFrom({ agent: ['firefox'] }, Date.now()) as SessionFilter;
const said: string[] = [];

beforeEach(() => {
  said.length = 0;
  for (const method of ['log', 'error'] as const) {
    jest.spyOn(console, method).mockImplementation((...words: unknown[]) => void said.push(String(words[0])));
  }
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

/** A table with a session in each of its first segments. @param fails the error that a call gets, if any */
function tableWhere(fails: (operation: string, input: any, looks: number) => Error | undefined) {
  const now = Date.now();
  const times = { createdAt: iso(now), lastActivity: iso(now), expiresAt: iso(now + 3_600_000) };
  const sessions = new Map(
    Array.from({ length: SESSIONS }, (_, index) => [
      `session-${index}`,
      marshall(liveSession({ sessionId: `session-${index}`, ...times })),
    ]),
  );
  let scans = 0;
  const client = {
    async call(operation: string, input: any): Promise<any> {
      const looks = Math.ceil(scans / 32);
      if (operation === 'Scan') scans++;
      const error = fails(operation, input, operation === 'Scan' ? Math.ceil(scans / 32) : looks);
      if (error) throw error;
      if (operation === 'Scan') {
        const found = sessions.get(`session-${input.Segment}`);
        return { Items: found ? [found] : [], ScannedCount: found ? 1 : 0 };
      }
      if (operation === 'UpdateItem') {
        const id = input.Key.sessionId.S;
        sessions.set(id, { ...sessions.get(id), isActive: { BOOL: false } });
        return {};
      }
      for (const { DeleteRequest } of input.RequestItems.sessions) sessions.delete(DeleteRequest.Key.sessionId.S);
      return {};
    },
  };
  const table = { tableName: 'sessions', client: {}, close: async () => undefined };
  const live = () => [...sessions.values()].filter((item) => unmarshall(item).isActive).length;
  const end = () =>
    endMany({ client: client as any, table, rate: undefined, items: 0 }, filter, false, async () => undefined);
  return { end, live, stored: () => sessions.size, remove: (id: string) => sessions.delete(id) };
}

it('ends nothing if not all of the table could be looked through', async () => {
  const { end, live } = tableWhere((operation, { Segment }) =>
    operation === 'Scan' && Segment === 7 ? new ServiceError('ValidationException', 'unreadable', 400) : undefined,
  );
  await expect(end()).rejects.toThrow('unreadable');
  expect([said, live()]).toEqual([['Not all of the table could be read. Nothing was ended.'], SESSIONS]);
});

it('never says that all is done if a part of the table could not be read when it ended sessions', async () => {
  const { end, live } = tableWhere((operation, { Segment }, looks) =>
    operation === 'Scan' && Segment === 1 && looks === 2
      ? new ServiceError('ValidationException', 'unreadable', 400)
      : undefined,
  );
  await expect(end()).rejects.toThrow('unreadable');
  expect(said.slice(1)).toEqual([
    'Ended 2 sessions in sessions.',
    'Not all of the table was done: sessions may be left. Run it again.',
  ]);
  expect(live()).toBe(1);
});

it('says which sessions have ended and are still stored', async () => {
  const { end, live, stored } = tableWhere((operation) =>
    operation === 'BatchWriteItem' ? new ServiceError('AccessDeniedException', 'denied', 400) : undefined,
  );
  await end();
  expect([live(), stored(), process.exitCode]).toEqual([0, SESSIONS, 1]);
  expect(said.slice(1)).toEqual([
    'Ended 3 sessions in sessions.',
    expect.stringMatching(/^Not deleted: session-\d: denied$/),
    'Of these, still stored: 3. The next cleanup deletes and announces them.',
  ]);
});

it('says why fewer have ended than were found', async () => {
  const table = tableWhere((_, __, looks) => {
    if (looks === 2) table.remove('session-0');
    return undefined;
  });
  await table.end();
  expect(said.slice(1)).toEqual([
    'Ended 2 sessions in sessions.',
    '1 fewer than were found: used in the meantime, or ended otherwise.',
  ]);
});
