import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CheckOptions,
  expressGuard,
  type GuardedCaller,
  type GuardedRequest,
  lambdaGuard,
  refusalAnswer,
} from '../../guard';
import { sessionEnded, tryAgain, unauthorized } from '../../lambda/domain/errors';
import { NOW } from '../support/sessions';

const CALLER: GuardedCaller = { userId: 'ada', role: 'user', signInId: 'one', signedInAt: NOW, expiresAt: 'later' };
const GOOD = 'Bearer good';
const REFUSALS: readonly (readonly [string, Error, number, string])[] = [
  ['an ended session', sessionEnded('ended'), 401, 'SESSION_ENDED'],
  ['a bad token', unauthorized('Not valid.'), 401, 'UNAUTHORIZED'],
  ['one that could not be checked', tryAgain(), 503, 'TRY_AGAIN'],
  ['a defect', new Error('secret'), 500, 'INTERNAL_SERVER_ERROR'],
];

/** A guard that knows one header, and refuses every other for this reason. */
function guardThat(refusal: Error) {
  const asked: { readonly token: unknown; readonly options?: CheckOptions }[] = [];
  const check = async (token: unknown, options?: CheckOptions) => {
    asked.push({ token, options });
    if (String(token) !== GOOD) throw refusal;
    return CALLER;
  };
  return { guard: { check }, asked };
}

describe('a Lambda handler with the guard', () => {
  const handle = async (_: object, caller: GuardedCaller) => ({ statusCode: 200, body: caller.userId });

  it.each<[string, object]>([
    ['an HTTP API or a function URL', { headers: { authorization: GOOD } }],
    ['a REST API', { headers: { Authorization: 'x' }, multiValueHeaders: { Authorization: [GOOD] } }],
  ])('is called with the caller, behind %s', async (_, event) => {
    expect(await lambdaGuard(guardThat(tryAgain()).guard)(handle)(event)).toEqual({ statusCode: 200, body: 'ada' });
  });

  it.each(REFUSALS)('is not called for %s', async (_, refusal, status, code) => {
    const handler = jest.fn(handle);
    const answer = (await lambdaGuard(guardThat(refusal).guard)(handler)({ headers: null })) as any;
    expect(handler).not.toHaveBeenCalled();
    expect([answer.statusCode, answer.headers]).toEqual([
      status,
      expect.objectContaining({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }),
    ]);
    expect(JSON.parse(answer.body)).toMatchObject({ success: false, error: { code } });
    expect(answer.body).not.toContain('secret');
  });

  it.each([
    [{ httpMethod: 'GET' }, true],
    [{ requestContext: { http: { method: 'GET' } } }, true],
    [{ httpMethod: 'POST' }, false],
    [{}, false],
  ])('of %j with ?passive=true is passive: %j', async (event, expected) => {
    const { guard, asked } = guardThat(tryAgain());
    await lambdaGuard(guard)(handle)({ ...event, queryStringParameters: { passive: 'true' } });
    expect(asked).toEqual([{ token: [], options: { passive: expected } }]);
  });
});

it.each(REFUSALS)('another framework can answer %s too', (_, refusal, statusCode, code) => {
  const { body, ...answer } = refusalAnswer(refusal);
  expect(answer).toMatchObject({ statusCode, headers: { 'Content-Type': 'application/json' } });
  expect(JSON.parse(body)).toMatchObject({ success: false, error: { code } });
  expect(body).not.toContain('secret');
});

describe('Express middleware with the guard', () => {
  /** Sends requests to a server whose next handler says who called. */
  async function ask(refusal: Error, path: string, init: RequestInit = {}) {
    const { guard, asked } = guardThat(refusal);
    const server = createServer((request: GuardedRequest, response) => {
      void expressGuard(guard)(request, response, () => response.end(`next: ${request.caller?.userId}`));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const reply = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, init);
      return { status: reply.status, headers: reply.headers, text: await reply.text(), asked };
    } finally {
      server.close();
    }
  }

  it('lets a live session pass, with the caller', async () => {
    const { status, text, asked } = await ask(tryAgain(), '/orders?x=1', { headers: { authorization: GOOD } });
    expect([status, text]).toEqual([200, 'next: ada']);
    expect(asked).toEqual([{ token: [GOOD], options: { passive: false, route: 'GET /orders' } }]);
  });

  it.each(REFUSALS)('answers %s itself', async (_, refusal, expected, code) => {
    const { status, headers, text } = await ask(refusal, '/orders');
    expect([status, headers.get('content-type')]).toEqual([expected, 'application/json']);
    expect(headers.get('retry-after')).toBe(code === 'TRY_AGAIN' ? '1' : null);
    expect(JSON.parse(text)).toMatchObject({ success: false, error: { code } });
    expect(text).not.toContain('secret');
  });

  it.each([
    ['GET', '/orders?passive=true', true],
    ['GET', '/orders?passive=false', false],
    ['POST', '/orders?passive=true', false],
    ['GET', '//?%', false],
  ])('%s %s is passive: %j', async (method, path, expected) => {
    const { asked } = await ask(tryAgain(), path, { method });
    expect(asked[0]?.options?.passive).toBe(expected);
  });
});
