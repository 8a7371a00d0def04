import { createHash } from 'node:crypto';
import type { Identity } from '../../lambda/domain/caller';
import { Refusal, tryAgain } from '../../lambda/domain/errors';
import type { SecurityEvent } from '../../lambda/http/audit';
import { contextOf } from '../../lambda/http/authorize';
import { type CompletionLine, ok, type RouteDeps, type RouteRequest, routeWith } from '../../lambda/http/route';
import { sessionView } from '../../lambda/http/session-view';
import { iso, liveSession, NOW } from '../support/sessions';

const USER: Identity = { userId: 'user-1', role: 'user', signInId: 'session-1', signedInAt: NOW };
const ADMIN: Identity = { ...USER, userId: 'admin-1', role: 'admin' };

let audited: SecurityEvent[];
let completed: [CompletionLine, unknown][];
let time: number;
beforeEach(() => {
  audited = [];
  completed = [];
  time = NOW;
});

/** Asks a route that a test plays. */
async function ask(
  handle: (request: RouteRequest) => Promise<any>,
  {
    caller = USER as Identity | null,
    id = 'user-1' as string | null,
    headers = {},
    trustedOrigin = undefined as RouteDeps['trustedOrigin'],
    allowedOrigins = ['https://app.example.com'],
  } = {},
) {
  const route = routeWith({
    allowedOrigins,
    trustedOrigin,
    clock: () => time,
    requestMs: 8_000,
    complete: (line, cause) => completed.push([line, cause]),
    audit: (event) => audited.push(event),
  });
  const event = {
    httpMethod: 'GET',
    resource: '/users/{id}/sessions',
    headers: { 'User-Agent': 'Firefox', ...headers },
    pathParameters: id === null ? null : { id },
    requestContext: {
      requestId: 'request-1',
      identity: { sourceIp: '192.0.2.1' },
      authorizer: caller && contextOf({ allowed: true, caller }),
    },
  };
  const answer = (await route(handle)(event as never, {} as never, () => undefined)) as any;
  return { ...answer, body: JSON.parse(answer.body) };
}
const refuse = (refusal: unknown) => () => Promise.reject(refusal);
const forbidden = new Refusal('UNAUTHORIZED_PROFILE_ACCESS', 'Not yours.');

describe('a route', () => {
  it('is given caller, connection and time, and answers in the envelope', async () => {
    const { statusCode, body, headers } = await ask(
      async ({ caller, connection, now }) => ok({ caller, connection, now }),
      { headers: { Origin: 'https://app.example.com' } },
    );
    const connection = { ipAddress: '192.0.2.1', userAgent: 'Firefox' };
    expect([statusCode, body]).toEqual([200, { success: true, data: { caller: USER, connection, now: NOW } }]);
    expect(headers).toMatchObject({
      'Content-Type': 'application/json',
      'Access-Control-Allow-Origin': 'https://app.example.com',
    });
  });

  it('is given the viewer that a trusted origin names, which its security events name too', async () => {
    const headers = { 'X-Origin-Secret': 'secret', 'CloudFront-Viewer-Address': '198.51.100.9:443' };
    const sha256 = [createHash('sha256').update('secret').digest('hex')];
    const { body } = await ask(
      async ({ connection, audit }) => {
        audit({ event: 'session_created' });
        return ok(connection.ipAddress);
      },
      { headers, trustedOrigin: { header: 'X-Origin-Secret', sha256 } },
    );
    expect([body.data, audited[0]?.address]).toEqual(['198.51.100.9', '198.51.100.9']);
  });

  it('is given its deadline, and whether there is time for another piece of work: a second before it there is none', async () => {
    const { body } = await ask(async ({ deadline, isTimeLeft }) => {
      const left = [0, 6_999, 1].map((milliseconds) => {
        time += milliseconds;
        return isTimeLeft();
      });
      return ok({ deadline, left });
    });
    expect(body.data).toEqual({ deadline: NOW + 8_000, left: [true, true, false] });
  });

  it('answers a page of the origin that asks, if the stage allows several', async () => {
    const allowedOrigins = ['https://a.example', 'https://b.example'];
    const { headers } = await ask(async () => ok(1), { allowedOrigins, headers: { Origin: 'https://b.example' } });
    expect(headers).toMatchObject({ 'Access-Control-Allow-Origin': 'https://b.example' });
  });

  it('leaves one line: request, route, user, session, outcome, duration', async () => {
    await ask(async () => {
      time += 25;
      return ok(1);
    });
    const line = {
      requestId: 'request-1',
      route: 'GET /users/{id}/sessions',
      userId: 'user-1',
      sessionId: 'session-1',
      status: 200,
      code: undefined,
      durationMs: 25,
    };
    expect(completed).toEqual([[line, undefined]]);
    expect(audited).toEqual([]);
  });
});

describe('a refusal', () => {
  it('is an answer with its code, which a browser can read', async () => {
    const { statusCode, body, headers } = await ask(refuse(tryAgain()));
    expect([statusCode, body.error.code, body.timestamp]).toEqual([503, 'TRY_AGAIN', iso(NOW)]);
    expect(headers).toMatchObject({
      'Retry-After': '1',
      'Cache-Control': 'no-store',
      'Access-Control-Allow-Origin': 'https://app.example.com',
    });
  });

  it('has its code in the log, and its cause only there', async () => {
    const cause = new Error('the database');
    const { body } = await ask(refuse(tryAgain(cause)));
    expect(completed).toMatchObject([[{ status: 503, code: 'TRY_AGAIN' }, cause]]);
    expect(JSON.stringify(body)).not.toContain('the database');
    await ask(refuse(forbidden));
    expect(completed[1]?.[1]).toBeUndefined();
  });

  it('that is a security event is one, with who, whom, which session and from where', async () => {
    await ask(refuse(forbidden), { id: 'user%2D2' });
    expect(audited).toEqual([
      {
        requestId: 'request-1',
        route: 'GET /users/{id}/sessions',
        address: '192.0.2.1',
        userAgent: 'Firefox',
        actor: 'user-1',
        subject: 'user-2',
        sessionId: 'session-1',
        event: 'authz_fail',
        reason: 'Not yours.',
      },
    ]);
  });

  it('that is none leaves no security event', async () => {
    await ask(refuse(new Refusal('SESSION_NOT_FOUND', 'None.')));
    expect(audited).toEqual([]);
  });
});

describe('an error that nobody has foreseen', () => {
  it.each<[string, unknown]>([
    ['an error', new TypeError('broken')],
    ['a text', 'broken'],
  ])('is a 500 whose cause is in the log: %s', async (_, error) => {
    const { statusCode, body } = await ask(refuse(error));
    expect([statusCode, body.error.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
    expect(completed).toEqual([[expect.objectContaining({ status: 500, code: undefined }), error]]);
    expect(audited).toEqual([]);
  });

  it('is also a route without an authorizer: nobody is the caller', async () => {
    const handle = jest.fn();
    const { statusCode } = await ask(handle, { caller: null });
    expect([statusCode, handle.mock.calls]).toEqual([500, []]);
    expect(completed).toMatchObject([[{ status: 500 }, expect.any(Error)]]);
    expect(completed[0]?.[0]).toMatchObject({ userId: undefined, sessionId: undefined });
  });
});

describe('an admin’s act for another user', () => {
  it.each<[string, object, any[]]>([
    ['is a security event', { caller: ADMIN }, [{ event: 'authz_admin', actor: 'admin-1', subject: 'user-1' }]],
    ['is none for the admin’s own sessions', { caller: ADMIN, id: 'admin-1' }, []],
    ['is none for the admin as “me”', { caller: ADMIN, id: 'me' }, []],
    ['is none where the path names nobody', { caller: ADMIN, id: null }, []],
    ['is none by a user', { id: 'user-2' }, []],
  ])('%s', async (_, who, expected) => {
    await ask(async () => ok(1), who);
    expect(audited).toEqual(expected.map((event) => expect.objectContaining(event)));
  });

  it('is one with the reason if it was refused, and a refusal that is an event of its own is not two', async () => {
    await ask(refuse(new Refusal('SESSION_NOT_FOUND', 'None.')), { caller: ADMIN });
    await ask(refuse(forbidden), { caller: ADMIN });
    expect(audited).toEqual([
      expect.objectContaining({ event: 'authz_admin', reason: 'SESSION_NOT_FOUND' }),
      expect.objectContaining({ event: 'authz_fail', reason: 'Not yours.' }),
    ]);
  });
});

describe('a handler’s own security event', () => {
  it('is about the user in the path, else about the caller, and about the caller’s session unless it says another', async () => {
    const act = async ({ audit }: RouteRequest) => {
      audit({ event: 'session_expired', sessionId: 'session-2', reason: 'revoked' });
      audit({ event: 'session_created' });
      return ok(1);
    };
    await ask(act, { id: 'user-2' });
    await ask(act, { id: null });
    await ask(act, { id: '%E0%A4%A' });
    await ask(act, { id: 'me' });
    expect(audited.map(({ subject, sessionId, reason }) => [subject, sessionId, reason])).toEqual([
      ['user-2', 'session-2', 'revoked'],
      ['user-2', 'session-1', undefined],
      ['user-1', 'session-2', 'revoked'],
      ['user-1', 'session-1', undefined],
      ['user-1', 'session-2', 'revoked'],
      ['user-1', 'session-1', undefined],
      ['user-1', 'session-2', 'revoked'],
      ['user-1', 'session-1', undefined],
    ]);
  });
});

it('a session in an answer says which device it is, and nothing that is not meant for it', () => {
  const session = liveSession({ userAgent: 'curl/8.0', sessionToken: 'secret' } as object);
  expect(sessionView(session, 'session-1')).toEqual({
    id: 'session-1',
    ipAddress: '192.0.2.1',
    lastIpAddress: '192.0.2.1',
    userAgent: 'curl/8.0',
    loginTime: iso(NOW),
    lastActivity: iso(NOW),
    expiresAt: expect.any(String),
    isCurrent: true,
    device: { browser: 'curl', os: expect.any(String), type: expect.any(String) },
  });
  expect(sessionView(session, undefined).isCurrent).toBe(false);
});

it('a session in an answer has the name that its device was given', () => {
  const named = (deviceName: unknown) => sessionView(liveSession({ deviceName }), undefined).device;
  expect(named('Work laptop')).toEqual({ ...named(undefined), name: 'Work laptop' });
  expect([named(undefined), named(''), named(7)].map(({ name }) => name)).toEqual([undefined, undefined, undefined]);
});
