import { create } from 'dynalite/db';
import { checkTypes, checkValidations } from 'dynalite/validations';
import { type EngineError, isConditionError } from './engine-error';
import { type Change, type EngineStore, type Staged, type StoreView, viewOf } from './engine-store';

/** The operations of the service that the engine has. */
const OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
] as const;
export type Operation = (typeof OPERATIONS)[number];

export const isOperation = (name: string): name is Operation => (OPERATIONS as readonly string[]).includes(name);

/** The store and the actions of dynalite, without its server. */
export interface Engine {
  readonly store: EngineStore;
  /**
   * Checks an operation's input, which is readable, and reads its expressions, which changes it.
   * @throws an engine error
   */
  readonly check: (operation: Operation, input: object) => Record<string, any>;
  /**
   * Runs an operation on a view of the store.
   * @param input as `check` returned it
   * @param stage gets the writes instead of the store; the item's lock is held already
   * @param returnsItem whether an error of the condition shows the item that was found
   * @throws an engine error, or whatever broke
   */
  readonly run: (
    operation: Operation,
    input: Record<string, any>,
    options?: { readonly stage?: Staged; readonly returnsItem?: boolean },
  ) => Promise<any>;
  /** Writes all of it or nothing, and reports the changes. */
  readonly commit: (staged: Staged) => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * @param path of the folder; in memory when absent
 * @param onChange told of each item that was written, in the order of its writes
 */
export function openEngine(path: string | undefined, onChange: (change: Change) => void = () => undefined): Engine {
  const store = create({ path, createTableMs: 0, deleteTableMs: 0 });
  return {
    store,
    check(operation, input) {
      const { types, custom } = require(`dynalite/validations/${fileOf(operation)}`);
      const checked = checkTypes(input, types);
      checkValidations(checked, types, custom, store);
      return checked;
    },
    run: (operation, input, { stage, returnsItem } = {}) =>
      new Promise((resolve, reject) => {
        const action = require(`dynalite/actions/${fileOf(operation)}`);
        const view: StoreView = viewOf(store, {
          locked: stage !== undefined,
          fail(error) {
            view.abandon();
            reject(error);
          },
          save(staged, done) {
            if (!stage) return void commit(staged).then(() => done(null), done);
            stage.writes.push(...staged.writes);
            stage.changes.push(...staged.changes);
            done(null);
          },
        });
        action(view.store, input, (error: EngineError | null, answer: unknown) => {
          const item = view.found();
          if (returnsItem && item && isConditionError(error)) Object.assign(error.body, { Item: item });
          if (error) reject(error);
          // Of some operations it is empty text.
          else resolve(answer || {});
        });
      }),
    commit,
    close: () => store.db.close(),
  };

  async function commit({ writes, changes }: Staged): Promise<void> {
    if (writes.length > 0) {
      await new Promise<void>((resolve, reject) => {
        store.db.batch(writes, (error?: Error | null) => (error ? reject(error) : resolve()));
      });
    }
    for (const change of changes) onChange(change);
  }
}

const fileOf = (operation: Operation): string => `${operation[0]?.toLowerCase()}${operation.slice(1)}`;
