import { UsageProblem } from '../local/command';
import { Problem } from '../local/problem';
import { localAccess, openLocalTable, type TableAccess } from './local-table';

/** The table that a command's flags name, or the local one. */
export async function openTable(name: string | undefined, endpoint: string | undefined): Promise<TableAccess> {
  if (endpoint !== undefined && !URL.canParse(endpoint))
    throw new UsageProblem(`--endpoint is "${endpoint}"; a URL is expected.`);
  if (name === undefined && endpoint === undefined) return openLocalTable();
  if (name === undefined) throw new UsageProblem('--endpoint needs --table.');
  const loopback = endpoint !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(endpoint).hostname);
  return {
    tableName: name,
    client: loopback ? localAccess(endpoint) : { ...(endpoint && { endpoint }) },
    close: async () => undefined,
  };
}

/** What a person can do about it, where that is known. */
export function sentence(error: unknown, tableName: string): unknown {
  const { name, message } = error as Error;
  if (name === 'ResourceNotFoundException')
    return new Problem(`There is no table ${tableName} there. Nothing was deleted.`);
  if (name === 'AccessDeniedException') return new Problem(`The credentials do not allow this: ${message}`);
  if (
    name === 'CredentialsProviderError' ||
    name === 'ExpiredTokenException' ||
    name === 'UnrecognizedClientException'
  ) {
    return new Problem(`AWS credentials are needed: ${message}`);
  }
  if (/Region is missing/.test(message))
    return new Problem('Which region the table is in is not known: set AWS_REGION.');
  if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED')
    return new Problem(`Nothing answers at the endpoint: ${message}`);
  return error;
}
