import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import {
  type Baseline,
  type BaselineSession,
  baselineAuthorize,
  baselineEndOne,
  baselineEndOthers,
  baselineList,
  baselineLogOut,
  baselineRecordUse,
  baselineRegister,
} from '../../bench/baseline-requests';
import { LIMITS } from '../../bench/model/sessions';
import { createSessionsTable } from '../../bench/sessions-table';
import { DEFAULT_POLICY, newSession } from '../../lambda/domain/session';
import { localClient, openDatabase } from '../../local/database';
import { REGION } from '../../local/template';
import type { BUDGETS, Case } from './budgets';
import { Meter, type Metered } from './meter';
import { USER_AGENT } from './metered-routes';

const TABLE = 'baseline-user-sessions';
const NAME = 'baseline';

/** The cases that the baseline has, too. */
type Shared = { [name in Case]: (typeof BUDGETS)[name] extends { baseline: unknown } ? name : never }[Case];

/** The sessions of a case's user, the caller's own first, and how many of the others have ended. */
interface Sessions {
  readonly count: number;
  readonly over?: number;
}

type Act = (baseline: Baseline, sessions: readonly BaselineSession[]) => Promise<unknown>;

const idOf = (session: BaselineSession | undefined): string => session?.sessionId ?? '';

const CASES: Readonly<Record<Shared, [Sessions, Act]>> = {
  'authorizer, activity recorded lately': [{ count: 5 }, baselineAuthorize],
  'authorizer, records activity': [{ count: 5 }, baselineRecordUse],
  'authorizer, session ended': [{ count: 0 }, baselineAuthorize],
  'list, 5 sessions': [{ count: 5 }, baselineList],
  'list, 100 sessions': [{ count: 100 }, baselineList],
  'end one': [{ count: 5 }, (baseline, [, other]) => baselineEndOne(baseline, idOf(other))],
  'end one that does not exist (404)': [{ count: 5 }, (baseline) => baselineEndOne(baseline, 'none')],
  'end the current one (400)': [{ count: 5 }, (baseline, [own]) => baselineEndOne(baseline, idOf(own))],
  'end the 4 others': [{ count: 5 }, baselineEndOthers],
  'log out, no other session': [{ count: 1 }, baselineLogOut],
  'log out, 4 others': [{ count: 5 }, baselineLogOut],
  'log out, 4 others, 2 of them ended': [{ count: 5, over: 2 }, baselineLogOut],
  register: [{ count: 4 }, (baseline) => baselineRegister(baseline, sessionOf(baseline.caller.userId, 9))],
};

function sessionOf(userId: string, index: number, isActive = true): BaselineSession {
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

/** Meters the baseline for the same cases, on the same database, with items as large as ours. */
export async function meterBaseline(): Promise<Map<Case, Metered[]>> {
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
    const documents = DynamoDBDocument.from(client);
    const metered = new Map<Case, Metered[]>();
    for (const [name, [{ count, over = 0 }, act]] of Object.entries(CASES)) {
      const userId = crypto.randomUUID();
      const sessions = Array.from({ length: count }, (_, index) =>
        sessionOf(userId, index, index === 0 || index > over),
      );
      for (const Item of sessions) await documents.put({ TableName: TABLE, Item });
      const baseline = {
        documents,
        tableName: TABLE,
        caller: { userId, userAgent: USER_AGENT, ipAddress: '198.51.100.0' },
      };
      metered.set(name as Case, await meter.during(() => act(baseline, sessions)));
    }
    return metered;
  } finally {
    client.destroy();
    await database.close();
  }
}
