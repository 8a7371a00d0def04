import fc from 'fast-check';
import { type RegisterDeps, registerSession } from '../../lambda/domain/register';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import { type MemoryStore, memoryStore } from '../support/memory-store';
import { DAY, HOUR, LIMITS, liveSession, MINUTE, NOW } from '../support/sessions';

const DEVICE = { ipAddress: '192.0.2.1', userAgent: 'Firefox' };

let store: MemoryStore;
let now: number;
let ended: string[];

const register = (signInId: string, endOldest: boolean, changes: Partial<RegisterDeps> = {}) =>
  registerSession(
    {
      store,
      limits: LIMITS,
      policy: DEFAULT_POLICY,
      sessionLimit: { most: 2, endOldest },
      clock: () => now,
      beforeRetry: async () => undefined,
      onEnd: (id) => ended.push(id),
      ...changes,
    },
    { userId: 'user-1', role: 'user', signInId, signedInAt: now },
    DEVICE,
  );
const ids = async () => (await store.idsOf('user-1')).sort();

beforeEach(async () => {
  store = memoryStore();
  now = NOW;
  ended = [];
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

  it('does not count sessions that have been over for a minute', async () => {
    now += 9 * HOUR;
    expect((await register('third', false)).created).toBe(true);
  });

  it('counts a session that another machine’s clock may still take for live', async () => {
    now = NOW + 480 * MINUTE + MINUTE / 2;
    await expect(register('third', false)).rejects.toMatchObject({ code: 'SESSION_LIMIT_EXCEEDED' });
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

  it('counts the sessions from before it was switched on', async () => {
    store = memoryStore();
    await store.create(liveSession({ sessionId: 'older', purgeAt: undefined }));
    await register('first', false);
    await expect(register('second', false)).rejects.toMatchObject({ code: 'SESSION_LIMIT_EXCEEDED' });
  });

  it('holds though the index shows nothing of the latest sessions', async () => {
    const blind = { ...store, idsOf: async () => [] };
    await expect(register('third', false, { store: blind })).rejects.toMatchObject({ code: 'SESSION_LIMIT_EXCEEDED' });
  });

  it('holds though the list shows sessions that cannot be seen yet: reads of two moments show two sides', async () => {
    // As long as a transaction is being applied, a plain read of the session may still miss it.
    const listFirst = { ...store, idsOf: async () => [], find: async () => undefined, read: async () => [] };
    await expect(register('third', false, { store: listFirst })).rejects.toMatchObject({
      code: 'SESSION_LIMIT_EXCEEDED',
    });
    await register('third', true, { store: listFirst });
    expect(await ids()).toEqual(['second', 'third']);
  });

  it('holds against a registration that read its clock and the sessions first, and writes last', async () => {
    await store.delete('first', 'user-1');
    let release: () => void = () => undefined;
    const others = new Promise<void>((resolve) => {
      release = resolve;
    });
    let first = true;
    const slow = {
      ...store,
      register: async (...change: Parameters<MemoryStore['register']>) => {
        if (first) await others;
        first = false;
        return store.register(...change);
      },
    };
    const late = register('late', false, { store: slow });
    await new Promise(setImmediate);
    await register('quick', false);
    release();
    await expect(late).rejects.toMatchObject({ code: 'SESSION_LIMIT_EXCEEDED' });
    expect(await ids()).toEqual(['quick', 'second']);
  });
});

describe('a limit that ends the oldest', () => {
  it('ends the session that was opened first, and says which', async () => {
    expect(await register('third', true)).toMatchObject({ created: true });
    expect(ended).toEqual(['first']);
    expect(await ids()).toEqual(['second', 'third']);
    await expect(register('first', true)).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });

  it('comes down to the limit at once when it was lowered, however many sessions are too many', async () => {
    for (let index = 0; index < 150; index++) {
      await register(`more-${String(index).padStart(3, '0')}`, true, {
        sessionLimit: { most: 1_000, endOldest: true },
      });
      now += 1_000;
    }
    const transacted = jest.spyOn(store, 'register');
    await register('last', true, { sessionLimit: { most: 1, endOldest: true } });
    expect(ended).toHaveLength(152);
    expect(transacted.mock.lastCall?.[2]?.ended).toHaveLength(97);
    expect(await ids()).toEqual(['last']);
  });
});

it('the user’s list is kept until the latest absolute end of its sessions', async () => {
  const { list } = await store.findList('any', 'user-1');
  expect(list?.purgeAt).toBe(Math.ceil((NOW + MINUTE + 7 * DAY) / 1_000));
});

/** Hands out turns in an order that a property decides. */
function turns(choose: (count: number) => number) {
  const waiting: (() => void)[] = [];
  return {
    pause: () => new Promise<void>((resolve) => waiting.push(resolve)),
    /** Gives one turn after the other until the work is done. */
    async until(work: Promise<unknown>): Promise<void> {
      let isDone = false;
      const done = () => {
        isDone = true;
      };
      work.then(done, done);
      while (!isDone) {
        await new Promise(setImmediate);
        waiting.splice(choose(waiting.length), 1)[0]?.();
      }
      await work;
    },
  };
}

/** What happens at the same time as the registrations. */
const acts = fc.array(fc.record({ what: fc.constantFrom('register', 'register', 'register', 'end'), id: fc.nat(7) }), {
  minLength: 2,
  maxLength: 10,
});

it.each([true, false])(
  'at any concurrency no user has more sessions than the limit, is refused without being full, or has a sign-in with two lives (endOldest: %s)',
  async (endOldest) => {
    await fc.assert(
      fc.asyncProperty(
        acts,
        fc.integer({ min: 1, max: 3 }),
        fc.infiniteStream(fc.nat(1_000)),
        async (all, most, random) => {
          const choose = (count: number) => Number(random.next().value) % Math.max(1, count);
          const { pause, until } = turns(choose);
          /** How many sessions there were after each write. */
          const counts = [0];
          const created: string[] = [];
          store = memoryStore({
            pause,
            indexLag: () => choose(3),
            onWrite: (sessions) => void counts.push(sessions.length),
          });
          const beforeRetry = async () => void (await pause());
          await until(
            Promise.all(
              all.map(async ({ what, id }) => {
                const signInId = `sign-in-${id}`;
                if (what === 'end') return void (await store.delete(signInId, 'user-1'));
                const since = counts.length - 1;
                try {
                  const changes = { store, sessionLimit: { most, endOldest }, beforeRetry };
                  if ((await register(signInId, endOldest, changes)).created) created.push(signInId);
                } catch (error) {
                  const { code } = error as { code?: string };
                  expect(code).toBe(code === 'SESSION_LIMIT_EXCEEDED' && !endOldest ? code : 'SESSION_ENDED');
                  if (code === 'SESSION_LIMIT_EXCEEDED') expect(Math.max(...counts.slice(since))).toBe(most);
                }
              }),
            ),
          );
          expect(Math.max(...counts)).toBeLessThanOrEqual(most);
          expect(new Set(created).size).toBe(created.length);
        },
      ),
      { numRuns: 300 },
    );
  },
);
