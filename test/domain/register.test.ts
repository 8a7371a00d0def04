import type { Identity } from '../../lambda/domain/caller';
import { tryAgain } from '../../lambda/domain/errors';
import { type RegisterDeps, registerSession } from '../../lambda/domain/register';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import type { SessionStore } from '../../lambda/domain/store';
import { type MemoryStore, memoryStore } from '../support/memory-store';
import { DAY, HOUR, iso, LIMITS, liveSession, NOW } from '../support/sessions';

const DEVICE = { ipAddress: '192.0.2.1', userAgent: 'Firefox' };
const IDENTITY: Identity = { userId: 'user-1', role: 'user', signInId: 'sign-in-1', signedInAt: NOW };

let store: MemoryStore;
let now: number;
const depsOf = (changes: Partial<RegisterDeps> = {}): RegisterDeps => ({
  store,
  limits: LIMITS,
  policy: DEFAULT_POLICY,
  clock: () => now,
  beforeRetry: () => Promise.reject(tryAgain()),
  onEnd: () => undefined,
  ...changes,
});
const register = (identity = IDENTITY, on: SessionStore = store) =>
  registerSession(depsOf({ store: on }), identity, DEVICE);
const log = () => store.delete('sign-in-1', 'user-1');

beforeEach(() => {
  store = memoryStore();
  now = NOW;
});

describe('registering', () => {
  it('opens the session of the sign-in, under the sign-in’s own id', async () => {
    const { session, created } = await register();
    expect(created).toBe(true);
    expect(session).toMatchObject({ sessionId: 'sign-in-1', userId: 'user-1', ...DEVICE });
    expect(await store.find('sign-in-1')).toEqual(session);
  });

  it('keeps what the device is called and where it is', async () => {
    const device = { ...DEVICE, deviceName: 'Work laptop', locationData: { country: 'DE', city: 'Köln' } };
    await registerSession(depsOf(), IDENTITY, device);
    expect(await store.find('sign-in-1')).toMatchObject(device);
  });

  it('finds the session again when the sign-in has registered already', async () => {
    const { session } = await register();
    expect(await register()).toEqual({ session, created: false });
  });

  it('opens no second session for another user agent', async () => {
    const { session } = await register();
    const again = await registerSession(depsOf(), IDENTITY, { ...DEVICE, userAgent: 'Safari' });
    expect(again).toEqual({ session, created: false });
    expect(await store.idsOf('user-1')).toEqual(['sign-in-1']);
  });

  it('is refused for good once the session has ended, at once and later', async () => {
    await register();
    await log();
    await expect(register()).rejects.toMatchObject({ code: 'SESSION_ENDED', details: { reason: 'ended' } });
    now += 3 * DAY;
    await expect(register()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(await store.find('sign-in-1')).toBeUndefined();
  });

  it('is refused when the session is over and still stored', async () => {
    await register();
    now += 9 * HOUR;
    await expect(register()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });

  it('is refused once a logout has closed the sign-in', async () => {
    await store.closeSignIn('sign-in-1', 'user-1', NOW);
    await expect(register()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });

  it.each([
    ['a moment before its end', 168 * HOUR - 1, undefined],
    ['at its end', 168 * HOUR, 'SIGN_IN_TOO_OLD'],
  ])('with a sign-in %s', async (_, age, code) => {
    const outcome = await register({ ...IDENTITY, signedInAt: NOW - age }).catch((error) => error);
    expect(outcome.code).toBe(code);
    if (code) expect(outcome.message).toBe('This sign-in is older than a session may last. Sign in again.');
  });

  it('counts its attempts while the user’s list changes under it', async () => {
    const attempts: number[] = [];
    const busy = { ...store, register: async () => attempts.length >= 3 && store.register(liveSession(), NOW) };
    const beforeRetry = async (attempt: number) => void attempts.push(attempt);
    expect(await registerSession(depsOf({ store: busy, beforeRetry }), IDENTITY, DEVICE)).toMatchObject({
      created: true,
    });
    expect(attempts).toEqual([1, 2, 3]);
  });

  it.each([
    ['finds the session again', () => undefined, undefined],
    ['is refused once the session has ended', log, 'SIGN_IN_TOO_OLD'],
  ])('under limits that have become stricter since, it %s', async (_, happens, code) => {
    const { session } = await register();
    await happens();
    now += 2 * HOUR;
    const limits = { ...LIMITS, lifetimeHours: 1 };
    const again = registerSession(depsOf({ limits }), IDENTITY, DEVICE);
    if (code) await expect(again).rejects.toMatchObject({ code });
    else expect(await again).toEqual({ session, created: false });
  });

  it('lets exactly one of many concurrent registrations open the session', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => register()));
    expect(outcomes.filter(({ created }) => created)).toHaveLength(1);
    expect(await store.idsOf('user-1')).toHaveLength(1);
  });

  it('does not answer with another user’s session of the same id, nor change it', async () => {
    const theirs = liveSession({ sessionId: 'sign-in-1', userId: 'somebody else' });
    await store.create(theirs);
    await expect(register()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(await store.find('sign-in-1')).toEqual(theirs);
  });

  it('takes a live session without a mark for this sign-in’s own', async () => {
    await store.create(liveSession({ sessionId: 'sign-in-1' }));
    expect(await register()).toMatchObject({ created: false });
  });

  it('of a user who was signed in before this backend arrived is like any other', async () => {
    const { session } = await register({ ...IDENTITY, signedInAt: NOW - 2 * DAY });
    expect(session.loginTime).toBe(iso(NOW - 2 * DAY));
  });
});

describe('a registration whose answer is lost', () => {
  /** Applies the registration, then fails as if its answer had not arrived. */
  const losing = (): SessionStore => ({
    ...store,
    register: async (...change) => {
      await store.register(...change);
      throw tryAgain(new Error('the connection was cut'));
    },
  });

  it('has opened the session, which the next try finds', async () => {
    await expect(register(IDENTITY, losing())).rejects.toMatchObject({ code: 'TRY_AGAIN' });
    expect(await register()).toMatchObject({ created: false, session: { sessionId: 'sign-in-1' } });
  });

  it('never brings the sign-in back: neither before nor after it gives up', async () => {
    let giveUp: () => void = () => undefined;
    const isLost = new Promise<void>((resolve) => {
      giveUp = resolve;
    });
    const slow: SessionStore = {
      ...store,
      register: async (...change) => {
        await store.register(...change);
        await isLost;
        throw tryAgain(new Error('the connection was cut'));
      },
    };
    const first = register(IDENTITY, slow);
    await new Promise(setImmediate);
    expect(await register()).toMatchObject({ created: false });
    await log();
    giveUp();
    await expect(first).rejects.toMatchObject({ code: 'TRY_AGAIN' });
    await expect(register()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });
});

it('is not refused by the sight of a mark whose session cannot be seen yet: reads of two moments show two sides', async () => {
  await register();
  // As long as a transaction is being applied, a plain read of the session may still miss it.
  const markFirst: SessionStore = { ...store, find: async () => undefined, read: async () => [] };
  for (const sessionLimit of [undefined, { most: 1, endOldest: false }]) {
    const again = registerSession(depsOf({ store: markFirst, sessionLimit }), IDENTITY, DEVICE);
    expect(await again).toMatchObject({ created: false, session: { sessionId: 'sign-in-1' } });
  }
});
