import fc from 'fast-check';
import { DynamoDBModel, type ModelOptions, TABLE_NAME } from '../../bench/dynamodb-model';
import { sessions } from '../../bench/model/sessions';
import { ModelTable } from '../../bench/model/table';
import type { Calls } from '../../lambda/aws/calls';
import { systemClock } from '../../lambda/aws/retry';
import { durableSweep } from '../../lambda/cleanup/durable-sweep';
import { nothingSwept, type SweepProgress } from '../../lambda/cleanup/progress';
import { NOTHING_CLEANED } from '../../lambda/cleanup/recorded-run';
import { Sweeper } from '../../lambda/cleanup/sweep';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import { rounds } from '../support/rounds';
import { HOUR, MINUTE, NOW } from '../support/sessions';
import { SimulatedClock } from '../support/simulated-clock';

/** Lambda's limits of a durable execution and of a function. */
const MOST_OPERATIONS = 3_000;
const MOST_RESULT_BYTES = 262_144;
const MOST_STATE_BYTES = 100 * 1_000 * 1_000;
const FUNCTION_MS = 15 * MINUTE;
/** A part's two minutes, the request that is in flight at their end, and the backoff before it. */
const PART_MS = 2 * MINUTE + 25_000;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** A durable execution that counts what Lambda would. Its steps' results come back as JSON. */
class Execution {
  operations = 0;
  stateBytes = 0;
  readonly results: number[] = [];
  readonly parts: number[] = [];
  readonly invocations: number[] = [];
  private invokedAt: number;

  constructor(private readonly clock: SimulatedClock) {
    this.invokedAt = clock.now();
  }

  readonly context = {
    step: async (_: string, work: () => Promise<unknown>) => {
      this.operations++;
      const began = this.clock.now();
      const result = await work();
      this.parts.push(this.clock.now() - began);
      this.results.push(bytesOf(result));
      this.stateBytes += bytesOf(result);
      this.invocations.push(this.clock.now() - this.invokedAt);
      return JSON.parse(JSON.stringify(result));
    },
    wait: async ({ seconds }: { seconds: number }) => {
      this.operations++;
      await this.clock.sleep(seconds * 1_000);
      this.invokedAt = this.clock.now();
    },
  } as unknown as Parameters<typeof durableSweep>[0];

  expectWithinLimits(): void {
    expect(Math.max(...this.parts)).toBeLessThanOrEqual(PART_MS);
    expect(Math.max(...this.invocations)).toBeLessThan(FUNCTION_MS);
    expect(Math.max(...this.results)).toBeLessThan(MOST_RESULT_BYTES);
    expect(this.operations).toBeLessThan(MOST_OPERATIONS);
    expect(this.stateBytes).toBeLessThan(MOST_STATE_BYTES);
  }
}

interface Setting {
  readonly count: number;
  readonly overShare: number;
  readonly segments: number;
  /** The stage's budget, write units per second. */
  readonly budget?: number;
  readonly model?: ModelOptions;
  /** Whether the table does not answer a call at this time, milliseconds since the start. */
  readonly isAway?: (time: number, operation: string) => boolean;
}

/** Sweeps a model of DynamoDB in simulated time, as a durable execution does. */
async function sweep({ count, overShare, segments, budget, model: options, isAway }: Setting) {
  const clock = new SimulatedClock(NOW);
  const table = new ModelTable();
  table.load(sessions({ count, overShare, seed: count + segments, asOf: NOW }));
  const model = new DynamoDBModel(table, { clock: clock.now, ...options });
  const client: Pick<Calls, 'call'> = {
    async call<Output>(operation: string, input: object) {
      if (isAway?.(clock.now() - NOW, operation)) {
        await clock.sleep(20_000);
        throw Object.assign(new Error('The table is away.'), { name: 'TimeoutError' });
      }
      const { status, body, serviceMs } = model.answer(operation, JSON.parse(JSON.stringify(input)));
      await clock.sleep(serviceMs);
      const output = JSON.parse(body);
      if (status !== 200) throw Object.assign(new Error(output.message), { name: output.__type.split('#')[1] });
      return output as Output;
    },
  };
  const execution = new Execution(clock);
  const sweeper = new Sweeper(
    client,
    { tableName: TABLE_NAME, asOf: NOW, policy: DEFAULT_POLICY },
    { writeUnitsPerSecond: budget, clock },
  );
  const sweeping = durableSweep(execution.context, sweeper, nothingSwept(segments), clock.now);
  const progress = await clock.during(sweeping);
  return { progress, execution, model: model.stats(), tookMs: clock.now() - NOW };
}

describe('a sweep as a durable execution', () => {
  it('keeps every limit, and counts each session once, with any budget and any number of segments', async () => {
    const budget = fc.oneof(fc.integer({ min: 50, max: 400 }), fc.integer({ min: 50, max: 10_000 }));
    const setting = fc.record({
      count: fc.integer({ min: 1, max: 8_000 }),
      overShare: fc.double({ min: 0, max: 1, noNaN: true }),
      segments: fc.integer({ min: 1, max: 64 }),
      budget,
      limitedBy: fc.constantFrom('the stage', 'the table', 'both'),
    });
    await fc.assert(
      fc.asyncProperty(setting, async ({ count, overShare, segments, budget, limitedBy }) => {
        const limits = {
          ...(limitedBy !== 'the table' && { budget }),
          ...(limitedBy !== 'the stage' && { model: { writeUnitsPerSecond: budget } }),
        };
        const { progress, execution, model } = await sweep({ count, overShare, segments, ...limits });
        const over = Math.floor(count * overShare);
        const { result, why, rest, failed } = progress;
        expect([rest, failed]).toEqual([[], []]);
        expect(result).toMatchObject({ totalSessions: count, deletedSessions: over, errors: 0 });
        expect(result.expiredSessions + result.inactiveSessions + result.orphanedSessions).toBe(over);
        expect(why.expired + why.idle).toBe(result.expiredSessions);
        expect(model).toMatchObject({ over: 0, liveDeleted: 0, items: count - over });
        execution.expectWithinLimits();
      }),
      { numRuns: rounds(20) },
    );
  });

  it('continues inside a page that a part could not finish, and counts what that part had deleted once', async () => {
    const { progress, execution, model } = await sweep({ count: 8_000, overShare: 1, segments: 1, budget: 50 });
    expect(execution.parts.length).toBeGreaterThan(2);
    expect(progress.result).toMatchObject({ totalSessions: 8_000, deletedSessions: 8_000, errors: 0 });
    expect(model.over).toBe(0);
  });

  it('waits for a table that is away for an hour', async () => {
    const isAway = (time: number) => time > 10_000 && time < HOUR;
    const { progress, execution, model } = await sweep({
      count: 6_000,
      overShare: 0.5,
      segments: 8,
      budget: 100,
      isAway,
    });
    expect(progress.result).toMatchObject({ totalSessions: 6_000, deletedSessions: 3_000, errors: 0 });
    expect(model.over).toBe(0);
    execution.expectWithinLimits();
  });

  it.each(['BatchWriteItem', 'Scan'])(
    'gives up on a table that does not answer %s for more than an hour',
    async (denied) => {
      const isAway = (_: number, operation: string) => operation === denied;
      const { progress, execution, tookMs } = await sweep({ count: 600, overShare: 0.5, segments: 4, isAway });
      expect(progress).toMatchObject({ result: NOTHING_CLEANED, rest: [] });
      expect(progress.failed).toHaveLength(4);
      expect(tookMs).toBeGreaterThan(HOUR);
      expect(tookMs).toBeLessThan(2 * HOUR);
      execution.expectWithinLimits();
    },
  );

  it('counts as errors what the table leaves unprocessed forever, and ends soon', async () => {
    const model = { leavesUnprocessed: (sessionId: string) => sessionId < '4' };
    const setting = { count: 600, overShare: 0.5, segments: 4, model };
    const { progress, tookMs, model: left } = await sweep(setting);
    expect(left.over).toBeGreaterThan(0);
    const counts = { totalSessions: 600, deletedSessions: 300 - left.over, errors: left.over };
    expect(progress).toMatchObject({ result: counts, rest: [], failed: [] });
    expect(tookMs).toBeLessThan(10 * MINUTE);
  });
});

describe('the checkpoint of a sweep', () => {
  // What JSON escapes with six characters each, what it does not escape, and what takes several bytes.
  const keys = ['\u0001'.repeat(2_048), '"'.repeat(2_048), 'a'.repeat(2_048), 'ü'.repeat(1_024), '😀'.repeat(512)];

  it.each(keys)('fits into a step’s result with 64 keys of 2,048 bytes (%#)', async (sessionId) => {
    const call = async <Output>() =>
      ({ Items: [], ScannedCount: 1, LastEvaluatedKey: { sessionId: { S: sessionId } } }) as Output;
    let requests = 0;
    const sweeper = new Sweeper(
      { call },
      { tableName: TABLE_NAME, asOf: NOW, policy: DEFAULT_POLICY },
      { clock: systemClock },
    );
    const progress = await sweeper.sweepPart(nothingSwept(64), () => ++requests <= 128);
    expect(progress.rest).toHaveLength(64);
    expect(progress.rest.filter(({ after }) => after).length).toBeGreaterThan(60);
    expect(bytesOf({ ...progress, outOfTime: true })).toBeLessThan(MOST_RESULT_BYTES);
  });

  it('keeps every limit in a run of a whole day, the longest there is, with the longest keys', async () => {
    const clock = new SimulatedClock(NOW);
    const execution = new Execution(clock);
    const after = Buffer.alloc(2_048).toString('base64url');
    let parts = 0;
    const endless: Parameters<typeof durableSweep>[1] = {
      async sweepPart(from, mayGoOn = () => true): Promise<SweepProgress> {
        while (mayGoOn()) await clock.sleep(1_000);
        parts++;
        // Now and then a part achieves nothing.
        const totalSessions = from.result.totalSessions + (parts % 2);
        const isOver = clock.now() - NOW > 24 * HOUR;
        const rest = isOver ? [] : from.rest.map(({ segment }) => ({ segment, after }));
        return { ...from, rest, result: { ...from.result, totalSessions } };
      },
    };
    await clock.during(durableSweep(execution.context, endless, nothingSwept(), clock.now));
    expect(clock.now() - NOW).toBeGreaterThan(24 * HOUR);
    execution.expectWithinLimits();
  });
});

describe('a part of a sweep', () => {
  it('reads no page after its end, though many segments wait for their turn', async () => {
    let scans = 0;
    let mayGoOn = true;
    const call = async <Output>() => {
      scans++;
      await new Promise(setImmediate);
      mayGoOn = false;
      return { Items: [], ScannedCount: 0 } as Output;
    };
    const sweeper = new Sweeper(
      { call },
      { tableName: TABLE_NAME, asOf: NOW, policy: DEFAULT_POLICY },
      { clock: systemClock },
    );
    const { rest } = await sweeper.sweepPart(nothingSwept(64), () => mayGoOn);
    expect([scans, rest.length]).toEqual([12, 52]);
  });

  it('sweeps the other segments if one cannot be read', async () => {
    const causes: unknown[] = [];
    const refusal = new Error('No.');
    const call = async <Output>(_: string, { Segment }: { Segment?: number }) => {
      if (Segment === 1) throw refusal;
      return { Items: [], ScannedCount: 2 } as Output;
    };
    const options = { clock: systemClock, onUnreadable: (cause: unknown) => void causes.push(cause) };
    const sweeper = new Sweeper({ call }, { tableName: TABLE_NAME, asOf: NOW, policy: DEFAULT_POLICY }, options);
    const progress = await sweeper.sweepPart(nothingSwept(8));
    expect(progress).toMatchObject({ rest: [], failed: [{ segment: 1 }], result: { totalSessions: 14 } });
    expect(causes).toEqual([refusal]);
  });
});
