import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { jsonObject, readBody } from './bodies';
import type { DatabaseOptions } from './database';
import { answer, readHead } from './service-calls';
import { ACCOUNT, REGION, type Template } from './template';

/** Where the functions' SDK finds the buses. */
export const EVENT_BUS_PATH = '/_local/event-bus';
/** The service's quotas for a request. */
const MOST_ENTRIES = 10;
const MOST_BODY_BYTES = 1024 * 1024;
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
    const { operation, accessKey } = readHead(request);
    const body = await readBody(request, MOST_BODY_BYTES);
    const entries = jsonObject(body?.toString() ?? '')?.Entries;
    if (operation !== 'PutEvents') return answer(response, 400, { __type: 'UnknownOperationException' });
    if (!isEntries(entries)) {
      const message = `Entries must be a list with length between 1 and ${MOST_ENTRIES}`;
      return answer(response, 400, { __type: 'ValidationException', message });
    }
    for (const { EventBusName: bus = 'default', Source = '', DetailType = '' } of entries) {
      const resource = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${bus}`;
      const facts = { 'events:source': [Source], 'events:detail-type': [DetailType] };
      if (!names.has(bus) || !functionOf(accessKey)?.mayCall({ action: 'events:PutEvents', resource, facts })) {
        const message = `${accessKey} is not authorized to perform: events:PutEvents on resource: ${resource}`;
        return answer(response, 400, { __type: 'AccessDeniedException', message });
      }
    }
    const results = entries.map(put);
    events.splice(0, Math.max(0, events.length - MOST_EVENTS));
    const FailedEntryCount = results.filter(({ ErrorCode }) => ErrorCode).length;
    answer(response, 200, { FailedEntryCount, Entries: results });
  }

  /** Puts one event on its bus; a malformed one does not keep the others away. */
  function put({ EventBusName: bus = '', Source: source, DetailType: detailType, Detail, Time }: Entry): EntryResult {
    const detail = jsonObject(Detail ?? '');
    if (!source || !detailType)
      return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source and DetailType are required.' };
    if (!detail) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    const time = new Date(Time === undefined ? Date.now() : Time * 1_000);
    if (Number.isNaN(time.getTime())) return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Time is invalid.' };
    const event = { time: time.toISOString(), bus, source, detailType, detail };
    events.push(event);
    deliver(event);
    return { EventId: randomUUID() };
  }
}

interface Entry {
  readonly EventBusName?: string;
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  /** Epoch seconds. */
  readonly Time?: number;
}

interface EntryResult {
  readonly EventId?: string;
  readonly ErrorCode?: string;
  readonly ErrorMessage?: string;
}

function isEntries(value: unknown): value is Entry[] {
  return Array.isArray(value) && value.length > 0 && value.length <= MOST_ENTRIES && value.every(isEntry);
}

function isEntry(value: any): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const { EventBusName, Source, DetailType, Detail, Time } = value;
  const texts = [EventBusName, Source, DetailType, Detail];
  return (
    texts.every((one) => one === undefined || typeof one === 'string') && ['undefined', 'number'].includes(typeof Time)
  );
}
