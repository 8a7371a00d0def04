import { DescribeTableCommand, type DescribeTableCommandOutput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { UsageProblem } from '../command/command';
import { printable } from '../command/printable';
import { Problem } from '../command/problem';
import { number } from '../command/progress';
import { type Calls, ServiceError } from '../lambda/aws/calls';
import { isTransient } from '../lambda/aws/retry';
import { connectionOptions } from './connection';
import { localAccess, openLocalTable, type TableAccess } from './local-table';

/**
 * The table that a command's flags name, or the local one.
 * @throws a problem if there is no such table, or if it does not keep sessions
 */
export async function openTable(name: string | undefined, endpoint: string | undefined): Promise<TableAccess> {
  if (name === undefined && endpoint === undefined) return openLocalTable();
  if (name === undefined) throw new UsageProblem('--endpoint needs --table.');
  if (name === '') throw new UsageProblem('--table is empty; the name of a table is expected.');
  if (endpoint !== undefined && !(/^https?:\/\//.test(endpoint) && URL.canParse(endpoint)))
    throw new UsageProblem(`--endpoint is "${printable(endpoint)}"; a URL is expected, like http://127.0.0.1:8000.`);
  const client =
    endpoint !== undefined && isLoopback(endpoint) ? localAccess(endpoint) : { ...(endpoint && { endpoint }) };
  const described = await describe(client, name);
  return {
    tableName: name,
    client,
    ...(!(await isLocal(client)) && { remote: described }),
    close: async () => undefined,
  };
}

/** Whether calls stay on this machine. Asked of the SDK: its environment and profiles may name an endpoint, or ignore it. */
export const isLocal = async (client: TableAccess['client']): Promise<boolean> =>
  isLoopback((await connectionOptions(client)).endpoint);

export function isLoopback(endpoint: string): boolean {
  const { hostname } = new URL(endpoint);
  return hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname) || /(^|\.)localhost$/.test(hostname);
}

/** Where a table is, for a question: its ARN has the account and the region. */
async function describe(config: TableAccess['client'], tableName: string): Promise<string> {
  const client = new DynamoDBClient({ ...config, maxAttempts: 2 });
  let table: DescribeTableCommandOutput['Table'];
  try {
    ({ Table: table } = await client.send(new DescribeTableCommand({ TableName: tableName })));
  } catch (error) {
    throw sentence(error, tableName);
  } finally {
    client.destroy();
  }
  if (!table?.TableName) throw notDynamoDB();
  const keys = table.KeySchema?.map(({ AttributeName }) => AttributeName);
  if (keys?.join() !== 'sessionId') {
    throw new Problem(
      `${tableName} is not a sessions table: its key is ${printable(keys?.join(' and ') ?? 'unknown')}, not sessionId. Nothing was changed.`,
    );
  }
  const [, , , region, account] = table.TableArn?.split(':') ?? [];
  return `account ${account || 'unknown'}, region ${region || 'unknown'}, about ${number(table.ItemCount ?? 0)} items`;
}

/** Items in the table by its own count, which is hours old and 0 for a new table: to show progress. */
export async function approximateItems(client: Pick<Calls, 'call'>, tableName: string): Promise<number> {
  const { Table } = await client.call<DescribeTableCommandOutput>('DescribeTable', { TableName: tableName });
  return Table?.ItemCount ?? 0;
}

const notDynamoDB = () =>
  new Problem('What answers at the endpoint is not DynamoDB. Check --endpoint, and AWS_ENDPOINT_URL if it is set.');

const CERTIFICATE = /CERT|SELF_SIGNED|ISSUER/;

/** What a person can do about it, if that is known. */
export function sentence(error: unknown, tableName: string): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error;
  const { name, code, $metadata } = error as Error & { code?: string; $metadata?: { httpStatusCode?: number } };
  const message = printable(error.message.split('\n')[0] ?? '');
  const profile = process.env.AWS_PROFILE;
  switch (name) {
    case 'ResourceNotFoundException':
      return new Problem(`There is no table ${printable(tableName)} there. Nothing was deleted.`);
    case 'AccessDeniedException':
      return new Problem(`The credentials do not allow this: ${message}`);
    case 'CredentialsProviderError':
      return new Problem(
        profile
          ? `There are no AWS credentials for the profile "${printable(profile)}": check AWS_PROFILE, or sign in with it.`
          : `AWS credentials are needed: ${message}. Set AWS_PROFILE, or sign in.`,
      );
    case 'ExpiredTokenException':
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
      return new Problem(`AWS does not accept these credentials: ${message} Sign in again, or check AWS_PROFILE.`);
    case 'ValidationException':
      return new Problem(`The table ${printable(tableName)} refused the request: ${message}`);
    case 'TimeoutError':
      return new Problem('The endpoint does not answer in time. Check --endpoint, the region and the network.');
  }
  const [, region] = /Region not accepted: region="([^"]*)"/.exec(message) ?? [];
  if (region) return new Problem(`"${region}" is not a region: check AWS_REGION.`);
  if (region === '' || /Region is missing/.test(message))
    return new Problem(
      profile
        ? `The profile "${printable(profile)}" is unknown or has no region: check AWS_PROFILE, or set AWS_REGION.`
        : 'The region of the table is unknown. Set AWS_REGION.',
    );
  if (code === 'ECONNREFUSED') return new Problem(`Nothing answers at the endpoint: ${message}`);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new Problem(
      `The address was not found (${message}). Check the region (AWS_REGION), --endpoint and the network.`,
    );
  if (code === 'EPROTO' || CERTIFICATE.test(code ?? ''))
    return new Problem(`No secure connection to the endpoint: ${message} Check http or https in --endpoint.`);
  if (code && /^E[A-Z]+$/.test(code))
    return new Problem(`The connection to the database failed: ${message}. Run it again.`);
  if (error instanceof SyntaxError && '$response' in error) return notDynamoDB();
  if ($metadata && (name === 'Unknown' || name === 'UnknownError' || name === 'undefined')) return notDynamoDB();
  if (isTransient(error))
    return new Problem(
      `The table ${printable(tableName)} is too busy, or away: ${printable(name)}: ${message} Run it again in a minute.`,
    );
  const isAnswer = $metadata || error instanceof ServiceError;
  return isAnswer ? new Problem(`The database answered ${printable(name)}: ${message}`) : error;
}
