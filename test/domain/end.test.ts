import type { Identity } from '../../lambda/domain/caller';
import { logOut, logOutEverywhere, revokeSessions, terminateOthers, terminateSession } from '../../lambda/domain/end';
import { tryAgain } from '../../lambda/domain/errors';
import { registerSession } from '../../lambda/domain/register';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import type { SessionStore } from '../../lambda/domain/store';
import { type MemoryStore, memoryStore } from '../support/memory-store';
import { iso, LIMITS, liveSession, MINUTE, NOW } from '../support/sessions';

const CALLER: Identity = { userId: 'user-1', role: 'user', signInId: 'session-1', signedInAt: NOW };
const CONNECTION = { ipAddress: '192.0.2.1', userAgent: 'Firefox' };

let store: MemoryStore;
let ended: string[];

beforeEach(() => {
  store = memoryStore();
  ended = [];
});

const onEnd = (id: string) => void ended.push(id);
const out = (on: SessionStore = store) =>
  logOut(on, CALLER, CONNECTION, { now: NOW, policy: DEFAULT_POLICY, onEnd, isTimeLeft: () => true });
const left = async () => (await store.idsOf('user-1')).sort();
/** An item of the older backend, of the caller's device and address. */
const putOlder = (sessionId: string, changes: object = {}) =>
  store.create(liveSession({ sessionId, purgeAt: undefined, ...changes }));
const register = () =>
  registerSession(
    {
      store,
      limits: LIMITS,
      policy: DEFAULT_POLICY,
      clock: () => NOW,
      beforeRetry: () => Promise.reject(tryAgain()),
      onEnd,
    },
    CALLER,
    CONNECTION,
  );
const putMany = async (count: number) => {
  for (let index = 0; index < count; index++) await store.create(liveSession({ sessionId: `other-${index}` }));
};

describe('a logout', () => {
  it('ends the token’s own session and the user’s sessions that are over, and no other', async () => {
    await register();
    await putOlder('over', { isActive: false });
    await putOlder('older');
    await store.create(liveSession({ sessionId: 'another' }));
    expect(await out()).toBe('session-1');
    expect(await left()).toEqual(['another', 'older']);
    expect(ended).toEqual(['session-1']);
  });

  it('leaves alone what has been over for less than a minute: by another clock it is live', async () => {
    await register();
    await store.create(liveSession({ sessionId: 'just now', expiresAt: iso(NOW - MINUTE / 2) }));
    await out();
    expect(await left()).toEqual(['just now']);
  });

  it('is idempotent and names no session the second time', async () => {
    await register();
    await out();
    expect(await out()).toBeUndefined();
    expect(ended).toEqual(['session-1']);
  });

  it('with the token of an ended session ends no other live session', async () => {
    await register();
    await store.delete('session-1', 'user-1');
    await putOlder('older');
    await store.create(liveSession({ sessionId: 'another' }));
    expect(await out()).toBeUndefined();
    expect(await left()).toEqual(['another', 'older']);
  });

  it('with a sign-in that never registered ends the matching session of the older backend that was used last', async () => {
    await putOlder('older', { lastActivity: iso(NOW - MINUTE) });
    await putOlder('latest');
    await putOlder('other address', { ipAddress: '192.0.2.2', lastActivity: iso(NOW + 1) });
    await putOlder('other device', { userAgent: 'Safari', lastActivity: iso(NOW + 1) });
    await store.create(liveSession({ sessionId: 'ours', lastActivity: iso(NOW + 1) }));
    expect(await out()).toBe('latest');
    expect(await out()).toBeUndefined();
    expect(await left()).toEqual(['older', 'other address', 'other device', 'ours']);
  });

  it('with a sign-in that never registered ends the first by id of several that were used at the same moment', async () => {
    for (const id of ['b', 'a', 'c']) await putOlder(id);
    expect(await out()).toBe('a');
    expect(await left()).toEqual(['b', 'c']);
  });

  it('with a sign-in that never registered ends no session that is over: it is deleted, and not named', async () => {
    await putOlder('over', { isActive: false });
    expect(await out()).toBeUndefined();
    expect([ended, await left()]).toEqual([[], []]);
  });

  it('leaves the sessions that are over to the cleanup if time is up', async () => {
    await register();
    await putOlder('over', { isActive: false });
    const options = { now: NOW, policy: DEFAULT_POLICY, onEnd, isTimeLeft: () => false };
    expect(await logOut(store, CALLER, CONNECTION, options)).toBe('session-1');
    expect(await left()).toEqual(['over']);
  });

  it('with a sign-in that never registered keeps it from registering', async () => {
    expect(await out()).toBeUndefined();
    await expect(register()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });

  it('ends a session that is registered while it looks for it', async () => {
    const racing: SessionStore = {
      ...store,
      closeSignIn: async (...sign) => {
        await register();
        return store.closeSignIn(...sign);
      },
    };
    expect(await out(racing)).toBe('session-1');
    expect(await left()).toEqual([]);
  });

  it('has succeeded once its own session is deleted, whatever becomes of the others', async () => {
    await register();
    const slow: SessionStore = {
      ...store,
      // Refused long before the session is gone.
      idsOf: () => Promise.reject(tryAgain()),
      delete: (...which) => new Promise((resolve) => setImmediate(() => resolve(store.delete(...which)))),
    };
    expect(await out(slow)).toBe('session-1');
    expect(ended).toEqual(['session-1']);
  });

  it('does not say that a session was ended when it could not be deleted', async () => {
    const failing: SessionStore = { ...store, delete: () => Promise.reject(new Error('no database')) };
    await expect(out(failing)).rejects.toThrow('no database');
    expect(ended).toEqual([]);
  });

  it('fails when it can neither find the session nor look for an older one: nothing is half done', async () => {
    const failing: SessionStore = { ...store, idsOf: () => Promise.reject(tryAgain()) };
    await expect(out(failing)).rejects.toMatchObject({ code: 'TRY_AGAIN' });
    expect((await store.findRegistration('session-1')).isMarked).toBe(false);
  });
});

describe('a logout everywhere', () => {
  const everywhere = (changes: {
    on?: SessionStore;
    isTimeLeft?: () => boolean;
    signOutAtPool?: () => Promise<void>;
  }) =>
    logOutEverywhere(changes.on ?? store, CALLER, {
      now: NOW,
      policy: DEFAULT_POLICY,
      onEnd,
      isTimeLeft: () => true,
      ...changes,
    });

  it('ends all of the user’s sessions, the older backend’s too, the current one last, and nobody else’s', async () => {
    await register();
    await putMany(2);
    await putOlder('older');
    await store.create(liveSession({ sessionId: 'theirs', userId: 'user-2' }));
    const outcome = await everywhere({});
    expect(outcome).toEqual({ ids: ['other-0', 'other-1', 'older', 'session-1'], remaining: false });
    expect(ended).toEqual(outcome.ids);
    expect([await left(), await store.idsOf('user-2')]).toEqual([[], ['theirs']]);
  });

  it('is no activity of the session that it ends', async () => {
    await store.create(liveSession({ lastActivity: iso(NOW - 300 * MINUTE) }));
    const recorded = jest.spyOn(store, 'recordActivity');
    await everywhere({});
    expect([await left(), recorded.mock.calls]).toEqual([[], []]);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['that never registered', async () => undefined, 'never-registered'],
    [
      'whose session has ended',
      async () => {
        await register();
        await store.delete('session-1', 'user-1');
      },
      'ended',
    ],
    ['whose session is over', () => store.create(liveSession({ expiresAt: iso(NOW) })), 'ended'],
  ])('is refused to a sign-in %s, and ends nothing', async (_, prepare, reason) => {
    await prepare();
    await putMany(1);
    const signOutAtPool = jest.fn();
    await expect(everywhere({ signOutAtPool })).rejects.toMatchObject({ code: 'SESSION_ENDED', details: { reason } });
    expect([ended, signOutAtPool.mock.calls]).toEqual([[], []]);
    expect(await left()).toContain('other-0');
  });

  it('spares the current session while others remain: the same request can be sent again', async () => {
    await register();
    await putMany(1_001);
    expect(await everywhere({})).toMatchObject({ remaining: true });
    expect(await left()).toEqual(['other-1000', 'session-1']);
    expect(await everywhere({})).toEqual({ ids: ['other-1000', 'session-1'], remaining: false });
    expect(await left()).toEqual([]);
  });

  it('spares it too if time is up before its turn, and says what it has ended', async () => {
    await register();
    await putMany(1);
    expect(await everywhere({ isTimeLeft: () => ended.length === 0 })).toEqual({ ids: ['other-0'], remaining: true });
    expect(await left()).toEqual(['session-1']);
  });

  it('says what it has ended when the current one could not be', async () => {
    await register();
    const on: SessionStore = {
      ...store,
      delete: (id, userId) => (id === 'session-1' ? Promise.reject(tryAgain()) : store.delete(id, userId)),
    };
    await expect(everywhere({ on })).rejects.toMatchObject({ code: 'TRY_AGAIN' });
    await putMany(1);
    expect(await everywhere({ on })).toEqual({ ids: ['other-0'], remaining: true });
  });

  it('signs the user out at the pool once no other remains, before the current one ends: it can ask again', async () => {
    await register();
    const failing = () => Promise.reject(tryAgain());
    await expect(everywhere({ signOutAtPool: failing })).rejects.toMatchObject({ code: 'TRY_AGAIN' });
    await putMany(1_001);
    const seen: string[][] = [];
    const signOutAtPool = async () => void seen.push(await left());
    expect(await everywhere({ signOutAtPool })).toMatchObject({ remaining: true });
    expect(await everywhere({ signOutAtPool: failing })).toEqual({ ids: ['other-1000'], remaining: true });
    expect(await everywhere({ signOutAtPool })).toEqual({ ids: ['session-1'], remaining: false });
    expect(seen).toEqual([['session-1']]);
  });
});

describe('ending one session', () => {
  it('deletes it, and no other', async () => {
    await putMany(2);
    await terminateSession(store, CALLER, 'user-1', 'other-0');
    expect(await left()).toEqual(['other-1']);
  });

  it('is refused for the caller’s own', async () => {
    await expect(terminateSession(store, CALLER, 'user-1', 'session-1')).rejects.toMatchObject({
      code: 'CANNOT_TERMINATE_CURRENT_SESSION',
      message: 'This is your current session. To end it, send POST /logout.',
    });
  });

  it('is refused for another user’s, as for one that does not exist', async () => {
    await store.create(liveSession({ sessionId: 'theirs', userId: 'user-2' }));
    for (const id of ['theirs', 'nobody’s']) {
      await expect(terminateSession(store, CALLER, 'user-1', id)).rejects.toMatchObject({
        code: 'SESSION_NOT_FOUND',
        message: 'This user has no such session. List the sessions to see which there are.',
      });
    }
  });
});

describe('ending all other sessions', () => {
  const endOthers = (isTimeLeft = () => true, on: SessionStore = store) =>
    terminateOthers(on, CALLER, 'user-1', { onEnd, isTimeLeft });

  it('leaves the caller’s own', async () => {
    await register();
    await putMany(3);
    expect(await endOthers()).toMatchObject({ ids: ['other-0', 'other-1', 'other-2'], remaining: false });
    expect(await left()).toEqual(['session-1']);
  });

  it('ends 12,000 of them in twelve calls, each of which says whether any remain', async () => {
    await register();
    await putMany(12_000);
    const answers = [];
    do answers.push(await endOthers());
    while (answers.at(-1)?.remaining);
    expect(answers.map(({ ids }) => ids.length)).toEqual(Array(12).fill(1_000));
    expect(await left()).toEqual(['session-1']);
  });

  it('stops when time is up, says what it has ended, and leaves nothing in flight', async () => {
    await putMany(200);
    let inFlight = 0;
    const counting: SessionStore = {
      ...store,
      delete: async (...which) => {
        inFlight++;
        await new Promise(setImmediate);
        return store.delete(...which).finally(() => inFlight--);
      },
    };
    const outcome = await endOthers(() => ended.length < 50, counting);
    expect(inFlight).toBe(0);
    expect(outcome).toEqual({ ids: ended, remaining: true });
    expect(await left()).toHaveLength(200 - ended.length);
  });

  it('says what it has ended when the database fails in between', async () => {
    await putMany(60);
    const failing: SessionStore = {
      ...store,
      delete: (...which) => (ended.length < 10 ? store.delete(...which) : Promise.reject(tryAgain())),
    };
    const outcome = await endOthers(undefined, failing);
    expect(outcome.remaining).toBe(true);
    expect(outcome.ids.length + (await left()).length).toBe(60);
  });

  it('fails when none could be ended', async () => {
    await putMany(60);
    const failing: SessionStore = { ...store, delete: () => Promise.reject(tryAgain()) };
    await expect(endOthers(undefined, failing)).rejects.toMatchObject({ code: 'TRY_AGAIN' });
    await expect(endOthers(() => false)).rejects.toMatchObject({ code: 'TRY_AGAIN' });
  });
});

describe('ending all sessions from outside', () => {
  const endAll = (signedInBy: number, isTimeLeft = () => true) =>
    revokeSessions(store, 'user-1', 'requested', { signedInBy, clock: () => NOW, isTimeLeft });

  it('ends those of sign-ins until then, to the second, and the older backend’s', async () => {
    await store.create(liveSession({ sessionId: 'before', loginTime: iso(NOW) }));
    await store.create(liveSession({ sessionId: 'after', loginTime: iso(NOW + 1_000) }));
    await putOlder('older', { loginTime: iso(NOW + 1_000) });
    expect(await endAll(NOW + 999)).toMatchObject({
      ids: expect.arrayContaining(['before', 'older']),
      remaining: false,
    });
    expect(await left()).toEqual(['after']);
  });

  it('ends those that are named, if some are, and no other of the user', async () => {
    await putMany(3);
    const options = { signedInBy: NOW, clock: () => NOW, onEnd };
    const outcome = await revokeSessions(store, 'user-1', 'requested', { ...options, ids: ['other-1', 'nobody’s'] });
    expect([outcome, ended]).toEqual([{ ids: ['other-1'], remaining: false }, ['other-1']]);
    expect(await left()).toEqual(['other-0', 'other-2']);
  });

  it('says that some remain when time is up', async () => {
    await putMany(100);
    let asked = 0;
    const outcome = await endAll(NOW, () => ++asked <= 30);
    expect(outcome).toMatchObject({ remaining: true });
    expect(outcome.ids).toHaveLength(30);
    expect(await endAll(NOW)).toMatchObject({ remaining: false });
    expect(await left()).toEqual([]);
  });
});
