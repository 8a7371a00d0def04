import { type EngineStore, type Staged, viewOf } from '../../local/engine-store';

/** A store whose one item is locked by one at a time. */
function fakeStore() {
  const waiting: (() => void)[] = [];
  let isLocked = false;
  const take = (work: (release: (done: () => void) => () => void) => void): void => {
    if (isLocked) return void waiting.push(() => take(work));
    isLocked = true;
    work((done) => () => {
      isLocked = false;
      done();
      waiting.shift()?.();
    });
  };
  const part = {
    lock: (_: string, work: Parameters<typeof take>[0]) => take(work),
    get: (_: string, done: (error: null, item: object) => void) => void setImmediate(done, null, { id: { S: 'a' } }),
  };
  const store = { db: {}, tableDb: part, getItemDb: () => part, getIndexDb: () => part, getTagDb: () => part };
  return store as unknown as EngineStore;
}

const open = (store: EngineStore, onWrite: (staged: Staged) => void = () => undefined) => {
  let failed: (error: unknown) => void = () => undefined;
  const failure = new Promise((resolve) => {
    failed = resolve;
  });
  const view = viewOf(store, {
    save(staged, done) {
      onWrite(staged);
      done(null);
    },
    fail(error) {
      view.abandon();
      failed(error);
    },
  });
  return {
    items: view.store.getItemDb('first') as any,
    entries: view.store.getIndexDb('Global', 'first', 'ByOwner') as any,
    failure,
  };
};

it('what the engine throws in a callback fails its operation, and gives the item’s lock back', async () => {
  const store = fakeStore();
  const broken = open(store);
  broken.items.lock('a', () => {
    broken.items.get('a', () => {
      throw new Error('a defect of the engine');
    });
  });
  expect(await broken.failure).toEqual(new Error('a defect of the engine'));
  const next = open(store);
  await new Promise<void>((resolve) => next.items.lock('a', (release: any) => release(resolve)()));
});

it('an item and its index entries are written in one go', async () => {
  const written: Staged[] = [];
  const { items, entries } = open(fakeStore(), (staged) => written.push(staged));
  const item = { id: { S: 'a' } };
  await new Promise<void>((resolve) => {
    items.get('a', () => {
      entries.del('old', () => entries.put('new', item, () => items.put('a', item, resolve)));
    });
  });
  expect(written).toEqual([
    {
      writes: [
        { type: 'del', key: 'index-global~first~ByOwner~old', value: undefined },
        { type: 'put', key: 'index-global~first~ByOwner~new', value: item },
        { type: 'put', key: 'item-first~a', value: item },
      ],
      changes: [{ tableName: 'first', before: item, after: item }],
    },
  ]);
});
