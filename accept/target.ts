import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { type Aws, NotAsked } from './aws';
import type { Person } from './person';

/** A stage that is asked, and what the checks need for it. */
export interface Target {
  readonly name: string;
  /** Of the API's stage, with a slash at its end. */
  readonly apiUrl: string;
  /** The same name is the same user, with a sign-in of its own each time. */
  readonly signIn: (name: string, isAdmin?: boolean) => Promise<Person>;
  /** Absent if the stage is somebody else's: then it is asked from outside only. */
  readonly own?: OwnStage;
  /** Milliseconds: how often something is looked at, how long an outage lasts, and how long is waited at most. */
  readonly times: { readonly poll: number; readonly outage: number; readonly most: number };
  readonly say: (sentence: string) => void;
}

/** A stage whose insides we may change. */
export interface OwnStage {
  /** The first and the last part of its names. */
  readonly app: string;
  readonly stage: string;
  readonly aws: Aws;
  readonly userPool: { readonly id: string; readonly clientId: string };
  readonly database: { readonly client: DynamoDBClientConfig; readonly tableName: string; readonly tableArn: string };
  /** Deploys a change of the cleanup's function. */
  readonly deployAgain?: () => Promise<void>;
  /** How many sessions a cleanup gets; a multiple of 50. */
  readonly items: number;
}

/** Asks a stage about one assumption of assumptions.md. @returns what was seen, as a sentence. @throws what does not hold, or `NotAsked` */
export type Check = (target: Target) => Promise<string>;

export type Checks = Readonly<Record<string, Check>>;

/** @throws `NotAsked` if the stage is somebody else's */
export function ownStage({ own }: Target): OwnStage {
  if (!own) throw new NotAsked('This needs a stage of its own.');
  return own;
}

/**
 * Looks again and again until there is something to see.
 * @param look returns undefined as long as there is nothing
 * @returns what was seen, and after how many seconds
 * @throws an error that says what there was to see
 */
export async function waitFor<T>({ times }: Target, what: string, look: () => Promise<T | undefined>) {
  const begun = performance.now();
  for (;;) {
    const seen = await look();
    const passed = performance.now() - begun;
    if (seen !== undefined) return { seen, seconds: (passed / 1_000).toFixed(1) };
    if (passed > times.most) throw new Error(`${what} did not come within ${times.most / 1_000} seconds.`);
    await sleep(times.poll);
  }
}

/** Waits until a person's sessions are answered by another status. */
export const statusAfter = (target: Target, status: number, person: Person) =>
  waitFor(target, `Another answer than ${status}`, async () => {
    const answer = await person.list();
    return answer.status === status ? undefined : answer;
  });

/**
 * Does something while the sessions table refuses calls, as it would refuse a role without permission.
 * @param actions of DynamoDB: `GetItem`
 */
export async function whileDenied<T>(target: Target, actions: readonly string[], act: () => Promise<T>): Promise<T> {
  const { aws, database } = ownStage(target);
  const ResourceArn = database.tableArn;
  const denied = { Action: actions.map((action) => `dynamodb:${action}`), Resource: ResourceArn };
  const Statement = [{ Effect: 'Deny', Principal: '*', ...denied }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await aws.call('dynamodb', 'PutResourcePolicy', { ResourceArn, Policy });
  try {
    return await act();
  } finally {
    await aws.call('dynamodb', 'DeleteResourcePolicy', { ResourceArn });
  }
}
