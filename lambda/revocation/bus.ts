import type { PutEventsCommandOutput } from '@aws-sdk/client-eventbridge';
import { Calls } from '../aws/calls';
import { connectTo, environmentOptions, type Service } from '../aws/connection';
import { type Clock, retrying } from '../aws/retry';

/** The most events that the service accepts in one request. */
const EVENTS_IN_A_REQUEST = 10;
const ATTEMPTS = 4;

const EVENTBRIDGE: Service = {
  name: 'events',
  target: 'AWSEvents',
  contentType: 'application/x-amz-json-1.1',
  endpointVariable: 'AWS_ENDPOINT_URL_EVENTBRIDGE',
};

export interface BusEvent {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly detail: object;
}

/** @returns a function that puts events on a bus, and fails if one of them was not accepted */
export function publisher(busName: string, { source, type }: { source: string; type: string }, clock: Clock) {
  const calls = new Calls(connectTo(environmentOptions(EVENTBRIDGE)), EVENTBRIDGE, clock);
  /** @param deadline by when it succeeds or fails, epoch milliseconds */
  return async (events: readonly BusEvent[], deadline = Number.POSITIVE_INFINITY): Promise<void> => {
    const entries = events.map(({ time, detail }) => ({
      EventBusName: busName,
      Source: source,
      DetailType: type,
      // Epoch seconds, as the service's API has it.
      Time: time / 1_000,
      Detail: JSON.stringify(detail),
    }));
    for (let start = 0; start < entries.length; start += EVENTS_IN_A_REQUEST) {
      await put(entries.slice(start, start + EVENTS_IN_A_REQUEST), deadline);
    }
  };

  async function put(entries: object[], deadline: number): Promise<void> {
    let rest = entries;
    await retrying(
      async () => {
        const { Entries = [] } = await calls
          .until(deadline)
          .call<PutEventsCommandOutput>('PutEvents', { Entries: rest });
        const failed = Entries.find(({ ErrorCode }) => ErrorCode);
        rest = rest.filter((_, index) => Entries[index]?.ErrorCode);
        if (failed) throw new NotAccepted(`${rest.length} events were not accepted: ${failed.ErrorCode}.`);
      },
      {
        base: 50,
        cap: 1_000,
        deadline,
        clock,
        again: (error, attempt) => error instanceof NotAccepted && attempt < ATTEMPTS,
      },
    );
  }
}

class NotAccepted extends Error {}
