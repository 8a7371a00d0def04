import { logOut } from '../../lambda/domain/end';
import { tryAgain } from '../../lambda/domain/errors';
import type { SessionStore } from '../../lambda/domain/store';
import { memoryStore } from '../support/memory-store';
import { liveSession, NOW } from '../support/sessions';

const session = liveSession();
const identity = {
  userId: session.userId,
  role: 'user' as const,
  signInId: session.sessionId,
  issuer: 'https://issuer.example',
  signedInAt: NOW,
};
const connection = { ipAddress: '192.0.2.1', userAgent: 'a browser' };

describe('a log-out', () => {
  it('has ended the session, and told it, before it fails for want of the others', async () => {
    const store = memoryStore();
    await store.create(session);
    const told: string[] = [];
    const slow: SessionStore = {
      ...store,
      // Refused long before the session is gone.
      idsOf: () => Promise.reject(tryAgain()),
      delete: (...which) => new Promise((resolve) => setImmediate(() => resolve(store.delete(...which)))),
    };
    const failure = await logOut(slow, identity, connection, NOW, undefined, (id) => told.push(id)).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({ code: 'TRY_AGAIN' });
    expect(told).toEqual([session.sessionId]);
    expect(await store.find(session.sessionId)).toBeUndefined();
  });
});
