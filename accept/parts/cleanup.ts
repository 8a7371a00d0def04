import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { putInto } from '../../cli/put-items';
import type { RunView } from '../../lambda/cleanup/recorded-run';
import { NOTHING_CLEANED } from '../../lambda/cleanup/recorded-run';
import { NotAsked } from '../aws';
import { expectAnswer } from '../person';
import { type Checks, ownStage, type Target, waitFor, whileDenied } from '../target';

const BATCH = 25;
const DAY_MS = 86_400_000;

export const CLEANUP: Checks = {
  async 'cleanup.time-to-live'(target) {
    const { aws, database } = ownStage(target);
    const answer = await aws.call('dynamodb', 'DescribeTimeToLive', { TableName: database.tableName });
    const { TimeToLiveStatus: status, AttributeName: attribute = 'none' } = answer.TimeToLiveDescription ?? {};
    const said = `Time to live is ${status}, by the attribute ${attribute}.`;
    if (!/^ENABL/.test(status) || attribute !== 'purgeAt') throw new Error(said);
    return said;
  },
  async 'cleanup.outage'(target) {
    await putSessions(target);
    // Nobody but a cleanup makes these two calls.
    const run = await whileDenied(target, ['Scan', 'BatchWriteItem'], () =>
      startCleanup(target).finally(() => sleep(target.times.outage)),
    );
    const { state } = await run.ended('completed', 'failed');
    // What a run could not delete, it reports, and the next one deletes.
    if (state === 'failed') await (await startCleanup(target)).ended('completed');
    await assertOnlyLive(target);
    return `The run ${state}. In the end, of all sessions only the live ones were left.`;
  },
  async 'cleanup.deployment'(target) {
    const { deployAgain } = ownStage(target);
    if (!deployAgain) throw new NotAsked('Nothing can be deployed here.');
    await putSessions(target);
    const run = await startCleanup(target);
    await deployAgain();
    if ((await run.now()).state !== 'running') throw new NotAsked('The cleanup ended before the deployment did.');
    await run.ended('completed');
    await assertOnlyLive(target);
    return 'The run went on after the deployment, and completed.';
  },
};

/** Starts a cleanup as the schedule does, and waits until it is recorded. */
async function startCleanup(target: Target) {
  const { app, stage, aws } = ownStage(target);
  const admin = await (await target.signIn('admin', true)).register();
  const runs = async (): Promise<RunView[]> => {
    const answer = await admin.send('GET /cleanups');
    expectAnswer(answer, 200);
    return answer.body.data;
  };
  const before = new Set((await runs()).map(({ id }) => id));
  target.say('Cleaning up');
  const FunctionName = `${app}-sessioncleanup-${stage}`;
  await aws.call('lambda', 'Invoke', { FunctionName, Qualifier: 'live', InvocationType: 'Event' });
  const begun = async () => (await runs()).find(({ id }) => !before.has(id));
  const { seen } = await waitFor(target, 'The record of the cleanup', begun);
  const now = async () => (await runs()).find(({ id }) => id === seen.id) ?? seen;
  const end = async () => (await runs()).find(({ id, state }) => id === seen.id && state !== 'running');
  /** @throws an error if it ended otherwise, or if its numbers do not add up */
  const ended = async (...states: readonly RunView['state'][]) => {
    const { seen: run } = await waitFor(target, 'The end of the cleanup', end);
    const { state, result = NOTHING_CLEANED } = run;
    const over = result.expiredSessions + result.inactiveSessions + result.orphanedSessions;
    if (over !== result.deletedSessions + result.errors || !states.includes(state))
      throw new Error(`The run is ${state}: ${run.failure ?? ''} ${JSON.stringify(result)}`);
    return run;
  };
  return { now, ended };
}

/** Of ten sessions, nine are over. Without `purgeAt`, so that time to live leaves them alone. */
function session(number: number) {
  const isLive = number % 10 === 0;
  const time = { S: new Date(Date.now() - (isLive ? 0 : 10 * DAY_MS)).toISOString() };
  const expiresAt = { S: new Date(Date.now() + (isLive ? DAY_MS : -DAY_MS)).toISOString() };
  const sessionId = { S: `accept-${isLive ? 'live' : 'over'}-${number}` };
  // Of many users: entries of one user in the index would throttle each other.
  const userId = { S: `accept-${number}` };
  return { sessionId, userId, createdAt: time, loginTime: time, lastActivity: time, expiresAt };
}

async function putSessions(target: Target): Promise<void> {
  const { items, database } = ownStage(target);
  target.say(`Writing ${items} sessions`);
  const put = putInto(new DynamoDBClient(database.client), database.tableName);
  for (let from = 0; from < items; from += BATCH)
    await put(Array.from({ length: BATCH }, (_, index) => session(from + index)));
}

/** @throws an error if a session that is over is left, or a live one is gone */
async function assertOnlyLive(target: Target): Promise<void> {
  const { items, database } = ownStage(target);
  const client = new DynamoDBClient(database.client);
  const ids: string[] = [];
  for await (const page of paginateScan({ client }, { TableName: database.tableName, ConsistentRead: true }))
    ids.push(...(page.Items ?? []).map(({ sessionId }) => sessionId?.S ?? ''));
  const left = (what: string) => ids.filter((id) => id.startsWith(`accept-${what}-`)).length;
  if (left('over') > 0 || left('live') !== items / 10)
    throw new Error(`${left('over')} sessions that are over are left, and ${left('live')} of ${items / 10} live ones.`);
}
