import { printable } from '../command/printable';

/** What could not be delivered or was not processed, as it lies in a queue. */
export interface DeadLetter {
  readonly time: string;
  /** The queue's name. */
  readonly queue: string;
  /** What failed: a rule's delivery, a function's invocation, a stream's batch. */
  readonly of: 'rule' | 'function' | 'stream';
  /** The name of the rule or of the function. */
  readonly name: string;
  readonly error: string;
  readonly message: unknown;
}

/** Older ones are forgotten. */
const MOST_LETTERS = 1_000;

/** The stack's dead-letter queues, for all that ends in one. */
export interface DeadLetters {
  readonly letters: readonly DeadLetter[];
  /**
   * Keeps a message in a queue, or loses it, as AWS does, if there is none.
   * @param queueArn of the queue that the template names, if any
   */
  readonly put: (queueArn: string | undefined, letter: Omit<DeadLetter, 'time' | 'queue'>) => void;
}

/** @param log gets a line for each message: what happened to it */
export function localDeadLetters(log: (line: string) => void): DeadLetters {
  const letters: DeadLetter[] = [];
  return {
    letters,
    put(queueArn, letter) {
      const { of, name, error } = letter;
      const queue = queueArn?.split(':').pop();
      const where = queue ? `kept in ${queue}` : 'there is no dead-letter queue: lost';
      log(printable(`The ${of} ${name} failed: ${error} (${where})`));
      if (!queue) return;
      letters.push({ time: new Date().toISOString(), queue, ...letter });
      letters.splice(0, Math.max(0, letters.length - MOST_LETTERS));
    },
  };
}
