import type { EventEmitter } from 'node:events';

export type EngineItem = Readonly<Record<string, Record<string, any>>>;
type Work = (...parameters: any[]) => unknown;
type Callback = (error?: Error | null, value?: any) => void;

export interface TableDefinition {
  readonly TableName: string;
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
}

interface Write {
  readonly type: 'put' | 'del';
  readonly key: string;
  readonly value?: EngineItem;
}

/** What a write did to an item of a table. */
export interface Change {
  readonly tableName: string;
  readonly before?: EngineItem;
  readonly after?: EngineItem;
}

/** Writes that belong together: the items' and those of their index entries. */
export interface Staged {
  readonly writes: Write[];
  readonly changes: Change[];
}

/** One of the engine's tables, indexes or lists. */
interface EnginePart {
  readonly lock: (key: string, work: (release: (done: Callback) => Callback) => void) => void;
  readonly get: (key: string, done: Callback) => void;
}

/** The engine's store: one LevelDB whose keys begin with the name of the part that they belong to. */
export interface EngineStore {
  readonly db: {
    readonly batch: (writes: readonly Write[], done: Callback) => void;
    readonly close: () => Promise<void>;
  };
  readonly getTable: (name: string, done: (error: Error | null, table: TableDefinition) => void) => void;
  readonly getItemDb: (tableName: string) => EnginePart;
  readonly getIndexDb: (kind: string, tableName: string, index: string) => EnginePart;
  readonly getTagDb: (tableName: string) => EnginePart;
  readonly tableDb: EnginePart;
}

/** What one operation sees of the store. */
export interface StoreView {
  /** The store, for the engine's actions. */
  readonly store: EngineStore;
  /** The item that the operation found. */
  readonly found: () => EngineItem | undefined;
  /** Gives back the locks of an operation that will not. */
  readonly abandon: () => void;
}

/**
 * A view of the store in which an item and its index entries are written together, and nothing that the engine does
 * later than its own call can end the process: what its callbacks throw goes to `fail`.
 * @param save gets what belongs together, calls back once it is stored
 * @param locked whether the items' locks are held already
 */
export function viewOf(
  store: EngineStore,
  {
    save,
    fail,
    locked = false,
  }: {
    readonly save: (staged: Staged, done: Callback) => void;
    readonly fail: (error: unknown) => void;
    readonly locked?: boolean;
  },
): StoreView {
  const held = new Set<() => void>();
  /** Index entries: the engine writes them first, and then their item in the same turn. */
  const entries: Write[] = [];
  let found: EngineItem | undefined;

  const caught =
    <T extends unknown[]>(work: (...parameters: T) => unknown) =>
    (...parameters: T) => {
      try {
        work(...parameters);
      } catch (error) {
        fail(error);
      }
    };

  /** A part whose callbacks and streams are safe, with some members of its own. */
  const guarded = <T extends object>(part: T, own: Readonly<Record<string, unknown>> = {}): T =>
    new Proxy(part, {
      get(target, name) {
        if (Object.hasOwn(own, name)) return own[name as string];
        const member = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        if (name === 'lock') return lockOf(member as EnginePart['lock']);
        return (...parameters: unknown[]) =>
          quiet(
            member.apply(
              target,
              parameters.map((one) => (typeof one === 'function' ? caught(one as Work) : one)),
            ),
          );
      },
    });

  /** Whoever listens to a stream is called while it emits. */
  function quiet(stream: Partial<EventEmitter> | undefined) {
    if (stream?.emit) stream.emit = caught(stream.emit.bind(stream)) as unknown as EventEmitter['emit'];
    return stream;
  }

  function lockOf(lock: EnginePart['lock']): EnginePart['lock'] {
    if (locked) return (_, work) => caught(work)((done) => done);
    return (key, work) =>
      lock(key, (release) => {
        const free = once(() => release(() => undefined)());
        held.add(free);
        caught(work)((done) => (...answer) => {
          held.delete(free);
          free();
          done(...answer);
        });
      });
  }

  function itemsOf(tableName: string): EnginePart {
    const part = store.getItemDb(tableName);
    const before = new Map<string, EngineItem | undefined>();
    const write = (type: Write['type'], key: string, after: EngineItem | undefined, done: Callback) => {
      const writes = [...entries.splice(0), { type, key: `item-${tableName}~${key}`, value: after }];
      save({ writes, changes: [{ tableName, before: before.get(key), after }] }, caught(done));
    };
    return guarded(part, {
      get: (key: string, done: Callback) =>
        part.get(key, (error, item) => {
          found = item;
          before.set(key, item);
          caught(done)(error, item);
        }),
      put: (key: string, item: EngineItem, done: Callback) => write('put', key, item, done),
      del: (key: string, done: Callback) => write('del', key, undefined, done),
    });
  }

  function indexOf(kind: string, tableName: string, index: string): EnginePart {
    const prefix = `index-${kind.toLowerCase()}~${tableName}~${index}~`;
    const stage = (type: Write['type'], key: string, value: EngineItem | undefined, done: Callback) => {
      entries.push({ type, key: `${prefix}${key}`, value });
      done(null);
    };
    return guarded(store.getIndexDb(kind, tableName, index), {
      put: (key: string, entry: EngineItem, done: Callback) => stage('put', key, entry, done),
      del: (key: string, done: Callback) => stage('del', key, undefined, done),
    });
  }

  const view = guarded(store, {
    getItemDb: itemsOf,
    getIndexDb: indexOf,
    getTagDb: (tableName: string) => guarded(store.getTagDb(tableName)),
    tableDb: guarded(store.tableDb),
  });
  return {
    store: view,
    found: () => found,
    abandon: () => {
      for (const free of held) free();
      held.clear();
    },
  };
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
