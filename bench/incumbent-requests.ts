import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';

/**
 * The requests of the backend that is in use elsewhere, as a team writes it that follows the examples: a session of
 * an id of its own, not the sign-in's, so that the caller's is told by device and address among all the user's
 * sessions, from an index that projects everything. Each route with its authorizer. In its favour, it records no
 * activity, reads one page and deletes what is over without a query of its own.
 */
export interface Incumbent {
  readonly documents: DynamoDBDocumentClient;
  /** With the index `UserIndex`, which projects all. */
  readonly tableName: string;
  readonly caller: { readonly userId: string; readonly userAgent: string; readonly ipAddress: string };
}

export interface IncumbentSession {
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

async function sessionsOf({ documents, tableName, caller }: Incumbent): Promise<IncumbentSession[]> {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: tableName,
      IndexName: 'UserIndex',
      KeyConditionExpression: 'userId = :userId',
      ExpressionAttributeValues: { ':userId': caller.userId },
    }),
  );
  return Items as IncumbentSession[];
}

function isLive({ isActive, expiresAt, lastActivity, sessionTimeout = 480 }: IncumbentSession): boolean {
  const now = Date.now();
  return isActive && Date.parse(expiresAt) > now && now - Date.parse(lastActivity) <= sessionTimeout * MINUTE;
}

/** The caller's own session: of the same device and address, the latest used. */
const currentOf = ({ caller }: Incumbent, sessions: readonly IncumbentSession[]): IncumbentSession | undefined =>
  sessions
    .filter(isLive)
    .filter(({ userAgent, ipAddress }) => userAgent === caller.userAgent && ipAddress === caller.ipAddress)
    .sort((a, b) => b.lastActivity.localeCompare(a.lastActivity))[0];

const remove = ({ documents, tableName }: Incumbent, sessionId: string) =>
  documents.send(new DeleteCommand({ TableName: tableName, Key: { sessionId } }));

/** @returns whether the user has a live session */
export const incumbentAuthorize = async (incumbent: Incumbent): Promise<boolean> =>
  (await sessionsOf(incumbent)).some(isLive);

async function assertAuthorized(incumbent: Incumbent): Promise<void> {
  if (!(await incumbentAuthorize(incumbent))) throw new Error('Unauthorized');
}

/** @returns the live sessions, the caller's own first */
export async function incumbentList(incumbent: Incumbent): Promise<(IncumbentSession & { isCurrent: boolean })[]> {
  await assertAuthorized(incumbent);
  const sessions = await sessionsOf(incumbent);
  const current = currentOf(incumbent, sessions);
  return sessions
    .filter(isLive)
    .map((session) => ({ ...session, isCurrent: session === current }))
    .sort(
      (a, b) => Number(b.isCurrent) - Number(a.isCurrent) || Date.parse(b.lastActivity) - Date.parse(a.lastActivity),
    );
}

/** @returns false when it is nobody's, another's or the caller's own */
export async function incumbentEndOne(incumbent: Incumbent, sessionId: string): Promise<boolean> {
  await assertAuthorized(incumbent);
  const { documents, tableName, caller } = incumbent;
  const { Item: session } = await documents.send(new GetCommand({ TableName: tableName, Key: { sessionId } }));
  if (session?.userId !== caller.userId) return false;
  if (currentOf(incumbent, await sessionsOf(incumbent))?.sessionId === sessionId) return false;
  await remove(incumbent, sessionId);
  return true;
}

/** @returns the ids of those that were deleted */
export async function incumbentEndOthers(incumbent: Incumbent): Promise<string[]> {
  await assertAuthorized(incumbent);
  const sessions = await sessionsOf(incumbent);
  const current = currentOf(incumbent, sessions);
  const ids = sessions.filter((session) => session !== current).map(({ sessionId }) => sessionId);
  await Promise.all(ids.map((id) => remove(incumbent, id)));
  return ids;
}

/** @returns the id of the session that was logged out, if there was one; those that are over go with it */
export async function incumbentLogOut(incumbent: Incumbent): Promise<string | undefined> {
  await assertAuthorized(incumbent);
  const sessions = await sessionsOf(incumbent);
  const current = currentOf(incumbent, sessions);
  const gone = sessions.filter((session) => session === current || !isLive(session));
  await Promise.all(gone.map(({ sessionId }) => remove(incumbent, sessionId)));
  return current?.sessionId;
}

/** Its authorizer lets in who has no session yet, but looks for one all the same. */
export async function incumbentRegister(incumbent: Incumbent, session: IncumbentSession): Promise<void> {
  await incumbentAuthorize(incumbent);
  const { documents, tableName } = incumbent;
  await documents.send(new PutCommand({ TableName: tableName, Item: { ...session } }));
}
