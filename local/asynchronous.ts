import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetters } from './dead-letters';
import { FunctionFailure, type Functions } from './functions';
import { allows, readRoles } from './policies';
import type { Template } from './template';

/** Lambda waits a minute before it tries a failed event again, and two before the last time. The local run waits less. */
const RETRY_MS = [500, 1_000];

/** Invocations whose caller does not wait for them, as the rules make them. */
export interface AsynchronousInvocations {
  /**
   * Invokes a function. If it fails, it is invoked twice more, and then the event goes to the function's own
   * dead-letter queue; without one it is lost. A durable execution that fails is not run again: its event goes there at
   * once.
   * @returns what the first attempt returned
   * @throws what it failed with; the further attempts go on by themselves
   */
  readonly invoke: (functionArn: string, event: unknown) => Promise<unknown>;
  /** Gives up the attempts that are still to come. */
  readonly stop: () => Promise<void>;
}

export function asynchronousInvocations(
  template: Template,
  functions: Functions,
  deadLetters: DeadLetters,
): AsynchronousInvocations {
  const statementsOf = readRoles(template);
  const properties = new Map(template.all('AWS::Lambda::Function').map(([, one]) => [one.FunctionName as string, one]));
  const retrying = new Set<Promise<void>>();
  const stopping = new AbortController();

  return {
    async invoke(functionArn, event) {
      const name = functionArn.split(':')[6] ?? functionArn;
      try {
        return await functions.invoke(functionArn, event);
      } catch (error) {
        if (!(error instanceof FunctionFailure)) throw error;
        if (properties.get(name)?.DurableConfig) {
          giveUp(name, event, error);
        } else {
          const retry = tryAgain(name, functionArn, event, error).finally(() => retrying.delete(retry));
          retrying.add(retry);
        }
        throw error;
      }
    },
    async stop() {
      stopping.abort();
      await Promise.all(retrying);
    },
  };

  async function tryAgain(name: string, functionArn: string, event: unknown, first: Error): Promise<void> {
    let last = first;
    for (const wait of RETRY_MS) {
      try {
        await sleep(wait, undefined, { signal: stopping.signal });
        await functions.invoke(functionArn, event);
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        last = error as Error;
      }
    }
    giveUp(name, event, last);
  }

  function giveUp(name: string, event: unknown, { message: error }: Error): void {
    deadLetters.put(queueOf(name), { of: 'function', name, error, message: event });
  }

  /** The function's role must allow it to write there. */
  function queueOf(name: string): string | undefined {
    const { DeadLetterConfig, Role } = properties.get(name) ?? {};
    const arn = DeadLetterConfig?.TargetArn as string | undefined;
    return arn !== undefined && allows(statementsOf(Role), 'sqs:SendMessage', arn) ? arn : undefined;
  }
}
