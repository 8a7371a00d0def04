import { runCommand, UsageProblem } from '../command/command';
import { confirm } from '../command/confirm';
import { printable } from '../command/printable';
import { Problem } from '../command/problem';
import { counted } from '../command/progress';
import { systemClock } from '../lambda/aws/retry';
import { sweepClient } from '../lambda/cleanup/sweep';
import { revokeSessions } from '../lambda/domain/end';
import { databaseCalls } from '../lambda/dynamodb/client';
import { dynamoSessionStore } from '../lambda/dynamodb/session-store';
import { connectionOptions } from './connection';
import { type Ask, END_OF_TIME, endEveryone, endMany } from './end-many';
import { positive, readTableFlags } from './flags';
import type { TableAccess } from './local-table';
import { isUserId, poolOf, stageOfTable, userNamed } from './people';
import { CRITERIA, filterFrom } from './session-filter';
import { approximateItems, openTable, sentence } from './table';

const USAGE = `Usage: npm run end-sessions -- (--user WHO | CRITERIA | --everyone) [flags]
Ends all sessions of a user, those that meet all criteria, or everybody's. Their tokens stop working at once. Works on the
local table, or on the one that --table names. With criteria, it first counts the sessions and shows some of them.
  --user WHO       the user's id (the sub of the tokens), e-mail address or user name
  --user-pool ID   where the user is found by address or name. Default: the pool that the table's stage in cdk.json names
  --sign-out-at-pool  also sign the user out in Cognito. Default: what the table's stage says (signOutAtPool)
  --everyone       end every session in the table, after an incident
Criteria; for several values, repeat the flag:
  --address IP     signed in from this address or network, like 203.0.113.0/24 or 2001:db8::/32, or last used there
  --country CC     last used in this country, like DE
  --not-from WHERE last used elsewhere than in this network or country, or it is not known where
  --agent TEXT     this piece is in the user agent, the device's name, or words such as "Firefox on Windows"
  --signed-in-before TIME  an ISO 8601 time, or a day (its 00:00); in UTC if it names no zone
  --idle-for TIME  not used for 7d, 12h or 30m. A use is recorded once per twentieth of the idle timeout
Flags:
  --dry-run        count the sessions; end nothing
  --yes            do not ask
  --rate N         use at most N write units per second; not with --user
  --table NAME     use another table; the AWS SDK's settings give region and credentials
  --endpoint URL   use another DynamoDB endpoint, with --table
A sign-in that has not registered yet can still register until its access token expires.`;

/** `npm run end-sessions`: for a compromised account, or for an incident. */
runCommand(async () => {
  const flags = readTableFlags('end-sessions', USAGE, {
    user: { type: 'string' },
    'user-pool': { type: 'string' },
    'sign-out-at-pool': { type: 'boolean' },
    ...CRITERIA,
    everyone: { type: 'boolean' },
    yes: { type: 'boolean' },
    rate: { type: 'string' },
    table: { type: 'string' },
    endpoint: { type: 'string' },
  } as const);
  const { user, dryRun } = flags;
  const filter = filterFrom(flags, Date.now());
  const whose = [user !== undefined, flags.everyone, filter].filter(Boolean).length;
  if (whose !== 1)
    throw new UsageProblem(
      `One of --user WHO, criteria such as --address, and --everyone is expected. Nothing was done.${whose === 0 ? `\n${USAGE}` : ''}`,
    );
  if (user?.trim() === '')
    throw new UsageProblem('--user is empty; an id, an e-mail address or a user name is expected.');
  const ofOne = (['user-pool', 'sign-out-at-pool'] as const).find((flag) => flags[flag] !== undefined);
  if (user === undefined && ofOne)
    throw new UsageProblem(`--${ofOne} works with --user only. Sign others out in Cognito itself. Nothing was done.`);
  const rate = positive('--rate', flags.rate);
  if (user !== undefined && rate) throw new UsageProblem('--rate does not work with --user. Nothing was done.');

  const table = await openTable(flags.table, flags.endpoint);
  // Of a table that is not on this machine, also whose it is.
  const place = table.remote ? `${table.tableName} (${table.remote})` : table.tableName;
  const ask: Ask = async (what, word) => {
    if (!flags.yes) await confirm(`${what} in ${place}`, word);
  };
  try {
    if (user !== undefined) {
      const stage = stageOfTable(table.tableName);
      const poolId = flags['user-pool'] ?? stage?.userPool?.id;
      const signOut = flags['sign-out-at-pool'] ?? stage?.signOutAtPool ?? false;
      await endUser(table, user.trim(), { dryRun, ask, poolId, signOut });
    } else {
      const client = sweepClient(await connectionOptions(table.client), systemClock);
      try {
        const many = { client, table, rate, items: await approximateItems(client, table.tableName) };
        await (filter ? endMany(many, filter, dryRun, ask) : endEveryone(many, dryRun, ask));
      } finally {
        client.destroy();
      }
    }
  } catch (error) {
    throw sentence(error, table.tableName);
  } finally {
    await table.close();
  }
});

interface EndUserOptions {
  readonly dryRun: boolean;
  readonly ask: Ask;
  /** The user pool, if it is known. */
  readonly poolId: string | undefined;
  /** Whether the user is signed out there, too. */
  readonly signOut: boolean;
}

async function endUser(table: TableAccess, who: string, { dryRun, ask, poolId, signOut }: EndUserOptions) {
  const calls = databaseCalls(await connectionOptions(table.client), systemClock);
  // Marks of sign-ins are not touched: they are what keeps an ended sign-in from coming back.
  const store = dynamoSessionStore(calls, {
    sessions: table.tableName,
    userIndex: 'UserIndex',
    signIns: '',
    signInDays: 0,
  });
  try {
    // Whatever has sessions is an id; what has none may be one, an address or a name.
    const isId = isUserId(who) || (await store.idsOf(who, 1)).length > 0;
    const pool = isId && !signOut ? undefined : await poolOf(table, poolId);
    const userId = isId || !pool ? who : await userNamed(who, pool);
    const user = printable(userId);
    const ids = await store.idsOf(userId);
    if (dryRun || (ids.length === 0 && !signOut)) {
      console.log(`The user ${user} has ${counted(ids.length, 'session')} in ${table.tableName}. None was ended.`);
      return;
    }
    await ask(`This ends ${counted(ids.length, 'session')} of the user ${user}`, 'end');
    const ended = await revokeSessions(store, userId, 'requested', { signedInBy: END_OF_TIME, clock: Date.now });
    console.log(`Ended ${counted(ended.ids.length, 'session')} of the user ${user}.`);
    if (ended.remaining) throw new Problem('Some sessions could not be ended. Run it again.');
    if (!signOut || !pool) return;
    const isThere = await pool.signOut(userId);
    console.log(isThere ? 'The user is signed out in Cognito.' : 'Cognito has no user with that id.');
  } finally {
    calls.destroy();
  }
}
