/** A deliberate fault: one replacement in one file. */
export interface Fault {
  /** `GROUP/name`. */
  readonly id: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly put: string;
  /** What it breaks, in a sentence. */
  readonly breaks: string;
}

/** A fault of a list: the list's name is its group. */
export type Listed = Omit<Fault, 'id'> & { readonly name: string };
