/** The parts of dynalite that are the engine itself, without the server around them. Every callback is `(error, value)`. */
declare module 'dynalite/db' {
  import type { EngineItem, EngineStore, TableDefinition } from './engine-store';

  export function create(options: { path?: string; createTableMs?: number; deleteTableMs?: number }): EngineStore;
  /** @returns the error, or nothing when the key fits the table */
  export function validateKey(key: EngineItem, table: TableDefinition): Error | undefined | null;
  export function createKey(item: EngineItem, table: TableDefinition): string;
}

declare module 'dynalite/validations' {
  type Types = Readonly<Record<string, unknown>>;

  /** Mutates what it gets. @throws for a value of another type */
  export function checkTypes(data: object, types: Types): Record<string, any>;
  /** Puts the parsed expressions into the data. @throws for a value that is not allowed */
  export function checkValidations(data: object, types: Types, custom: unknown, store: unknown): void;
}
