import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Problem } from '../../command/problem';

/** What is done in a soak. `start` and `stop` are of the local run's process; it is stopped by whatever signal. */
export type What =
  | 'start'
  | 'stop'
  | 'sign-in'
  | 'refresh'
  | 'register'
  | 'list'
  | 'end'
  | 'end-others'
  | 'log-out'
  | 'outside-end'
  | 'make-idle'
  | 'cleanup'
  | 'scan';

export interface SessionLimit {
  readonly most: number;
  readonly whenReached: 'deny' | 'end-oldest';
}

export interface Arguments {
  readonly stage: string;
  /** Of a start: the stage's limit if it has one, and the share of the database calls that fail. */
  readonly sessionLimit?: SessionLimit;
  readonly faults?: number;
  /** A username, which nobody else has in the whole history. */
  readonly user?: string;
  /** Whose token is sent. */
  readonly signIn?: string;
  /** Which sign-in's session is to be ended, or made idle. */
  readonly target?: string;
  /**
   * The time of an event from outside, epoch seconds: it lies between the two. Sign-ins that are newer than the event
   * are not its business.
   */
  readonly eventTime?: { readonly earliest: number; readonly latest: number };
}

export interface Answer {
  /** Of HTTP. */
  readonly status: number;
  readonly code?: string;
  /** Why a session is not there: `ended` or `never-registered`. */
  readonly reason?: string;
  /** The sessions that were listed, ended, logged out or found in the table. */
  readonly ids?: readonly string[];
  /** Whether there are more than those. */
  readonly more?: boolean;
  /** Of a sign-in or a refresh: the sign-in's id, and when it was, epoch seconds. */
  readonly signIn?: string;
  readonly signedInAt?: number;
  /** What was wrong with the answer's form. Then nothing else of it is known. */
  readonly problem?: string;
}

/** One operation, and one line of a history. */
export interface Operation {
  readonly id: number;
  /** Who did it. A process does one thing at a time; one that got no answer does nothing more. */
  readonly process: number;
  /** Milliseconds of the recording process's one monotonic clock. */
  readonly start: number;
  /** Absent if no answer came: then it may have been carried out at any time after its start, or never. */
  readonly end?: number;
  readonly what: What;
  readonly arguments: Arguments;
  readonly answer?: Answer;
}

/** Thrown inside an operation that certainly reached nobody: it is left out of the history. */
export class NotSent extends Error {}

/** Writes a history while it happens. */
export class Recorder {
  private readonly file: number;
  private readonly idle: number[] = [];
  private processes = 0;
  private operations = 0;

  constructor(path: string) {
    this.file = openSync(path, 'w');
  }

  /**
   * @param run gives the answer, or undefined if none came
   * @returns what it gave; undefined also if it was not sent
   */
  async operation(what: What, args: Arguments, run: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
    const process = this.idle.pop() ?? this.processes++;
    const id = this.operations++;
    const start = performance.now();
    let answer: Answer | undefined;
    try {
      answer = await run();
    } catch (error) {
      if (!(error instanceof NotSent)) throw error;
      this.idle.push(process);
      return undefined;
    }
    const end = answer && performance.now();
    if (answer) this.idle.push(process);
    const operation: Operation = { id, process, start, end, what, arguments: args, answer };
    writeSync(this.file, `${JSON.stringify(operation)}\n`);
    return answer;
  }

  close(): void {
    closeSync(this.file);
  }
}

/** @throws a problem that names the line that is none of a history */
export function readHistory(path: string): Operation[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.map((line, index) => {
    const problem = (why: string) => new Problem(`Line ${index + 1} of ${path} is no operation: ${why}.`);
    let operation: Operation;
    try {
      operation = JSON.parse(line);
    } catch {
      throw problem('it is not JSON');
    }
    if (typeof operation?.start !== 'number' || typeof operation.arguments?.stage !== 'string') {
      throw problem('it lacks its start or its stage');
    }
    if ((operation.end === undefined) !== (operation.answer === undefined)) {
      throw problem('an operation has an end if and only if it has an answer');
    }
    return operation;
  });
}
