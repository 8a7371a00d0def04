import fc from 'fast-check';
import { registerSession } from '../../lambda/domain/register';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import { dynamoSessionStore } from '../../lambda/dynamodb/session-store';
import { rounds } from '../support/rounds';
import { LIMITS, NOW } from '../support/sessions';
import { sessionTables, startDatabase } from '../support/stack';

let database: Awaited<ReturnType<typeof startDatabase>>;
beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database.close());

it.each([true, false])('never has more sessions of a user than the limit, endOldest: %s', async (endOldest) => {
  const store = dynamoSessionStore(database.calls, sessionTables());
  let users = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 8 }), async (most, count) => {
      const userId = `limited-${endOldest}-${++users}`;
      const register = (id: number) =>
        registerSession(
          {
            store,
            limits: LIMITS,
            policy: DEFAULT_POLICY,
            sessionLimit: { most, endOldest },
            clock: () => NOW,
            beforeRetry: () => new Promise((resolve) => setTimeout(resolve, Math.random() * 20)),
            onEnd: () => undefined,
          },
          { userId, role: 'user', signInId: `${userId}-${id}`, signedInAt: NOW },
          { ipAddress: '192.0.2.1', userAgent: 'Firefox' },
        ).catch((error) => expect(error.code).toBe('SESSION_LIMIT_EXCEEDED'));
      await Promise.all(Array.from({ length: count }, (_, id) => register(id)));
      expect(await store.idsOf(userId)).toHaveLength(Math.min(most, count));
    }),
    { numRuns: rounds(20) },
  );
});
