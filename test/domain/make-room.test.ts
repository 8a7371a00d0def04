import { DEFAULT_POLICY } from '../../lambda/domain/session';
import { makeRoom } from '../../lambda/domain/session-limit';
import type { ListChange, SessionList } from '../../lambda/domain/store';
import { type MemoryStore, memoryStore } from '../support/memory-store';
import { DAY, iso, liveSession, MINUTE, NOW } from '../support/sessions';

const LASTS = NOW + 7 * DAY + 1;
let store: MemoryStore;
const onEnd = jest.fn();

beforeEach(() => {
  store = memoryStore();
  onEnd.mockReset();
});

/** Sessions by their id, opened that many minutes ago; in the table and the index, not in the user's list. */
async function stored(minutesAgo: Record<string, number>): Promise<void> {
  for (const [sessionId, minutes] of Object.entries(minutesAgo)) {
    await store.create(liveSession({ sessionId, createdAt: iso(NOW - minutes * MINUTE) }));
  }
}

const roomFor = (sessionId: string, most: number, endOldest = true) =>
  makeRoom(
    store,
    { most, endOldest },
    { session: liveSession({ sessionId }), lasts: LASTS },
    NOW,
    DEFAULT_POLICY,
    onEnd,
  );

describe('room for one session more', () => {
  it('is made by ending the sessions that were opened first, in whatever order they are found', async () => {
    await stored({ middle: 20, newest: 10, oldest: 40, older: 30 });

    expect(await roomFor('new', 3)).toEqual({
      before: undefined,
      after: { sessionIds: ['middle', 'newest', 'new'], purgeAt: Math.ceil(LASTS / 1_000) },
      ended: ['oldest', 'older'],
    });
    expect(onEnd).not.toHaveBeenCalled();
  });

  it.each([[{ a: 10, b: 10, c: 10 }], [{ c: 10, b: 10, a: 10 }], [{ b: 10, c: 10, a: 10 }]])(
    'is made by their ids if they were opened at the same time, so that each attempt ends the same: %j',
    async (at) => {
      await stored(at);

      expect(await roomFor('new', 2)).toMatchObject({ after: { sessionIds: ['c', 'new'] }, ended: ['a', 'b'] });
    },
  );

  it('is there already if the user has fewer sessions than the limit, and none if there are as many', async () => {
    await stored({ a: 10 });
    expect(await roomFor('new', 2, false)).toMatchObject({ after: { sessionIds: ['a', 'new'] }, ended: [] });

    await stored({ b: 5 });
    await expect(roomFor('new', 2, false)).rejects.toMatchObject({
      code: 'SESSION_LIMIT_EXCEEDED',
      message: 'A user may have 2 sessions at once. End one of the others, then send this again.',
    });
  });

  it('is not needed by a sign-in that has registered, by its mark or by its session', async () => {
    await stored({ here: 1 });
    expect(await roomFor('here', 1)).toBe('registered');

    await store.closeSignIn('gone', 'user-1', NOW);
    expect(await roomFor('gone', 1)).toBe('registered');
    expect(onEnd).not.toHaveBeenCalled();
  });

  it('is not taken by sessions of the list that have ended, nor twice by one that the index has as well', async () => {
    await store.register(liveSession({ sessionId: 'a' }), NOW, {
      before: undefined,
      after: { sessionIds: ['ended', 'a'], purgeAt: 1 },
      ended: [],
    });
    const lookedUp = jest.spyOn(store, 'findRegistration');

    expect(await roomFor('new', 2, false)).toMatchObject({ after: { sessionIds: ['a', 'new'] }, ended: [] });
    expect(lookedUp.mock.calls).toEqual([['ended']]);
  });

  it('keeps the list as long as the session that lasts longest', async () => {
    const listUntil = (purgeAt: number): SessionList => ({ sessionIds: [], version: 'version 1', purgeAt });
    const purgeAtAfter = async (before: SessionList) => {
      store.findList = async () => ({ isMarked: false, list: before });
      return roomFor('new', 2);
    };
    const own = Math.ceil(LASTS / 1_000);

    for (const [before, after] of [
      [own - 1, own],
      [own + 1, own + 1],
    ] as const) {
      expect(await purgeAtAfter(listUntil(before))).toMatchObject({
        before: { version: 'version 1', purgeAt: before },
        after: { purgeAt: after },
      });
    }
  });

  it('reads nothing but what is there when the user has no list', async () => {
    await stored({ a: 10 });
    const read = jest.spyOn(store, 'read');
    const lookedUp = jest.spyOn(store, 'findRegistration');

    await roomFor('new', 2);

    expect(read.mock.calls).toEqual([[['a'], 'user-1']]);
    expect(lookedUp).not.toHaveBeenCalled();
  });

  it('is made beforehand, oldest first, for what the transaction cannot hold', async () => {
    const minutes = Array.from({ length: 100 }, (_, index) => [`s${String(index).padStart(3, '0')}`, 200 - index]);
    await stored(Object.fromEntries(minutes));

    const room = (await roomFor('new', 1)) as ListChange;

    expect(onEnd.mock.calls.flat().sort()).toEqual(['s000', 's001', 's002']);
    expect(room).toMatchObject({ after: { sessionIds: ['new'] } });
    expect(room.ended).toHaveLength(97);
    expect((await store.idsOf('user-1')).length).toBe(97);
  });

  it('is tried for again later if the sessions that must end first cannot be ended', async () => {
    const minutes = Array.from({ length: 99 }, (_, index) => [`s${index}`, 200 - index]);
    await stored(Object.fromEntries(minutes));
    const end = store.delete;
    store.delete = (id, userId) => (id === 's0' ? end(id, userId) : Promise.reject(new Error('throttled')));

    await expect(roomFor('new', 1)).rejects.toMatchObject({ code: 'TRY_AGAIN' });
    expect(onEnd.mock.calls).toEqual([['s0']]);
  });
});
