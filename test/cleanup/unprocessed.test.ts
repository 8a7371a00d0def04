import { TABLE_NAME } from '../../bench/dynamodb-model';
import { sessions } from '../../bench/model/sessions';
import { systemClock } from '../../lambda/aws/retry';
import { nothingSwept } from '../../lambda/cleanup/progress';
import { Sweeper } from '../../lambda/cleanup/sweep';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import { modelOf } from '../support/model';
import { NOW } from '../support/sessions';

const SESSIONS = { count: 60, overShare: 0.5, seed: 7, asOf: NOW };
const OVER = 30;

/** Sweeps a table whose batches leave deletes unprocessed. @param attempts how often a delete is sent */
async function sweep(leavesUnprocessed: (sessionId: string) => boolean, attempts: number) {
  const { model, calls } = await modelOf(sessions(SESSIONS), { leavesUnprocessed });
  const failed: string[] = [];
  const plan = { tableName: TABLE_NAME, asOf: NOW, policy: DEFAULT_POLICY };
  const sweeper = new Sweeper(calls, plan, {
    clock: systemClock,
    onFailure: (sessionId) => void failed.push(sessionId),
  });
  const { result } = await sweeper.sweepPart(nothingSwept(), undefined, attempts);
  return { result, left: model.stats().over, failed };
}

/** Each of these ids is left unprocessed so many times. */
function timesEach(times: number, isLeft: (sessionId: string) => boolean = () => true) {
  const seen = new Map<string, number>();
  return (sessionId: string) => {
    const before = seen.get(sessionId) ?? 0;
    seen.set(sessionId, before + 1);
    return isLeft(sessionId) && before < times;
  };
}

const some = (sessionId: string) => sessionId < '8';

describe('deletes that DynamoDB leaves unprocessed', () => {
  it.each([
    ['some of a batch', timesEach(2, some)],
    ['a whole batch', timesEach(2)],
  ])('are sent again when they are %s, and count as deleted once', async (_, leavesUnprocessed) => {
    const { result, left, failed } = await sweep(leavesUnprocessed, 4);
    expect(result).toMatchObject({ totalSessions: SESSIONS.count, deletedSessions: OVER, errors: 0 });
    expect([left, failed]).toEqual([0, []]);
  });

  it.each([
    ['some of a batch', some],
    ['a whole batch', () => true],
  ])('count as errors, and not as deleted, when they are %s forever', async (_, leavesUnprocessed) => {
    const { result, left, failed } = await sweep(leavesUnprocessed, 3);
    expect(left).toBeGreaterThan(0);
    expect(result).toMatchObject({ totalSessions: SESSIONS.count, deletedSessions: OVER - left, errors: left });
    expect(failed).toHaveLength(left);
  });
});
