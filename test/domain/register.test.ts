import type { Connection, Identity } from '../../lambda/domain/caller';
import { type RegisterPorts, registerSession } from '../../lambda/domain/register';
import type { SessionStore } from '../../lambda/domain/store';
import { memoryStore } from '../support/memory-store';
import { DAY, HOUR, iso, LIMITS, liveSession, NOW } from '../support/sessions';

const CONNECTION: Connection = { ipAddress: '192.0.2.1', userAgent: 'Firefox' };
const IDENTITY: Identity = {
  userId: 'user-1',
  role: 'user',
  signInId: 'sign-in-1',
  signedInAt: NOW,
};

let store: SessionStore;
let now: number;
let ports: RegisterPorts;
let registrations = 0;

beforeEach(() => {
  store = memoryStore();
  now = NOW;
  ports = {
    store,
    limits: LIMITS,
    clock: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
    newRegistration: () => `registration ${++registrations}`,
  };
});

const register = (identity: Identity = IDENTITY, connection = CONNECTION, userAgent = connection.userAgent) =>
  registerSession(ports, identity, connection, userAgent);

describe('registering', () => {
  it('opens the session of the sign-in, under the sign-in’s own id', async () => {
    const { session, created } = await register();
    expect(created).toBe(true);
    expect(session).toMatchObject({
      sessionId: 'sign-in-1',
      userId: 'user-1',
      ipAddress: '192.0.2.1',
      namesSignIn: true,
    });
    expect(await store.find('sign-in-1')).toEqual(session);
  });

  it('finds the session again when the sign-in has registered already', async () => {
    const { session } = await register();
    expect(await register()).toMatchObject({ session, created: false });
  });

  it('is refused for good once the session has ended, at once and later', async () => {
    await register();
    await store.delete('sign-in-1', 'user-1');
    await expect(register()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    now += 3 * DAY;
    await expect(register()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(await store.find('sign-in-1')).toBeUndefined();
  });

  it('is refused when the session is over and still stored', async () => {
    await register();
    now += 9 * HOUR;
    await expect(register()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });

  it.each([
    ['a moment before its end', 168 * HOUR - 1, undefined],
    ['at its end', 168 * HOUR, 'SIGN_IN_TOO_OLD'],
  ])('with a sign-in %s', async (_, age, code) => {
    const outcome = await register({ ...IDENTITY, signedInAt: NOW - age }).catch((error) => error);
    expect(outcome.code).toBe(code);
  });

  it('waits for a registration of the same sign-in that is in flight, and opens no second session', async () => {
    let finish: () => void = () => undefined;
    const slow: SessionStore = {
      ...store,
      create: async (session) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return store.create(session);
      },
    };
    const first = registerSession({ ...ports, store: slow }, IDENTITY, CONNECTION, 'Firefox');
    await new Promise(setImmediate);
    const looks: number[] = [];
    const second = registerSession(
      {
        ...ports,
        sleep: async (milliseconds) => {
          now += milliseconds;
          if (looks.push(now) === 3) finish();
          await new Promise(setImmediate);
        },
      },
      IDENTITY,
      CONNECTION,
      'Firefox',
    );
    expect((await first).created).toBe(true);
    expect((await second).created).toBe(false);
    expect(await store.idsOf('user-1')).toHaveLength(1);
  });

  it('takes its mark back when the session could not be written, so that the next try succeeds', async () => {
    const failing: SessionStore = { ...store, create: () => Promise.reject(new Error('no database')) };
    await expect(registerSession({ ...ports, store: failing }, IDENTITY, CONNECTION, 'Firefox')).rejects.toThrow(
      'no database',
    );
    expect((await register()).created).toBe(true);
  });

  it('takes its mark back when it was written and the answer was lost, so that the next try succeeds', async () => {
    const losing: SessionStore = {
      ...store,
      markSignIn: async (signIn, mark) => {
        await store.markSignIn(signIn, mark);
        throw new Error('the connection was cut');
      },
    };
    await expect(registerSession({ ...ports, store: losing }, IDENTITY, CONNECTION, 'Firefox')).rejects.toThrow('cut');
    expect((await register()).created).toBe(true);
  });

  it('leaves no session behind that was written and whose answer was lost: once ended, it would be registered again', async () => {
    const losing: SessionStore = {
      ...store,
      create: async (session) => {
        await store.create(session);
        throw new Error('the connection was cut');
      },
    };
    await expect(registerSession({ ...ports, store: losing }, IDENTITY, CONNECTION, 'Firefox')).rejects.toThrow('cut');
    expect(await store.find('sign-in-1')).toBeUndefined();
    expect((await register()).created).toBe(true);
  });

  it('leaves the live session alone when a second registration fails', async () => {
    const { session } = await register();
    const failing: SessionStore = { ...store, markSignIn: () => Promise.reject(new Error('no database')) };
    await expect(registerSession({ ...ports, store: failing }, IDENTITY, CONNECTION, 'Firefox')).rejects.toThrow(
      'no database',
    );
    expect(await register()).toMatchObject({ session, created: false });
  });

  it('says "try again" when the registration that it waited for fails', async () => {
    const mark = { registeredAt: NOW, registration: 'in flight' };
    const failing: SessionStore = {
      ...store,
      markSignIn: async () => false,
      findSignIn: jest.fn<never, never>().mockResolvedValueOnce(mark as never),
    };
    await expect(registerSession({ ...ports, store: failing }, IDENTITY, CONNECTION, 'Firefox')).rejects.toMatchObject({
      code: 'TRY_AGAIN',
    });
  });

  it('lets exactly one of many concurrent registrations open the session', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => register()));
    expect(outcomes.filter(({ created }) => created)).toHaveLength(1);
    expect(await store.idsOf('user-1')).toHaveLength(1);
  });

  it('does not answer with another user’s session of the same id', async () => {
    await store.create(liveSession({ sessionId: 'sign-in-1', userId: 'somebody else' }));
    await expect(register()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });
});

describe('a user who was signed in before this backend arrived', () => {
  it('registers like anybody', async () => {
    const { session } = await register({ ...IDENTITY, signedInAt: NOW - 2 * DAY });
    expect(session.loginTime).toBe(iso(NOW - 2 * DAY));
  });
});
