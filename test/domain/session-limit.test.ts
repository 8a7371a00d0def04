import { randomUUID } from 'node:crypto';
import type { Connection } from '../../lambda/domain/caller';
import { type RegisterPorts, registerSession } from '../../lambda/domain/register';
import type { SessionStore } from '../../lambda/domain/store';
import { memoryStore } from '../support/memory-store';
import { HOUR, LIMITS, liveSession, MINUTE, NOW } from '../support/sessions';

const CONNECTION: Connection = { ipAddress: '192.0.2.1', userAgent: 'Firefox' };

let store: SessionStore;
let now: number;

const register = (signInId: string, endOldest: boolean, changes: Partial<RegisterPorts> = {}) =>
  registerSession(
    {
      store,
      limits: LIMITS,
      sessionLimit: { most: 2, endOldest },
      clock: () => now,
      sleep: async () => undefined,
      newRegistration: randomUUID,
      ...changes,
    },
    { userId: 'user-1', role: 'user', signInId, signedInAt: now },
    CONNECTION,
    'Firefox',
  );
const ids = async () => (await store.idsOf('user-1')).sort();

beforeEach(async () => {
  store = memoryStore();
  now = NOW;
  for (const id of ['first', 'second']) {
    await register(id, false);
    now += MINUTE;
  }
});

describe('a limit that denies', () => {
  it('refuses one session more, which may register when there is room', async () => {
    await expect(register('third', false)).rejects.toMatchObject({ code: 'SESSION_LIMIT_EXCEEDED' });
    expect(await ids()).toEqual(['first', 'second']);
    await store.delete('first', 'user-1');
    expect((await register('third', false)).created).toBe(true);
  });

  it('does not count sessions that are over', async () => {
    now += 9 * HOUR;
    expect((await register('third', false)).created).toBe(true);
  });

  it('does not refuse a sign-in that has its session, nor other users', async () => {
    expect((await register('first', false)).created).toBe(false);
    await store.create(liveSession({ sessionId: 'other', userId: 'user-2' }));
    await store.delete('second', 'user-1');
    expect((await register('third', false)).created).toBe(true);
  });

  it('says that a sign-in is over rather than that there is no room', async () => {
    await store.delete('first', 'user-1');
    await register('third', false);
    now += HOUR;
    await expect(register('first', false)).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });

  it('holds against registrations at the same time: what others were first to is taken back', async () => {
    await store.delete('first', 'user-1');
    // All look before any has written: each alone sees room.
    let looked = 0;
    let release: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: SessionStore = {
      ...store,
      async create(session) {
        if (++looked === 4) release();
        await all;
        return store.create(session);
      },
    };
    const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map((id) => register(id, false, { store: slow })));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    expect(await ids()).toEqual(['a', 'second']);
    // Nothing is left of those that were refused.
    await store.delete('second', 'user-1');
    expect((await register('b', false)).created).toBe(true);
  });
});

describe('a limit that ends the oldest', () => {
  it('ends the session that was opened first, and says which', async () => {
    expect(await register('third', true)).toMatchObject({ created: true, ended: ['first'] });
    expect(await ids()).toEqual(['second', 'third']);
    await expect(register('first', true)).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });

  it('comes down to the limit at once, when it was lowered', async () => {
    await register('third', true, { sessionLimit: undefined });
    now += MINUTE;
    const { ended } = await register('fourth', true, { sessionLimit: { most: 1, endOldest: true } });
    expect(ended).toEqual(['first', 'second', 'third']);
    expect(await ids()).toEqual(['fourth']);
  });
});
