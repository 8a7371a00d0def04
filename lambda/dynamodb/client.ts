import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type CallLimits, Calls, type ServiceError } from '../aws/calls';
import { type ConnectionOptions, connectTo, environmentOptions, type Service } from '../aws/connection';
import { type Clock, isTransient } from '../aws/retry';
import { tryAgain } from '../domain/errors';

const DYNAMODB: Service = {
  name: 'dynamodb',
  target: 'DynamoDB_20120810',
  contentType: 'application/x-amz-json-1.0',
  endpointVariable: 'AWS_ENDPOINT_URL_DYNAMODB',
};

/** Where a function finds the database. */
export const databaseOptions = (): ConnectionOptions => environmentOptions(DYNAMODB);

/**
 * Calls of DynamoDB.
 * @param limits also how many connections there may be at once. @default - those for requests
 */
export const databaseCalls = (
  options: ConnectionOptions,
  clock: Clock,
  { sockets, ...limits }: Partial<CallLimits> & { readonly sockets?: number } = {},
): Calls => new Calls(connectTo(options, sockets), DYNAMODB, clock, limits);

/** Turns a call's errors into the domain's: what may pass becomes `TRY_AGAIN`; a defect or a wrong set-up stays itself. */
export async function mapErrors<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (isTransient(error)) throw tryAgain(error);
    throw error;
  }
}

/**
 * @param isDone asked when the condition does not hold: whether an attempt whose answer was lost has done the write
 * @returns false when the condition of the write, or one of the transaction, does not hold; nothing is written then
 */
export async function conditionHolds(
  write: Promise<unknown>,
  isDone: (error: Partial<ServiceError>) => boolean = () => false,
): Promise<boolean> {
  try {
    await mapErrors(write);
    return true;
  } catch (error) {
    const refusal = error as Partial<ServiceError>;
    const { name, reasons = [] } = refusal;
    if (name === 'ConditionalCheckFailedException' || reasons.includes('ConditionalCheckFailed')) {
      return isDone(refusal);
    }
    throw error;
  }
}

/** Values as a table keeps them; what is undefined is left out. */
export const toItem = (values: object) => marshall(values, { removeUndefinedValues: true });

/** What a table keeps. It is read even if JavaScript cannot hold one of its numbers exactly: the rule decides. */
export const fromItem = <T>(item: Record<string, AttributeValue>): T => unmarshall(item, { wrapNumbers: Number }) as T;

/** What stands in a table for ids that nobody should read there. Several parts never give the digest of others. */
export const digest = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
