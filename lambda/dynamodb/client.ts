import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Calls, GIVES_UP_SOON, type Service } from '../aws/calls';
import { tryAgain } from '../domain/errors';

const DYNAMODB: Service = {
  name: 'dynamodb',
  target: 'DynamoDB_20120810',
  contentType: 'application/x-amz-json-1.0',
};

/** DynamoDB, called as the client is configured. */
export const callsOf = (client: DynamoDBClient): Calls => new Calls(client, DYNAMODB);

/** For requests. Where it connects to, and as whom, comes from the environment. */
export function requestClient(): DynamoDBClient {
  const client = new DynamoDBClient({
    ...GIVES_UP_SOON,
    retryMode: 'standard',
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
  });
  // What is not said here is looked for in configuration files, which a function does not have.
  const serviceConfiguredEndpoint = async () => process.env.AWS_ENDPOINT_URL_DYNAMODB;
  Object.assign(client.config, { serviceConfiguredEndpoint });
  return client;
}

const PASSING = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'ReplicatedWriteConflictException',
  'TransactionConflictException',
  'TimeoutError',
  'AbortError',
]);

/** The names of Node's errors for a connection that failed or was cut off. */
const CONNECTION_ERROR = /^(E[A-Z]+|UND_ERR_\w+)$/;

/**
 * Whether the same request may well succeed in a moment: throttled, timed out, cut off, or a fault on the
 * database's side.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, code, $fault, $retryable, $metadata, $response } = error as Error & {
    code?: unknown;
    $fault?: unknown;
    $retryable?: unknown;
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  return (
    PASSING.has(name) ||
    $fault === 'server' ||
    $retryable !== undefined ||
    (typeof code === 'string' && CONNECTION_ERROR.test(code)) ||
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    // An answer that broke off: the request was served, its reply cannot be read.
    (error instanceof SyntaxError && $response !== undefined)
  );
}

/** Sends, with the SDK's errors turned into the domain's: no SDK error escapes as a refusal, no passing one as a defect. */
export async function sending<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (isPassing(error)) throw tryAgain(error);
    throw error;
  }
}

/** @returns false when the condition of a write does not hold; nothing is written then */
export async function whenConditionHolds(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await sending(write);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
