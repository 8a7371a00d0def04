import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DatabaseOptions } from './database';
import { ACCOUNT, REGION, type Template } from './template';

/** Where the functions' SDK finds the buses. */
export const EVENT_BUS_PATH = '/_local/event-bus';
/** Older events are forgotten. */
const MOST_EVENTS = 10_000;

/** An event as it was put on a bus. */
export interface PutEvent {
  readonly time: string;
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  readonly detail: unknown;
}

/** The template's event buses: they hand on what is put on them, and keep it to be looked at. */
export interface EventBuses {
  readonly events: readonly PutEvent[];
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export function localEventBuses(
  template: Template,
  functionOf: NonNullable<DatabaseOptions['functionOf']>,
  deliver: (event: PutEvent) => void,
): EventBuses {
  const names = new Set(template.all('AWS::Events::EventBus').map(([, { Name }]) => Name));
  const events: PutEvent[] = [];
  return { events, serve };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const accessKey = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1];
    const { Entries = [] } = JSON.parse(Buffer.concat(await request.toArray()).toString() || '{}');
    if (operation !== 'PutEvents') return answer(response, 400, { __type: 'UnknownOperationException' });
    for (const { EventBusName: bus, Source, DetailType } of Entries) {
      const resource = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${bus}`;
      const facts = { 'events:source': [Source], 'events:detail-type': [DetailType] };
      if (!names.has(bus) || !functionOf(accessKey)?.mayCall({ action: 'events:PutEvents', resource, facts })) {
        const message = `${accessKey} is not authorized to perform: events:PutEvents on resource: ${resource}`;
        return answer(response, 400, { __type: 'AccessDeniedException', message });
      }
    }
    for (const { EventBusName: bus, Source: source, DetailType: detailType, Detail, Time } of Entries) {
      const time = new Date(Time === undefined ? Date.now() : Time * 1_000).toISOString();
      const event = { time, bus, source, detailType, detail: JSON.parse(Detail) };
      events.push(event);
      deliver(event);
    }
    events.splice(0, Math.max(0, events.length - MOST_EVENTS));
    answer(response, 200, {
      FailedEntryCount: 0,
      Entries: Entries.map((_: unknown, id: number) => ({ EventId: `${id}` })),
    });
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}
