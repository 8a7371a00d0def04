import { randomUUID } from 'node:crypto';
import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { DEFAULT_POLICY, type NewSession, newSession } from '../lambda/domain/session';
import type { Asked } from './events';
import { type LocalRun, type Person, USER_AGENT } from './local-run';
import type { Operation } from './requests-process';
import { INCUMBENT_TABLE, type IncumbentAsk } from './serve-incumbent';

/** Of each person: one that is the caller's own, the others of other devices. */
export const SESSIONS_EACH = 3;

const OTHER_DEVICE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15';
const LIMITS = { idleMinutes: 480, lifetimeHours: 168 };

const ROUTES: Readonly<Record<Operation, string>> = {
  list: 'GET /users/{id}/sessions',
  'end one': 'DELETE /users/{id}/sessions/{sessionId}',
  'log out': 'POST /logout',
  register: 'POST /users/{id}/sessions',
  'end others': 'DELETE /users/{id}/sessions',
};
const BODIES: Readonly<Partial<Record<Operation, object>>> = { 'log out': {}, register: { userAgent: USER_AGENT } };

interface Ready {
  readonly person: Person;
  /** The session of this sign-in; not there yet where it is to be registered. */
  readonly own: NewSession;
  /** One of the person's other sessions. */
  readonly other: string;
}

/**
 * People who have signed in, with sessions in a table: one for each request, but the same for each list, which is
 * asked for again and again.
 */
async function peopleFor(
  run: LocalRun,
  database: DynamoDBClient,
  tableName: string,
  operation: Operation,
  count: number,
): Promise<Ready[]> {
  const ready: Ready[] = [];
  for (let n = 0; n < (operation === 'list' ? 1 : count); n++) {
    const person = await run.signIn(`bench-${randomUUID()}`);
    const { origin_jti: own, auth_time } = person.claims;
    const others = Array.from({ length: SESSIONS_EACH - 1 }, () => randomUUID());
    const session = (sessionId: string) =>
      newSession(
        { sessionId, userId: person.userId, signedInAt: auth_time * 1_000 },
        { ipAddress: '127.0.0.1', userAgent: sessionId === own ? USER_AGENT : OTHER_DEVICE },
        LIMITS,
        Date.now(),
        DEFAULT_POLICY,
      );
    const there = [...(operation === 'register' ? [] : [own]), ...others].map(session);
    const puts = there.map((item) => ({ PutRequest: { Item: marshall(item) } }));
    await database.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: puts } }));
    ready.push({ person, own: session(own), other: others[0] ?? '' });
  }
  return Array.from({ length: count }, (_, n) => ready[n % ready.length] as Ready);
}

/** Requests for the routes of this backend. */
export async function ourAsks(
  run: LocalRun,
  database: DynamoDBClient,
  operation: Operation,
  count: number,
): Promise<Asked[]> {
  const tableName = run.functionOf('listsessions').environment.SESSIONS_TABLE ?? '';
  const people = await peopleFor(run, database, tableName, operation, count);
  return people.map(({ person, other }) => ({
    route: ROUTES[operation],
    person,
    ...(operation === 'end one' && { sessionId: other }),
    body: BODIES[operation],
  }));
}

export async function incumbentAsks(
  run: LocalRun,
  database: DynamoDBClient,
  operation: Operation,
  count: number,
): Promise<IncumbentAsk[]> {
  const people = await peopleFor(run, database, INCUMBENT_TABLE, operation, count);
  return people.map(({ person, own, other }) => ({
    session: own,
    caller: { userId: person.userId, userAgent: USER_AGENT, ipAddress: '127.0.0.1' },
    other,
  }));
}
