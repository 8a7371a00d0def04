import { runCommand, UsageProblem } from '../command/command';
import { confirm } from '../command/confirm';
import { printable } from '../command/printable';
import { Problem } from '../command/problem';
import { number, Progress } from '../command/progress';
import { systemClock } from '../lambda/aws/retry';
import { nothingSwept } from '../lambda/cleanup/progress';
import { Sweeper, sweepClient } from '../lambda/cleanup/sweep';
import { revokeSessions } from '../lambda/domain/end';
import { DEFAULT_POLICY } from '../lambda/domain/session';
import { databaseCalls } from '../lambda/dynamodb/client';
import { dynamoSessionStore } from '../lambda/dynamodb/session-store';
import { connectionOptions } from './connection';
import { positive, readTableFlags } from './flags';
import type { TableAccess } from './local-table';
import { isUserId, poolOf, stageOfTable, userNamed } from './people';
import { approximateItems, openTable, sentence } from './table';

const USAGE = `Usage: npm run end-sessions -- (--user WHO | --everyone) [flags]
Ends all sessions of a user, or of everybody. Their tokens stop working at once. Works on the local table, or on the one
that --table names.
  --user WHO       the user's id (the sub of the tokens), e-mail address or user name
  --user-pool ID   where the user is found by address or name. Default: the pool that the table's stage in cdk.json names
  --sign-out-at-pool  also sign the user out in Cognito. Default: what the table's stage says (signOutAtPool)
  --everyone       end every session in the table, after an incident
  --dry-run        count the sessions; end nothing
  --yes            do not ask
  --rate N         use at most N write units per second, with --everyone
  --table NAME     use another table; the AWS SDK's settings give region and credentials
  --endpoint URL   use another DynamoDB endpoint, with --table
A sign-in that has not registered yet can still register until its access token expires.`;

/** Every time that an item can hold lies before it: at that instant each session is over by the rule. */
const END_OF_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** `npm run end-sessions`: for a compromised account, or for an incident. */
runCommand(async () => {
  const flags = readTableFlags('end-sessions', USAGE, {
    user: { type: 'string' },
    'user-pool': { type: 'string' },
    'sign-out-at-pool': { type: 'boolean' },
    everyone: { type: 'boolean' },
    yes: { type: 'boolean' },
    rate: { type: 'string' },
    table: { type: 'string' },
    endpoint: { type: 'string' },
  } as const);
  if ((flags.user === undefined) === (flags.everyone !== true)) {
    throw new UsageProblem(`Either --user WHO or --everyone is expected.\n${USAGE}`);
  }
  if (flags.user?.trim() === '')
    throw new UsageProblem('--user is empty; an id, an e-mail address or a user name is expected.');
  const ofOne = (['user-pool', 'sign-out-at-pool'] as const).find((flag) => flags[flag] !== undefined);
  if (flags.everyone && ofOne)
    throw new UsageProblem(
      `--${ofOne} works with --user only. Sign everybody out in Cognito itself. Nothing was done.`,
    );
  const rate = positive('--rate', flags.rate);

  const table = await openTable(flags.table, flags.endpoint);
  const ask: Ask = async (what, where, word) => {
    if (!flags.yes) await confirm(`${what} in ${where}`, word);
  };
  try {
    if (flags.user !== undefined) {
      const stage = stageOfTable(table.tableName);
      const poolId = flags['user-pool'] ?? stage?.userPool?.id;
      const signOut = flags['sign-out-at-pool'] ?? stage?.signOutAtPool ?? false;
      await endUser(table, flags.user.trim(), { dryRun: flags.dryRun, ask, poolId, signOut });
    } else await endEveryone(table, rate, flags.dryRun, ask);
  } catch (error) {
    throw sentence(error, table.tableName);
  } finally {
    await table.close();
  }
});

type Ask = (what: string, where: string, word: string) => Promise<void>;

/** For a question: of a table that is not on this machine, also whose it is. */
const placeOf = ({ tableName, remote }: TableAccess) => (remote ? `${tableName} (${remote})` : tableName);

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
      console.log(`The user ${user} has ${number(ids.length)} sessions in ${table.tableName}. None was ended.`);
      return;
    }
    await ask(`This ends ${number(ids.length)} sessions of the user ${user}`, placeOf(table), 'end');
    const ended = await revokeSessions(store, userId, 'requested', { signedInBy: END_OF_TIME, clock: Date.now });
    console.log(`${number(ended.ids.length)} sessions of the user ${user} have ended.`);
    if (ended.remaining) throw new Problem('Some sessions could not be ended. Run it again.');
    if (!signOut || !pool) return;
    const isThere = await pool.signOut(userId);
    console.log(isThere ? 'The user is signed out in Cognito.' : 'Cognito has no user with that id.');
  } finally {
    calls.destroy();
  }
}

async function endEveryone(table: TableAccess, rate: number | undefined, dryRun: boolean, ask: Ask): Promise<void> {
  const client = sweepClient(await connectionOptions(table.client), systemClock);
  try {
    const items = await approximateItems(client, table.tableName);
    if (!dryRun) await ask('Everybody has to sign in again: this ends EVERY session', placeOf(table), table.tableName);
    const failures: string[] = [];
    const unreadable: unknown[] = [];
    const progress = new Progress('Ended', items);
    const sweeper = new Sweeper(
      client,
      { tableName: table.tableName, asOf: END_OF_TIME, dryRun, policy: DEFAULT_POLICY },
      {
        clock: systemClock,
        writeUnitsPerSecond: rate,
        onFailure: (sessionId, cause) => failures.push(printable(`${sessionId}: ${(cause as Error).message}`)),
        onUnreadable: (cause) => unreadable.push(cause),
        onPage: (_, ended) => progress.advance(ended),
      },
    );
    const { result } = await sweeper.sweepPart(nothingSwept());
    if (unreadable.length > 0) throw unreadable[0];
    progress.finish();
    console.log(
      dryRun
        ? `There are ${number(result.totalSessions)} sessions in ${table.tableName}. None was ended.`
        : `${number(result.deletedSessions)} sessions in ${table.tableName} have ended.`,
    );
    for (const failure of failures.slice(0, 10)) console.error(`Not ended: ${failure}`);
    if (result.errors > 0) throw new Problem(`${number(result.errors)} sessions could not be ended. Run it again.`);
  } finally {
    client.destroy();
  }
}
