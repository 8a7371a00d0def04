import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

type Item = Record<string, unknown>;

export interface EngineReply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: any;
}

/** Sends a request to the engine. */
export type AskEngine = (operation: string, body: object) => Promise<EngineReply>;

/** Told of each item that is gone from a table with a change stream. */
export interface RemovalTap {
  readonly watches: (tableName: string) => boolean;
  readonly removed: (tableName: string, key: Item, oldImage: Item) => void;
}

/**
 * Serves deletions in such a way that each removed item is known, once, which the engine's missing change stream
 * would tell. One after the other: two that delete the same item must not both have removed it.
 */
export function watchRemovals(tap: RemovalTap) {
  let before: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = before.then(work, work);
    before = done;
    return done;
  };

  /** @returns the engine's reply, or undefined for a request that removes nothing that is watched */
  return (operation: string, body: any, ask: AskEngine): Promise<EngineReply> | undefined => {
    if (operation === 'DeleteItem' && tap.watches(body.TableName)) return inTurn(() => deleteItem(body, ask));
    const watched = Object.entries<any[]>(operation === 'BatchWriteItem' ? (body.RequestItems ?? {}) : {}).filter(
      ([table, requests]) => tap.watches(table) && requests.some(({ DeleteRequest }) => DeleteRequest),
    );
    return watched.length > 0 ? inTurn(() => batchWrite(body, watched, ask)) : undefined;
  };

  async function deleteItem(body: any, ask: AskEngine): Promise<EngineReply> {
    const reply = await ask('DeleteItem', { ...body, ReturnValues: 'ALL_OLD' });
    const { Attributes, ...rest } = reply.body;
    if (reply.status === 200 && Attributes) tap.removed(body.TableName, body.Key, Attributes);
    return body.ReturnValues === 'ALL_OLD' ? reply : { ...reply, body: rest };
  }

  async function batchWrite(body: any, watched: [string, any[]][], ask: AskEngine): Promise<EngineReply> {
    const deletions = watched.flatMap(([TableName, requests]) =>
      requests.flatMap(({ DeleteRequest }) => (DeleteRequest ? [{ TableName, Key: DeleteRequest.Key }] : [])),
    );
    const images = await Promise.all(deletions.map((one) => ask('GetItem', { ...one, ConsistentRead: true })));
    const reply = await ask('BatchWriteItem', body);
    if (reply.status !== 200) return reply;
    for (const [index, { TableName, Key }] of deletions.entries()) {
      const left = reply.body.UnprocessedItems?.[TableName] ?? [];
      const isLeft = left.some((one: any) => JSON.stringify(one.DeleteRequest?.Key) === JSON.stringify(Key));
      const image = images[index]?.body.Item;
      if (image && !isLeft) tap.removed(TableName, Key, image);
    }
    return reply;
  }
}

/** An engine that serves requests of a server, asked from within. */
export const askEngine =
  (
    engine: { emit: (event: 'request', request: unknown, response: unknown) => boolean },
    like: IncomingMessage,
  ): AskEngine =>
  (operation, body) =>
    new Promise((resolve) => {
      const text = Buffer.from(JSON.stringify(body));
      const target = String(like.headers['x-amz-target']).replace(/\.\w+$/, `.${operation}`);
      const headers = { ...like.headers, 'x-amz-target': target, 'content-length': String(text.length) };
      const received: Record<string, string> = {};
      const response = {
        statusCode: 200,
        setHeader: (name: string, value: string) => {
          received[name.toLowerCase()] = String(value);
        },
        removeHeader: () => undefined,
        end(this: { statusCode: number }, reply: string | Buffer) {
          // Its length and check sum are of the engine's own text.
          const { 'content-length': _, 'x-amz-crc32': __, ...kept } = received;
          resolve({ status: this.statusCode, headers: kept, body: JSON.parse(reply.toString() || '{}') });
        },
      };
      engine.emit('request', Object.assign(Readable.from([text]), { headers, method: 'POST', url: '/' }), response);
    });
