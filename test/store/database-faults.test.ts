import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { HttpRequest } from '@smithy/core/protocols';
import { Calls } from '../../lambda/aws/calls';
import { type ConnectionOptions, connectTo } from '../../lambda/aws/connection';
import { systemClock } from '../../lambda/aws/retry';
import { Refusal } from '../../lambda/domain/errors';
import { databaseCalls } from '../../lambda/dynamodb/client';
import { dynamoSessionStore } from '../../lambda/dynamodb/session-store';
import { close, listen } from '../../local/server';
import { liveSession, NOW } from '../support/sessions';
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

/** A cancelled transaction, with a code for each of its items. */
const cancels = (...codes: string[]) =>
  answers(400, {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
const silence: Reply = () => undefined;
/** Lets half of the answer out, then the connection breaks. */
const breaksOff: Reply = (response) => {
  response.writeHead(200, { 'content-length': 100 });
  response.write('{"Item":', () => response.destroy());
};

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
  const callsOf = (options: Partial<ConnectionOptions> = {}, attempts = 1) =>
    databaseCalls({ region: 'us-east-1', endpoint, credentials: CREDENTIALS, ...options }, systemClock, {
      attempts,
      // On a loaded machine, an answer takes a while. Only silence must not be waited for so long.
      attemptMs: script.includes(silence) ? 500 : 10_000,
    });
  const store = (attempts = 1) => dynamoSessionStore(callsOf({}, attempts), sessionTables());
  const operations = () => calls.map(({ headers }) => String(headers['x-amz-target']).split('.')[1]);
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
    ['fails', refuses('InternalServerError', 500), { name: 'InternalServerError', status: 500 }],
    ['does not answer', silence, { name: 'TimeoutError' }],
    ['answers with what is no JSON', answers(200, '<html>'), { name: 'UnreadableAnswer' }],
    ['answers with an error that is no JSON', answers(502, '<html>'), { name: 'UnreadableAnswer' }],
    ['cuts the connection', (response) => response.destroy(), { code: 'ECONNRESET' }],
    ['breaks off in its answer', breaksOff, { code: 'ECONNRESET' }],
    ['is busy with a transaction', refuses('TransactionConflictException'), { name: 'TransactionConflictException' }],
  ])('says "try again" when it %s, and keeps the cause', async (_, reply, cause) => {
    script = [reply];
    const refusal = await failureOf(store(2).find('any'));
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ code: 'TRY_AGAIN', cause });
    expect(calls).toHaveLength(2);
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

  describe('a delete that is sent again finds nothing', () => {
    const gone = refuses('ConditionalCheckFailedException');
    const anothers = answers(400, {
      __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
      Item: { sessionId: { S: 'one' }, userId: { S: 'another' } },
    });

    it.each<[string, Reply]>([
      ['the answer did not come', silence],
      ['the connection was cut', (response) => response.destroy()],
      ['the answer broke off', breaksOff],
      ['the service failed', refuses('InternalServerError', 500)],
    ])('and is ours if %s', async (_, fault) => {
      script = [fault, gone];
      expect(await store(3).delete('one', 'user')).toBe(true);
      expect(calls[1]?.body).toMatchObject({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
    });

    it('and is not ours if the first was refused', async () => {
      script = [refuses('ThrottlingException'), gone];
      expect(await store(3).delete('one', 'user')).toBe(false);
    });

    it('and is not ours if the item is another user’s', async () => {
      script = [(response) => response.destroy(), anothers];
      expect(await store(3).delete('one', 'user')).toBe(false);
    });

    it('and is not ours if it was sent once', async () => {
      script = [gone];
      expect(await store(3).delete('one', 'user')).toBe(false);
    });
  });

  it('sends a call that was refused for good once', async () => {
    script = [refuses('ValidationException')];
    await expect(store(3).find('one')).rejects.toMatchObject({ name: 'ValidationException', status: 400 });
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

  it('asks for the credentials anew after they could not be had', async () => {
    let known = false;
    const credentials = async () => {
      if (!known) throw new Error('no credentials yet');
      return CREDENTIALS;
    };
    const later = dynamoSessionStore(callsOf({ credentials }), sessionTables());
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
      answers(200, {
        Responses: { [sessions]: [itemOf('first')] },
        UnprocessedKeys: { [sessions]: { Keys: [second], ConsistentRead: true } },
      }),
      answers(200, { Responses: { [sessions]: [itemOf('second')] } }),
    ];
    expect(await store().read(['first', 'second'], 'user')).toHaveLength(2);
    expect(calls[1]?.body).toEqual({ RequestItems: { [sessions]: { Keys: [second], ConsistentRead: true } } });
  });

  it('gives up on what stays unprocessed, and says "try again"', async () => {
    const left = { [sessions]: { Keys: [{ sessionId: { S: 'first' } }], ConsistentRead: true } };
    script = [answers(200, { Responses: {}, UnprocessedKeys: left })];
    await expect(store().read(['first'], 'user')).rejects.toMatchObject({ code: 'TRY_AGAIN' });
    expect(calls.map(({ body }) => body.RequestItems)).toEqual(calls.map(() => left));
    expect(calls.length).toBeGreaterThan(2);
  });

  describe('to a registration', () => {
    const session = liveSession();
    const tokens = () => new Set(calls.map(({ body }) => body.ClientRequestToken));

    it.each([
      ['cuts the answer off', breaksOff],
      ['is busy with another transaction', cancels('TransactionConflict', 'None')],
      ['is busy with the same one', refuses('TransactionInProgressException')],
      ['throttles a part of it', cancels('None', 'ThrottlingError')],
    ])('it is sent again as the same registration when the database %s', async (_, reply) => {
      script = [reply, answers(200, {})];
      expect(await store(2).register(session, NOW)).toBe(true);
      expect(operations()).toEqual(['TransactWriteItems', 'TransactWriteItems']);
      expect(tokens().size).toBe(1);
      expect(calls[0]?.body.ClientRequestToken).toMatch(/^[\w-]{36}$/);
    });

    it('each registration has a token of its own', async () => {
      script = [answers(200, {})];
      await store().register(session, NOW);
      await store().register(session, NOW);
      expect(tokens().size).toBe(2);
    });

    it.each([
      ['the mark exists', cancels('ConditionalCheckFailed', 'None')],
      ['the session exists, amid a conflict', cancels('TransactionConflict', 'ConditionalCheckFailed')],
    ])('it says so when %s, and is not sent again', async (_, reply) => {
      script = [reply];
      expect(await store(3).register(session, NOW)).toBe(false);
      expect(calls).toHaveLength(1);
    });

    it('what is wrong with it is an error', async () => {
      script = [cancels('ValidationError', 'TransactionConflict')];
      await expect(store(3).register(session, NOW)).rejects.toMatchObject({ name: 'TransactionCanceledException' });
      expect(calls).toHaveLength(1);
    });
  });

  describe('to a request with a deadline', () => {
    /** A clock that is ahead by so much after each call. */
    let stepMs = 0;
    const clock = { ...systemClock, now: () => NOW + calls.length * stepMs };
    const until = (deadline: number, attempts = 3) => {
      const connection = connectTo({ region: 'us-east-1', endpoint, credentials: CREDENTIALS });
      const service = { name: 'dynamodb', target: 'D', contentType: 'application/x-amz-json-1.0' as const };
      const limits = { attempts, attemptMs: 60_000 };
      const all = new Calls(connection, { ...service, endpointVariable: 'NONE' }, clock, limits);
      return dynamoSessionStore(all, sessionTables()).until(deadline);
    };

    it('a conflict is tried again beyond the usual attempts, until the deadline', async () => {
      stepMs = 100;
      script = [cancels('TransactionConflict', 'None')];
      await expect(until(NOW + 1_000).register(liveSession(), NOW)).rejects.toMatchObject({ code: 'TRY_AGAIN' });
      expect(calls.length).toBeGreaterThan(3);
      expect(calls.length).toBeLessThanOrEqual(10);
    });

    it('no attempt lasts longer than the time that is left', async () => {
      stepMs = 0;
      script = [silence];
      const refusal = await failureOf(until(NOW + 50).find('one'));
      expect(refusal).toMatchObject({ code: 'TRY_AGAIN', cause: { name: 'TimeoutError' } });
    });

    it('nothing is sent after it', async () => {
      script = [answers(200, {})];
      await expect(until(NOW).find('one')).rejects.toMatchObject({ code: 'TRY_AGAIN' });
      expect(calls).toHaveLength(0);
    });
  });
});
