import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { localAccess } from '../../cli/local-table';
import { systemClock } from '../../lambda/aws/retry';
import { nothingSwept } from '../../lambda/cleanup/progress';
import { Sweeper, sweepClient } from '../../lambda/cleanup/sweep';
import type { Identity } from '../../lambda/domain/caller';
import { resolveCurrentSession } from '../../lambda/domain/caller';
import { logOut } from '../../lambda/domain/end';
import { registerSession } from '../../lambda/domain/register';
import { CLOCK_MARGIN_MS, DEFAULT_POLICY, endOf, type StoredSession } from '../../lambda/domain/session';
import { dynamoSessionStore } from '../../lambda/dynamodb/session-store';
import { rounds } from '../support/rounds';
import { LIMITS, MINUTE, NOW } from '../support/sessions';
import { sessionTables, startDatabase } from '../support/stack';

const CONNECTION = { ipAddress: '192.0.2.1', userAgent: 'Firefox' };
const SKEW = 30_000;
const PEOPLE = 6;

type Act = 'register' | 'use' | 'log out' | 'sweep';

/** What happens at one moment, all of it at once, each on a machine whose clock is off by up to half a minute. */
interface Moment {
  readonly minutesLater: number;
  readonly acts: ReadonlyArray<{ readonly act: Act; readonly person: number; readonly skew: number }>;
}

const moment: fc.Arbitrary<Moment> = fc.record({
  // Around the idle timeout, where a sweep and a use run into each other.
  minutesLater: fc.oneof(fc.constantFrom(0, 1, 24, 240, 479, 480, 481), fc.nat(700)),
  acts: fc.array(
    fc.record({
      act: fc.constantFrom<Act>('register', 'use', 'use', 'use', 'log out', 'sweep', 'sweep'),
      person: fc.nat(PEOPLE - 1),
      skew: fc.integer({ min: -SKEW, max: SKEW }),
    }),
    { minLength: 1, maxLength: 12 },
  ),
});

let database: Awaited<ReturnType<typeof startDatabase>>;
let sweeping: ReturnType<typeof sweepClient>;
let run = 0;

beforeAll(async () => {
  database = await startDatabase();
  sweeping = sweepClient(localAccess(database.endpoint), systemClock);
});
afterAll(async () => {
  sweeping.destroy();
  await database.close();
});

async function stored(): Promise<Map<string, StoredSession>> {
  const found = new Map<string, StoredSession>();
  const client = DynamoDBDocumentClient.from(database.client);
  for await (const { Items = [] } of paginateScan(
    { client },
    { TableName: sessionTables().sessions, ConsistentRead: true },
  )) {
    for (const item of Items) found.set(item.sessionId, item as StoredSession);
  }
  return found;
}

async function sweepAt(clock: number): Promise<void> {
  const plan = { tableName: sessionTables().sessions, asOf: clock - CLOCK_MARGIN_MS, policy: DEFAULT_POLICY };
  const { result } = await new Sweeper(sweeping, plan, { clock: systemClock }).sweepPart(nothingSwept());
  expect(result.errors).toBe(0);
}

it('no sweep deletes a live session, whatever runs into it, and the last one leaves none that is over', async () => {
  const store = dynamoSessionStore(database.calls, sessionTables());
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { minLength: 1, maxLength: 6 }), async (moments) => {
      run++;
      let now = NOW;
      const signIns = Array.from({ length: PEOPLE }, () => 0);
      const identity = (person: number): Identity => ({
        userId: `user-${run}-${person}`,
        role: 'user',
        signInId: `sign-in-${run}-${person}-${signIns[person]}`,
        signedInAt: now,
      });

      for (const { minutesLater, acts } of moments) {
        now += minutesLater * MINUTE;
        const before = await stored();
        const loggedOut = new Set<string>();
        const accepted = new Set<string>();
        // A new sign-in for each registration: one sign-in registers once.
        for (const { act, person } of acts) if (act === 'register') signIns[person] = (signIns[person] ?? 0) + 1;
        await Promise.all(
          acts.map(async ({ act, person, skew }) => {
            const clock = now + skew;
            const who = identity(person);
            if (act === 'sweep') return sweepAt(clock);
            if (act === 'log out') {
              loggedOut.add(who.signInId);
              return void (await logOut(store, who, CONNECTION, {
                now: clock,
                policy: DEFAULT_POLICY,
                onEnd: () => undefined,
              }));
            }
            if (act === 'use') {
              const use = { now: clock, policy: DEFAULT_POLICY, passive: false };
              if ((await resolveCurrentSession(store, who, use)).session) accepted.add(who.signInId);
              return undefined;
            }
            const deps = {
              store,
              limits: LIMITS,
              policy: DEFAULT_POLICY,
              clock: () => clock,
              beforeRetry: async () => undefined,
              onEnd: () => undefined,
            };
            await registerSession(deps, who, CONNECTION).catch((error) => expect(error.code).toBe('SESSION_ENDED'));
          }),
        );
        const after = await stored();
        for (const id of accepted) expect([id, after.has(id) || loggedOut.has(id)]).toEqual([id, true]);
        for (const [id, session] of before) {
          if (!endOf(session, now, DEFAULT_POLICY))
            expect([id, after.has(id) || loggedOut.has(id)]).toEqual([id, true]);
        }
      }

      now += 24 * 60 * MINUTE;
      await sweepAt(now);
      const left = [...(await stored()).values()].filter((session) =>
        endOf(session, now - CLOCK_MARGIN_MS, DEFAULT_POLICY),
      );
      expect(left).toEqual([]);
    }),
    { numRuns: rounds(40) },
  );
});
