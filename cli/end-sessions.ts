import { createInterface } from 'node:readline/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { endAllSessions } from '../lambda/domain/end-all';
import { dynamoSessionStore } from '../lambda/dynamodb/session-store';
import { planSweep, Sweeper } from '../lambda/dynamodb/sweep';
import { sweepClient } from '../lambda/dynamodb/sweep-client';
import { readFlags, runCommand, UsageProblem } from '../local/command';
import { Problem } from '../local/problem';
import type { TableAccess } from './local-table';
import { number, Progress } from './progress';
import { openTable, sentence } from './table';

const USAGE = `Usage: npm run end-sessions -- (--user ID | --everyone) [flags]
Ends all sessions of a user, or of everybody: their tokens stop working at once. In the local table unless --table names another.
  --user ID        the user's id, the sub of the tokens
  --everyone       an incident: every session there is
  --dry-run        say how many there are; end nothing
  --yes            do not ask
  --rate N         at most N write units per second, with --everyone
  --table NAME     another table; region and credentials as the AWS SDK finds them
  --endpoint URL   another DynamoDB endpoint
A sign-in that has not registered yet may still do so. To stop those too, sign the users out in Cognito as well.`;

/** Every time that an item can hold lies before it: at that instant each session is over by the rule. */
const END_OF_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** `npm run end-sessions`: for a compromised account, or for an incident. */
runCommand(async () => {
  const flags = readFlags(USAGE, {
    user: { type: 'string' },
    everyone: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    yes: { type: 'boolean' },
    rate: { type: 'string' },
    table: { type: 'string' },
    endpoint: { type: 'string' },
  } as const);
  if ((flags.user === undefined) === (flags.everyone !== true)) {
    throw new UsageProblem(`Either --user ID or --everyone is expected.\n${USAGE}`);
  }
  const rate = flags.rate === undefined ? undefined : Number(flags.rate);
  if (rate !== undefined && !(rate > 0))
    throw new UsageProblem(`--rate is "${flags.rate}"; a positive number is expected.`);

  const table = await openTable(flags.table, flags.endpoint);
  const confirm = (what: string, word: string) => (flags.yes ? undefined : confirmed(what, word));
  try {
    if (flags.user !== undefined) await endUser(table, flags.user, flags['dry-run'] === true, confirm);
    else await endEveryone(table, rate, flags['dry-run'] === true, confirm);
  } catch (error) {
    throw sentence(error, table.tableName);
  } finally {
    await table.close();
  }
});

type Confirm = (what: string, word: string) => Promise<void> | undefined;

async function endUser(table: TableAccess, userId: string, dryRun: boolean, confirm: Confirm): Promise<void> {
  const client = new DynamoDBClient(table.client);
  // Marks of sign-ins are not touched: they are what keeps an ended sign-in from coming back.
  const store = dynamoSessionStore(client, {
    sessions: table.tableName,
    userIndex: 'UserIndex',
    signIns: '',
    signInDays: 0,
  });
  try {
    const ids = await store.idsOf(userId);
    if (dryRun || ids.length === 0) {
      console.log(`The user ${userId} has ${number(ids.length)} sessions in ${table.tableName}. None was ended.`);
      return;
    }
    await confirm(`${number(ids.length)} sessions of the user ${userId} in ${table.tableName} will end`, 'end');
    const ended = await endAllSessions(store, userId, 'requested');
    console.log(`${number(ended.length)} sessions of the user ${userId} have ended.`);
  } finally {
    client.destroy();
  }
}

async function endEveryone(
  table: TableAccess,
  rate: number | undefined,
  dryRun: boolean,
  confirm: Confirm,
): Promise<void> {
  const client = sweepClient(table.client);
  try {
    const plan = await planSweep(client, table.tableName, { asOf: END_OF_TIME, dryRun });
    if (!dryRun)
      await confirm(
        `EVERY session in ${table.tableName} will end, and everybody has to sign in again`,
        table.tableName,
      );
    const failures: string[] = [];
    const sweeper = new Sweeper(client, plan, {
      writeUnitsPerSecond: rate,
      onFailure: (sessionId, cause) => failures.push(`${sessionId}: ${(cause as Error).message}`),
    });
    const progress = new Progress('Ended', plan.approximateItems);
    const { result } = await sweeper.sweepAll(undefined, { onPage: (_, over) => progress.advance(over) });
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

/** @throws a problem unless a person types the word */
async function confirmed(what: string, word: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new UsageProblem('Nobody is there to confirm it: say --yes, or run it in a terminal.');
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await asked.question(`${what}. Type ${word} to go on: `);
  asked.close();
  if (typed.trim() !== word) throw new Problem('Not confirmed. Nothing was ended.');
}
