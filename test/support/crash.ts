import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import type { Calls } from '../../lambda/aws/calls';
import { callsTo } from './stack';

/** The death of a process at its n-th call to the outside: the call is made or not, its answer never arrives. */
export class Crash {
  /** Calls so far, the one at which it died included. */
  calls = 0;
  private readonly happens: Promise<'crashed'>;
  private happen: (crashed: 'crashed') => void = () => undefined;
  private readonly inFlight = new Set<Promise<unknown>>();

  constructor(readonly at: number) {
    this.happens = new Promise((resolve) => {
      this.happen = resolve;
    });
  }

  get happened(): Promise<'crashed'> {
    return this.happens;
  }

  /** Resolves when what was sent before the crash has arrived: what comes after does not overtake it. */
  async arrived(): Promise<void> {
    await Promise.all(this.inFlight);
  }

  /** Passes a call through, until the crash: what a dead process began is done or not, but it never learns of it. */
  async through<T>(call: () => Promise<T>): Promise<T> {
    const number = this.calls++;
    if (number < this.at) {
      const sent = call();
      const settled = sent.then(
        () => undefined,
        () => undefined,
      );
      this.inFlight.add(settled);
      void settled.then(() => this.inFlight.delete(settled));
      return sent;
    }
    if (number === this.at && number % 2 === 0) await call().catch(() => undefined);
    this.happen('crashed');
    return new Promise<never>(() => undefined);
  }
}

/**
 * A durable function whose first invocation crashes, and which is then invoked again with what was checkpointed:
 * what Lambda does when the process of a durable function dies.
 */
export function crashing(
  crash: Crash,
  handlerWith: (client: Pick<Calls, 'call'>) => DurableLambdaHandler,
  endpoint: string,
): DurableLambdaHandler {
  return async (event: any, context) => {
    const calls = callsTo(endpoint);
    const call = ((...parameters) => crash.through(() => calls.call(...parameters))) as Calls['call'];
    const backend = event.durableExecutionClient;
    let token: string = event.CheckpointToken;
    const mortal = {
      getExecutionState: (...parameters: unknown[]) => crash.through(() => backend.getExecutionState(...parameters)),
      checkpoint: (...parameters: unknown[]) =>
        crash.through(async () => {
          const reply = await backend.checkpoint(...parameters);
          token = reply.CheckpointToken ?? token;
          return reply;
        }),
    };
    const first = Object.assign(Object.create(Object.getPrototypeOf(event)), event, { durableExecutionClient: mortal });
    const outcome = await Promise.race([handlerWith({ call })(first, context), crash.happened]);
    if (outcome !== 'crashed') return outcome;
    await crash.arrived();

    const state = await backend.getExecutionState({
      DurableExecutionArn: event.DurableExecutionArn,
      CheckpointToken: token,
      Marker: '',
    });
    const second = Object.assign(Object.create(Object.getPrototypeOf(event)), event, {
      CheckpointToken: token,
      InitialExecutionState: { Operations: state.Operations, NextMarker: '' },
    });
    return handlerWith(calls)(second, context);
  };
}
