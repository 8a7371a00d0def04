import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { HttpRequest } from '@smithy/core/protocols';
import { Refusal } from '../../lambda/domain/errors';
import { sessionsOf } from '../../lambda/domain/store';
import { dynamoSessionStore } from '../../lambda/dynamodb/session-store';
import { close, listen } from '../../local/server';
import { sessionTables } from '../support/stack';

type Reply = (response: ServerResponse) => void;

const { sessions } = sessionTables();
const CREDENTIALS = { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' };
const answers =
  (status: number, body: object | string): Reply =>
  (response) =>
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
const refuses = (name: string, status = 400) =>
  answers(status, { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'about the fault' });

/** Of the form 20261124T120000Z. */
const dateOf = (time: string) => new Date(time.replace(/^(....)(..)(..T..)(..)(..)/, '$1-$2-$3:$4:$5'));

/** A connection's own errors. Node's are of another realm than a test's, where the SDK does not know them for errors. */
const reset = () => Object.assign(new Error('read'), { code: 'ECONNRESET' });
const brokenOff = () =>
  Readable.from(
    (async function* () {
      yield '{"Item":';
      throw reset();
    })(),
  );

describe('what a database may do to the session store', () => {
  /** What is answered to each call, in turn; the last one goes on. */
  let script: Reply[] = [];
  let calls: { headers: IncomingHttpHeaders; text: string; body: any }[] = [];
  let endpoint: string;

  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    calls.push({ headers: request.headers, text, body: JSON.parse(text) });
    (script.length > 1 ? script.shift() : script[0])?.(response);
  });
  const storeOf = (config: DynamoDBClientConfig) =>
    dynamoSessionStore(
      new DynamoDBClient({
        region: 'us-east-1',
        endpoint,
        credentials: CREDENTIALS,
        requestHandler: { requestTimeout: 200, throwOnRequestTimeout: true },
        ...config,
      }),
      sessionTables(),
    );
  const store = (maxAttempts = 1) => storeOf({ maxAttempts });
  const failureOf = (promise: Promise<unknown>) => promise.catch((error) => error);

  beforeAll(async () => {
    endpoint = `http://127.0.0.1:${await listen(server, 0, 'none', 'the scripted database')}`;
  });
  beforeEach(() => {
    calls = [];
  });
  afterAll(() => close(server));

  it.each<[string, Reply, object]>([
    ['throttles', refuses('ThrottlingException'), { name: 'ThrottlingException' }],
    ['fails', refuses('InternalServerError', 500), { name: 'InternalServerError', $fault: 'server' }],
    ['does not answer', () => undefined, { name: 'TimeoutError' }],
    ['answers with what is no JSON', answers(200, '<html>'), { name: 'SyntaxError' }],
    ['answers with an error that is no JSON', answers(502, '<html>'), { name: 'SyntaxError' }],
  ])('says "try again" when it %s, and keeps the cause', async (_, reply, cause) => {
    script = [reply];
    const refusal = await failureOf(store().find('any'));
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ code: 'TRY_AGAIN', cause });
  });

  it.each([
    ['cuts the connection', () => Promise.reject(reset())],
    ['breaks off in its answer', async () => ({ response: { statusCode: 200, headers: {}, body: brokenOff() } })],
  ])('says "try again" when it %s, and sends the call again', async (_, handle) => {
    let handled = 0;
    const requestHandler = {
      metadata: { handlerProtocol: 'http/1.1' },
      handle: () => {
        handled++;
        return handle();
      },
    };
    const refusal = await failureOf(storeOf({ maxAttempts: 2, requestHandler: requestHandler as never }).find('any'));
    expect(refusal).toMatchObject({ code: 'TRY_AGAIN', cause: { code: 'ECONNRESET' } });
    expect(handled).toBe(2);
  });

  it.each([
    ['is throttled', refuses('ProvisionedThroughputExceededException')],
    ['failed on the other side', refuses('InternalServerError', 500)],
  ])('sends a call that %s again, as the same call', async (_, fault) => {
    script = [fault, answers(200, { Item: { sessionId: { S: 'one' } } })];
    expect(await store(3).find('one')).toEqual({ sessionId: 'one' });
    const ids = calls.map(({ headers }) => headers['amz-sdk-invocation-id']);
    expect(ids).toEqual([expect.any(String), ids[0]]);
  });

  it('sends a call that was refused for good once', async () => {
    script = [refuses('ValidationException')];
    await expect(store(3).find('one')).rejects.toMatchObject({ name: 'ValidationException', $fault: 'client' });
    expect(calls).toHaveLength(1);
  });

  it('signs each call with the credentials of the client, as the SDK’s own signer does', async () => {
    script = [answers(200, {})];
    await store().find('an id that is ünusual');
    const [{ headers, text } = { headers: {} as IncomingHttpHeaders, text: '' }] = calls;
    const [, names = ''] = /SignedHeaders=([^,]+)/.exec(String(headers.authorization)) ?? [];
    const signed = names.split(';');
    expect(signed).toEqual(expect.arrayContaining(['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']));
    const { config } = new DynamoDBClient({ region: 'us-east-1', credentials: CREDENTIALS });
    const own = await config.signer();
    const Signer = own.constructor as new (options: object) => typeof own;
    const signer = new Signer({ ...config, service: 'dynamodb', region: 'us-east-1', applyChecksum: false });
    const again = await signer.sign(
      new HttpRequest({
        method: 'POST',
        path: '/',
        headers: Object.fromEntries(signed.map((name) => [name, String(headers[name])])),
        body: text,
      }),
      { signingDate: dateOf(String(headers['x-amz-date'])) },
    );
    expect(headers.authorization?.replaceAll(', ', ',')).toBe(again.headers.authorization?.replaceAll(', ', ','));
  });

  it('lets an error that will not pass through as it is: a wrong set-up', async () => {
    script = [refuses('AccessDeniedException')];
    await expect(store().delete('any', 'user')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('finds its way anew after it was not found', async () => {
    let known = false;
    const credentials = async () => {
      if (!known) throw new Error('no credentials yet');
      return { accessKeyId: 'key', secretAccessKey: 'secret' };
    };
    const later = storeOf({ credentials, maxAttempts: 1 });
    script = [answers(200, {})];
    await expect(later.find('one')).rejects.toThrow('no credentials yet');
    known = true;
    expect(await later.find('one')).toBeUndefined();
  });

  it('reads a user’s sessions page by page', async () => {
    const key = { sessionId: { S: 'first' }, userId: { S: 'user' } };
    script = [
      answers(200, { Items: [{ sessionId: { S: 'first' } }], LastEvaluatedKey: key }),
      answers(200, { Items: [] }),
    ];
    expect(await store().idsOf('user')).toEqual(['first']);
    expect(calls.map(({ body }) => body.ExclusiveStartKey)).toEqual([undefined, key]);
  });

  it('sends what was left unprocessed again', async () => {
    const second = { sessionId: { S: 'second' } };
    const itemOf = (sessionId: string) => ({ sessionId: { S: sessionId }, userId: { S: 'user' } });
    script = [
      answers(200, {}),
      answers(200, {
        Responses: { [sessions]: [itemOf('first')] },
        UnprocessedKeys: { [sessions]: { Keys: [second], ConsistentRead: true } },
      }),
      answers(200, { Responses: { [sessions]: [itemOf('second')] } }),
    ];
    expect(await sessionsOf(store(), 'user', 'first')).toHaveLength(2);
    expect(calls[2]?.body).toEqual({ RequestItems: { [sessions]: { Keys: [second], ConsistentRead: true } } });
  });

  it('gives up on what stays unprocessed, and says "try again"', async () => {
    const left = { [sessions]: [{ DeleteRequest: { Key: { sessionId: { S: 'first' } } } }] };
    script = [answers(200, { UnprocessedItems: left })];
    await expect(store().deleteOver(['first'])).rejects.toMatchObject({ code: 'TRY_AGAIN' });
    expect(calls.map(({ body }) => body.RequestItems)).toEqual(calls.map(() => left));
  });
});
