import type { Identity } from '../../lambda/domain/caller';
import { listSessions, type Position } from '../../lambda/domain/list';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import { fromCursor, toCursor } from '../../lambda/http/cursor';
import { type MemoryStore, memoryStore } from '../support/memory-store';
import { iso, liveSession, MINUTE, NOW } from '../support/sessions';

const CALLER: Identity = { userId: 'user-1', role: 'user', signInId: 'current', signedInAt: NOW };

let store: MemoryStore;
beforeEach(async () => {
  store = memoryStore();
  await store.create(liveSession({ sessionId: 'current', lastActivity: iso(NOW - 5 * MINUTE) }));
  for (const ago of [4, 1, 3, 2]) {
    await store.create(liveSession({ sessionId: `used-${ago}`, lastActivity: iso(NOW - ago * MINUTE) }));
  }
  await store.create(liveSession({ sessionId: 'over', isActive: false }));
  await store.create(liveSession({ sessionId: 'foreign', userId: 'user-2' }));
});

const page = (limit: number, after?: Position, caller = CALLER) =>
  listSessions(store, caller, 'user-1', { limit, after }, NOW, DEFAULT_POLICY);
const ids = ({ sessions }: Awaited<ReturnType<typeof page>>) => sessions.map(({ sessionId }) => sessionId);

describe('the list', () => {
  it('has the live sessions, the current one first, then the latest used', async () => {
    const listed = await page(100);
    expect(ids(listed)).toEqual(['current', 'used-1', 'used-2', 'used-3', 'used-4']);
    expect(listed.next).toBeUndefined();
  });

  it.each([1, 2, 3, 4, 5])('comes whole in pages of %p, each session once', async (limit) => {
    const seen: string[] = [];
    let after: Position | undefined;
    do {
      const { sessions, next } = await page(limit, after);
      expect(sessions.length).toBeLessThanOrEqual(limit);
      seen.push(...sessions.map(({ sessionId }) => sessionId));
      after = next && fromCursor('user-1', toCursor('user-1', next));
      // A page that repeats itself has no end.
    } while (after && seen.length < 10);
    expect(seen).toEqual(['current', 'used-1', 'used-2', 'used-3', 'used-4']);
  });

  it('has sessions that were used at the same moment in the order of their ids, on one page and on several', async () => {
    for (const id of ['b', 'c', 'a'])
      await store.create(liveSession({ sessionId: `same-${id}`, lastActivity: iso(NOW) }));
    const inOrder = ['same-a', 'same-b', 'same-c'];
    expect(ids(await page(4))).toEqual(['current', ...inOrder]);
    const first = await page(2);
    expect(ids(first)).toEqual(['current', 'same-a']);
    expect(ids(await page(2, first.next))).toEqual(['same-b', 'same-c']);
  });

  it('shows the current session on no later page, also if another one led the first', async () => {
    const led = { lastUsed: Number.POSITIVE_INFINITY, sessionId: 'another' };
    expect(ids(await page(100, led))).toEqual(['used-1', 'used-2', 'used-3', 'used-4']);
  });

  it('has the current session before the index has it, and nobody else’s', async () => {
    store = memoryStore({ indexLag: () => 1 });
    await store.create(liveSession({ sessionId: 'used-1' }));
    await store.create(liveSession({ sessionId: 'current' }));
    expect(ids(await page(100))).toEqual(['current', 'used-1']);
    const admin: Identity = { ...CALLER, userId: 'admin-1', role: 'admin' };
    expect(ids(await page(100, undefined, admin))).toEqual(['used-1']);
  });

  it('has no next page if the last one is full', async () => {
    expect((await page(5)).next).toBeUndefined();
    expect((await page(4)).next).toEqual({ lastUsed: NOW - 3 * MINUTE, sessionId: 'used-3' });
  });

  it('has no current session for an admin who looks at another user', async () => {
    const admin: Identity = { ...CALLER, userId: 'admin-1', role: 'admin' };
    expect(ids(await page(100, undefined, admin))).toEqual(['used-1', 'used-2', 'used-3', 'used-4', 'current']);
  });
});

describe('a cursor', () => {
  it.each([
    ['of another user', toCursor('user-2', { lastUsed: NOW, sessionId: 'a' })],
    ['that was cut', toCursor('user-1', { lastUsed: NOW, sessionId: 'a' }).slice(0, -4)],
    ['of nothing', 'AAAA'],
    ['of text', '{"lastUsed":0}'],
  ])('%s is refused', (_, cursor) => {
    expect(() => fromCursor('user-1', cursor)).toThrow(/cursor/);
  });
});
