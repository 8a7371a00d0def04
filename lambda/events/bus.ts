import { setTimeout as sleep } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';

/** The service takes so many events in one request. */
const EVENTS_IN_A_REQUEST = 10;
const ATTEMPTS = 4;

export interface BusEvent {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly detail: object;
}

/** @returns a function that puts events on a bus, and fails when one of them could not be put */
export function publisher(busName: string, { source, type }: { source: string; type: string }) {
  // It gives up soon: a request may be waiting for it.
  const requestHandler = { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true };
  const client = new EventBridgeClient({ maxAttempts: 3, requestHandler });
  return async (events: readonly BusEvent[]): Promise<void> => {
    const entries = events.map(
      ({ time, detail }): PutEventsRequestEntry => ({
        EventBusName: busName,
        Source: source,
        DetailType: type,
        Time: new Date(time),
        Detail: JSON.stringify(detail),
      }),
    );
    for (let start = 0; start < entries.length; start += EVENTS_IN_A_REQUEST) {
      await put(entries.slice(start, start + EVENTS_IN_A_REQUEST));
    }
  };

  async function put(entries: PutEventsRequestEntry[]): Promise<void> {
    let rest = entries;
    for (let attempt = 1; rest.length > 0; attempt++) {
      const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: rest }));
      const failed = Entries.find(({ ErrorCode }) => ErrorCode);
      rest = rest.filter((_, index) => Entries[index]?.ErrorCode);
      if (rest.length === 0) return;
      if (attempt === ATTEMPTS) throw new Error(`${rest.length} events were not taken: ${failed?.ErrorCode}.`);
      await sleep(50 * 2 ** attempt);
    }
  }
}
