import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { DEFAULT_POLICY, newSession } from '../lambda/domain/session';
import { localClient, openDatabase } from '../local/database';
import { REGION } from '../local/template';
import type { BUDGETS, Case } from './budgets';
import {
  type Incumbent,
  type IncumbentSession,
  incumbentAuthorize,
  incumbentEndOne,
  incumbentEndOthers,
  incumbentList,
  incumbentLogOut,
  incumbentRecordUse,
  incumbentRegister,
} from './incumbent-requests';
import { Meter, type Metered } from './meter';
import { LIMITS, USER_AGENT } from './metered-routes';
import { createSessionsTable } from './sessions-table';

const TABLE = 'incumbent-user-sessions';
const NAME = 'incumbent';

/** The cases that the incumbent has, too. */
type Shared = { [name in Case]: (typeof BUDGETS)[name] extends { incumbent: unknown } ? name : never }[Case];

/** A case's sessions of the user, the caller's own first; and how many of the others are over. */
interface Sessions {
  readonly count: number;
  readonly over?: number;
}

type Act = (incumbent: Incumbent, sessions: readonly IncumbentSession[]) => Promise<unknown>;

const idOf = (session: IncumbentSession | undefined): string => session?.sessionId ?? '';

const CASES: Readonly<Record<Shared, [Sessions, Act]>> = {
  'authorizer, session used a moment ago': [{ count: 5 }, incumbentAuthorize],
  'authorizer, use to be recorded': [{ count: 5 }, incumbentRecordUse],
  'authorizer, session ended': [{ count: 0 }, incumbentAuthorize],
  'list, 5 sessions': [{ count: 5 }, incumbentList],
  'list, 100 sessions': [{ count: 100 }, incumbentList],
  'end one': [{ count: 5 }, (incumbent, [, other]) => incumbentEndOne(incumbent, idOf(other))],
  'end one, which is not there (404)': [{ count: 5 }, (incumbent) => incumbentEndOne(incumbent, 'none')],
  'end one, the current one (400)': [{ count: 5 }, (incumbent, [own]) => incumbentEndOne(incumbent, idOf(own))],
  'end the 4 others': [{ count: 5 }, incumbentEndOthers],
  'log out, no other session': [{ count: 1 }, incumbentLogOut],
  'log out, 4 others': [{ count: 5 }, incumbentLogOut],
  'log out, 4 others, 2 of them over': [{ count: 5, over: 2 }, incumbentLogOut],
  register: [{ count: 4 }, (incumbent) => incumbentRegister(incumbent, sessionOf(incumbent.caller.userId, 9))],
};

function sessionOf(userId: string, index: number, isActive = true): IncumbentSession {
  const now = Date.now();
  const { purgeAt: _, ...session } = newSession(
    { sessionId: crypto.randomUUID(), userId, signedInAt: now },
    { ipAddress: `198.51.100.${index}`, userAgent: USER_AGENT },
    LIMITS,
    now - index,
    DEFAULT_POLICY,
  );
  return { ...session, isActive };
}

/** Meters the incumbent's requests for the same cases, on the same engine, with items as large as ours. */
export async function meterIncumbent(): Promise<Map<Case, Metered[]>> {
  const meter = new Meter(() => localClient(database.endpoint));
  const caller = { name: NAME, mayCall: () => true };
  const functionOf = (accessKey: string) => (accessKey === NAME ? caller : undefined);
  const database = await openDatabase(undefined, 0, { functionOf, watch: meter.watch });
  const client = new DynamoDBClient({
    endpoint: database.endpoint,
    region: REGION,
    credentials: { accessKeyId: NAME, secretAccessKey: NAME },
  });
  try {
    await client.send(createSessionsTable(TABLE, 'ALL'));
    const documents = DynamoDBDocumentClient.from(client);
    const metered = new Map<Case, Metered[]>();
    for (const [name, [{ count, over = 0 }, act]] of Object.entries(CASES)) {
      const userId = crypto.randomUUID();
      const sessions = Array.from({ length: count }, (_, index) =>
        sessionOf(userId, index, index === 0 || index > over),
      );
      for (const Item of sessions) await documents.send(new PutCommand({ TableName: TABLE, Item: { ...Item } }));
      const incumbent = {
        documents,
        tableName: TABLE,
        caller: { userId, userAgent: USER_AGENT, ipAddress: '198.51.100.0' },
      };
      metered.set(name as Case, await meter.during(() => act(incumbent, sessions)));
    }
    return metered;
  } finally {
    client.destroy();
    await database.close();
  }
}
