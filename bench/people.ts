import { randomUUID } from 'node:crypto';
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { DEFAULT_POLICY, type NewSession, newSession } from '../lambda/domain/session';
import type { LocalStack } from '../local/stack';
import { Device } from '../test/support/api';
import { LIMITS } from './model/sessions';
import { type Operation, USER_AGENT } from './operations';

/** Of each person: the caller's own session, and others on other devices. */
export const SESSIONS_EACH = 3;

const OTHER_DEVICE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15';

/** Somebody who has signed in and has sessions in a table. */
export interface Person {
  readonly device: Device;
  /** The session of this sign-in. It is not in the table yet if the person is about to register. */
  readonly own: NewSession;
  /** The id of another session. */
  readonly other: string;
}

export interface PeopleOptions {
  readonly stack: LocalStack;
  readonly database: DynamoDBDocument;
  readonly tableName: string;
}

/** One person for each request; a list is asked for by the same person again and again. */
export async function peopleFor(options: PeopleOptions, operation: Operation, count: number): Promise<Person[]> {
  const people: Person[] = [];
  for (let n = 0; n < (operation === 'list' ? 1 : count); n++) people.push(await personFor(options, operation));
  return Array.from({ length: count }, (_, n) => people[n % people.length] as Person);
}

export async function personFor({ stack, database, tableName }: PeopleOptions, operation: Operation): Promise<Person> {
  const device = await Device.signIn(stack, `bench-${randomUUID()}`, { userAgent: USER_AGENT });
  const session = (sessionId: string, userAgent: string) =>
    newSession(
      { sessionId, userId: device.userId, signedInAt: device.claims.auth_time * 1_000 },
      { ipAddress: '127.0.0.1', userAgent },
      LIMITS,
      Date.now(),
      DEFAULT_POLICY,
    );
  const own = session(device.signInId, USER_AGENT);
  const others = Array.from({ length: SESSIONS_EACH - 1 }, () => session(randomUUID(), OTHER_DEVICE));
  const stored = operation === 'register' ? others : [own, ...others];
  const puts = stored.map((item) => ({ PutRequest: { Item: item } }));
  await database.batchWrite({ RequestItems: { [tableName]: puts } });
  return { device, own, other: others[0]?.sessionId ?? '' };
}
