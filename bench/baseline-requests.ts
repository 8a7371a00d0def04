import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';

/**
 * The database requests of a session backend as a team would write it from the examples. A session has an id of its
 * own, not the sign-in's, so the caller's session is found by device and address among all the user's sessions, from an
 * index that projects everything. Each route includes its authorizer. In its favour, no route records activity, it reads
 * one page only, and it deletes ended sessions without a query of its own.
 */
export interface Baseline {
  readonly documents: DynamoDBDocument;
  /** With the index `UserIndex`, which projects all. */
  readonly tableName: string;
  readonly caller: { readonly userId: string; readonly userAgent: string; readonly ipAddress: string };
}

export interface BaselineSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly isActive: boolean;
  /** ISO 8601 UTC, as `expiresAt`. */
  readonly lastActivity: string;
  readonly expiresAt: string;
  /** Minutes. */
  readonly sessionTimeout?: number;
  readonly userAgent: string;
  readonly ipAddress: string;
}

const MINUTE = 60_000;

async function sessionsOf({ documents, tableName, caller }: Baseline): Promise<BaselineSession[]> {
  const { Items = [] } = await documents.query({
    TableName: tableName,
    IndexName: 'UserIndex',
    KeyConditionExpression: 'userId = :userId',
    ExpressionAttributeValues: { ':userId': caller.userId },
  });
  return Items as BaselineSession[];
}

function isLive({ isActive, expiresAt, lastActivity, sessionTimeout = 480 }: BaselineSession): boolean {
  const now = Date.now();
  return isActive && Date.parse(expiresAt) > now && now - Date.parse(lastActivity) <= sessionTimeout * MINUTE;
}

/** The caller's own session: the one of the same device and address that was used last. */
const currentOf = ({ caller }: Baseline, sessions: readonly BaselineSession[]): BaselineSession | undefined =>
  sessions
    .filter(isLive)
    .filter(({ userAgent, ipAddress }) => userAgent === caller.userAgent && ipAddress === caller.ipAddress)
    .sort((a, b) => b.lastActivity.localeCompare(a.lastActivity))[0];

const remove = ({ documents, tableName }: Baseline, sessionId: string) =>
  documents.delete({ TableName: tableName, Key: { sessionId } });

/** @returns whether the user has a live session */
export const baselineAuthorize = async (baseline: Baseline): Promise<boolean> =>
  (await sessionsOf(baseline)).some(isLive);

/** Its authorizer if it records activity, which an idle timeout needs. */
export async function baselineRecordUse(baseline: Baseline): Promise<void> {
  const current = currentOf(baseline, await sessionsOf(baseline));
  await baseline.documents.update({
    TableName: baseline.tableName,
    Key: { sessionId: current?.sessionId },
    UpdateExpression: 'SET lastActivity = :now',
    ExpressionAttributeValues: { ':now': new Date().toISOString() },
  });
}

async function assertAuthorized(baseline: Baseline): Promise<void> {
  if (!(await baselineAuthorize(baseline))) throw new Error('Unauthorized');
}

/** The sessions of an authorized caller, and which of them is the caller's own. */
async function authorizedSessions(baseline: Baseline) {
  await assertAuthorized(baseline);
  const sessions = await sessionsOf(baseline);
  return { sessions, current: currentOf(baseline, sessions) };
}

/** @returns the live sessions, the caller's own first */
export async function baselineList(baseline: Baseline): Promise<(BaselineSession & { isCurrent: boolean })[]> {
  const { sessions, current } = await authorizedSessions(baseline);
  return sessions
    .filter(isLive)
    .map((session) => ({ ...session, isCurrent: session === current }))
    .sort(
      (a, b) => Number(b.isCurrent) - Number(a.isCurrent) || Date.parse(b.lastActivity) - Date.parse(a.lastActivity),
    );
}

/** @returns false if the session does not exist, is another user's or is the caller's own */
export async function baselineEndOne(baseline: Baseline, sessionId: string): Promise<boolean> {
  await assertAuthorized(baseline);
  const { documents, tableName, caller } = baseline;
  const { Item: session } = await documents.get({ TableName: tableName, Key: { sessionId } });
  if (session?.userId !== caller.userId) return false;
  if (currentOf(baseline, await sessionsOf(baseline))?.sessionId === sessionId) return false;
  await remove(baseline, sessionId);
  return true;
}

/** @returns the ids of the deleted sessions */
export async function baselineEndOthers(baseline: Baseline): Promise<string[]> {
  const { sessions, current } = await authorizedSessions(baseline);
  const ids = sessions.filter((session) => session !== current).map(({ sessionId }) => sessionId);
  await Promise.all(ids.map((id) => remove(baseline, id)));
  return ids;
}

/** Deletes the user's ended sessions, too. @returns the id of the session that was logged out, if there was one */
export async function baselineLogOut(baseline: Baseline): Promise<string | undefined> {
  const { sessions, current } = await authorizedSessions(baseline);
  const gone = sessions.filter((session) => session === current || !isLive(session));
  await Promise.all(gone.map(({ sessionId }) => remove(baseline, sessionId)));
  return current?.sessionId;
}

/** Its authorizer looks for a session, though it admits callers who have none yet. @returns true */
export async function baselineRegister(baseline: Baseline, session: BaselineSession): Promise<boolean> {
  await baselineAuthorize(baseline);
  const { documents, tableName } = baseline;
  await documents.put({ TableName: tableName, Item: session });
  return true;
}
