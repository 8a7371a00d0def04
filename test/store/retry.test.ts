import { backoff, isConflict, isTransient, retrying } from '../../lambda/aws/retry';

/** Attempts that fail with these errors in turn, and then succeed; and how long was waited before each retry. */
async function attempts(errors: unknown[], options: Partial<Parameters<typeof retrying>[1]> = {}) {
  const waits: number[] = [];
  let sent = 0;
  let now = 1_000;
  const outcome = await retrying(
    async () => {
      sent++;
      if (errors.length > 0) throw errors.shift();
      return 'done';
    },
    {
      base: 25,
      cap: 1_000,
      again: () => true,
      clock: {
        now: () => now,
        sleep: async (milliseconds) => {
          waits.push(milliseconds);
          now += milliseconds;
        },
      },
      ...options,
    },
  ).catch((error) => error);
  return { outcome, sent, waits };
}

describe('the wait before a retry', () => {
  it('doubles up to its most, and is any time within that: nobody comes back together with others', () => {
    const random = jest.spyOn(Math, 'random');
    try {
      const waits = (share: number) => {
        random.mockReturnValue(share);
        return [1, 2, 3, 10].map((attempt) => backoff(attempt, { base: 25, cap: 1_000 }));
      };
      expect(waits(1)).toEqual([50, 100, 200, 1_000]);
      expect(waits(0.5)).toEqual([25, 50, 100, 500]);
      expect(waits(0)).toEqual([0, 0, 0, 0]);
    } finally {
      random.mockRestore();
    }
  });
});

describe('a call that failed', () => {
  it('is sent again as long as that is worth it, after a wait each', async () => {
    const asked: unknown[][] = [];
    const again = (...parameters: unknown[]) => asked.push(parameters) > 0;
    const { outcome, sent, waits } = await attempts(['first', 'second'], { again });
    expect([outcome, sent, waits.length]).toEqual(['done', 3, 2]);
    expect(asked).toEqual([
      ['first', 1],
      ['second', 2],
    ]);
  });

  it('fails with its last error if another attempt is not worth it', async () => {
    const { outcome, sent, waits } = await attempts(['first', 'second', 'third'], {
      again: (_, attempt) => attempt < 2,
    });
    expect([outcome, sent, waits.length]).toEqual(['second', 2, 1]);
  });

  it('begins no attempt after its deadline', async () => {
    const { outcome, waits } = await attempts(Array(1_000).fill('busy'), { deadline: 6_000 });
    expect(outcome).toBe('busy');
    expect(waits.reduce((sum, wait) => sum + wait, 1_000)).toBeLessThan(6_000);
    expect(await attempts(['busy'], { deadline: 1_000 })).toEqual({ outcome: 'busy', sent: 1, waits: [] });
  });
});

const cancelled = (...reasons: string[]) => ({ name: 'TransactionCanceledException', status: 400, reasons });

describe('an error that may pass', () => {
  it.each<[string, unknown]>([
    ['throttled', { name: 'ThrottlingException', status: 400 }],
    ['over the table’s throughput', { name: 'ProvisionedThroughputExceededException', status: 400 }],
    ['over the account’s', { name: 'RequestLimitExceeded', status: 400 }],
    ['in conflict between regions', { name: 'ReplicatedWriteConflictException', status: 400 }],
    ['late', { name: 'TimeoutError' }],
    ['not JSON', { name: 'UnreadableAnswer', status: 200 }],
    ['the service’s fault', { name: 'InternalServerError', status: 500 }],
    ['unavailable', { name: 'ServiceUnavailable', status: 503 }],
    ['cut off', { name: 'Error', code: 'ECONNRESET' }],
    ['not there', { name: 'Error', code: 'ENOTFOUND' }],
    ['in conflict', { name: 'TransactionConflictException', status: 400 }],
    ['in progress', { name: 'TransactionInProgressException', status: 400 }],
    ['cancelled by a conflict', cancelled('None', 'TransactionConflict')],
    ['cancelled by throttling', cancelled('ThrottlingError', 'None')],
    ['cancelled by the table’s throughput', cancelled('ProvisionedThroughputExceeded')],
  ])('is one that is %s', (_, error) => {
    expect(isTransient(error)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['denied', { name: 'AccessDeniedException', status: 400 }],
    ['invalid', { name: 'ValidationException', status: 400 }],
    ['a condition that does not hold', { name: 'ConditionalCheckFailedException', status: 400 }],
    ['cancelled by a condition', cancelled('None', 'ConditionalCheckFailed')],
    ['cancelled by a condition and a conflict', cancelled('TransactionConflict', 'ConditionalCheckFailed')],
    ['cancelled by throttling and something wrong', cancelled('ThrottlingError', 'ValidationError')],
    ['cancelled without a reason', cancelled('None', 'None')],
    ['a defect of ours', new TypeError('x is undefined')],
    ['a defect in Node’s words', { name: 'Error', code: 'ERR_INVALID_ARG_TYPE' }],
    ['one with a number for a code', { name: 'Error', code: 7 }],
    ['none', undefined],
  ])('is none that is %s', (_, error) => {
    expect(isTransient(error)).toBe(false);
  });
});

it('only a conflict is one: throttling is not, and one with a condition that does not hold is not', () => {
  expect(isConflict(cancelled('None', 'TransactionConflict'))).toBe(true);
  expect(isConflict(cancelled('TransactionConflict', 'ThrottlingError'))).toBe(true);
  expect(isConflict({ name: 'TransactionInProgressException' })).toBe(true);
  expect(isConflict(cancelled('ThrottlingError'))).toBe(false);
  expect(isConflict(cancelled('TransactionConflict', 'ConditionalCheckFailed'))).toBe(false);
  expect(isConflict({ name: 'ThrottlingException' })).toBe(false);
  expect(isConflict(undefined)).toBe(false);
});
