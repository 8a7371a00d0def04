import { RegionInfo } from 'aws-cdk-lib/region-info';
import { printable } from '../command/printable';
import { Problem } from '../command/problem';
import { systemClock } from '../lambda/aws/retry';
import { type UserPool, userPool, userPoolCalls } from '../lambda/user-pool/user-pool';
import { ROOT, readContext } from '../local/assembly';
import { COGNITO_PATH } from '../local/local-routes';
import { LOOPBACK } from '../local/server';
import { portFrom } from '../local/settings';
import { connectionOptions } from './connection';
import type { TableAccess } from './local-table';

/** What `cdk.json` says of the stage that keeps its sessions in a table. */
export interface StageOfTable {
  readonly userPool?: { readonly id: string };
  readonly signOutAtPool?: boolean;
}

/**
 * @param folder of cdk.json, which an app that uses the package may lack
 * @returns undefined if no stage of it has the table
 */
export function stageOfTable(tableName: string, folder = ROOT): StageOfTable | undefined {
  const stages = Object.entries<any>(readContext(folder).stages ?? {});
  const isIts = ([name, { app = 'aerotage', sessionsTable }]: (typeof stages)[number]) =>
    (sessionsTable?.name ?? `${app}-user-sessions-${name}`) === tableName;
  return stages.find(isIts)?.[1];
}

/** The user pool with an id; of a table on this machine, the local run's. */
export async function poolOf(table: TableAccess, id: string | undefined): Promise<UserPool> {
  const options = await connectionOptions(table.client);
  if (!table.remote) {
    const endpoint = `http://${LOOPBACK}:${portFrom('PORT')}${COGNITO_PATH}`;
    return userPool(userPoolCalls('local', { ...options, endpoint }, systemClock), 'local');
  }
  if (id === undefined) {
    throw new Problem(
      'The user pool is unknown. Pass its id with --user-pool: the end of the stack’s output TokenIssuer.',
    );
  }
  const [region = ''] = id.split('_');
  const endpoint = `https://cognito-idp.${region}.${RegionInfo.get(region).domainSuffix ?? 'amazonaws.com'}/`;
  return userPool(userPoolCalls(id, { ...options, endpoint }, systemClock), id);
}

/** An id as a user pool gives them, in small letters only, or one of another provider's user. */
export const isUserId = (text: string): boolean =>
  /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$|^[a-z][a-z\d-]{0,19}\|./.test(text);

/**
 * The id of the user with an e-mail address or a user name.
 * @throws a problem if there is none, or several
 */
export async function userNamed(text: string, pool: Pick<UserPool, 'find'>): Promise<string> {
  const isAddress = text.includes('@');
  const found = await pool.find(isAddress ? 'email' : 'username', text).catch((error: Error & { cause?: unknown }) => {
    const reason = ((error.cause ?? error) as Error).message.replace(/\.?$/, '.');
    throw new Problem(
      `The user pool could not be asked who ${printable(text)} is: ${printable(reason)} Nothing was done. Start the local run, if you mean its table, or pass the user's id.`,
    );
  });
  const [only, ...more] = found;
  if (!only) {
    throw new Problem(
      `Nobody has that ${isAddress ? 'address' : 'id or user name'}: ${printable(text)}. Nothing was done.`,
    );
  }
  if (more.length === 0) return only.id;
  const all = found.map(({ id, username }) => `${id} (${printable(username)})`).join(', ');
  throw new Problem(`Several users have that address: ${all}. Pass one of the ids with --user.`);
}
