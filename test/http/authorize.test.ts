import { createHash } from 'node:crypto';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent as Event } from 'aws-lambda';
import type { Identity, SessionCheck } from '../../lambda/domain/caller';
import { Refusal, sessionEnded, tryAgain, unauthorized } from '../../lambda/domain/errors';
import type { SecurityEvent } from '../../lambda/http/audit';
import type { DoorOptions } from '../../lambda/http/authorize';
import { type AuthorizerDeps, authorize, contextOf } from '../../lambda/http/authorize';
import { doorOf } from '../../lambda/http/doors/doors';
import { callerOf, sessionCaller } from '../../lambda/http/request';
import { iso, liveSession, NOW } from '../support/sessions';

const IDENTITY: Identity = { userId: 'user-1', role: 'user', signInId: 'session-1', signedInAt: NOW };
const WITHOUT_SESSION = { userId: 'user-1', role: 'user', signInId: 'session-1', signedInAt: String(NOW) };
const CONTEXT = { ...WITHOUT_SESSION, expiresAt: liveSession().expiresAt };
const OPTIONS: DoorOptions = {
  apiId: 'own',
  routesWithoutSession: ['POST/users/{id}/sessions', 'POST/logout'],
  routesForServers: ['GET/session'],
  answersCached: false,
};
const LIVE: SessionCheck = { session: liveSession(), renewed: false };

/** A request to a route of an API, as the gateway reports it to the authorizer. */
function requestTo(
  route: string,
  {
    apiId = 'own',
    arnApiId,
    path,
    query,
    headers = {},
  }: { apiId?: string; arnApiId?: string; path?: string; query?: object; headers?: object } = {},
): Event {
  const [httpMethod = '', resource = ''] = route.split(' ');
  const actual = path ?? resource.replace(/\{\w+\+?\}/g, 'x');
  return {
    httpMethod,
    resource,
    methodArn: `arn:aws:execute-api:eu-west-1:123456789012:${arnApiId ?? apiId}/dev/${httpMethod}${actual}`,
    headers: { 'User-Agent': 'Firefox' },
    multiValueHeaders: { Authorization: ['Bearer a.b.c'], ...headers },
    queryStringParameters: query ?? null,
    requestContext: { apiId, requestId: 'request-1', identity: { sourceIp: '192.0.2.1' } },
  } as unknown as Event;
}

let audited: SecurityEvent[];
let asked: object[];
let check: SessionCheck;

beforeEach(() => {
  audited = [];
  asked = [];
  check = LIVE;
});

async function ask(event: Event, deps: Partial<AuthorizerDeps> = {}, options: Partial<DoorOptions> = {}) {
  const { request, answer } = doorOf(event, { ...OPTIONS, ...options });
  const decision = await authorize(
    {
      verify: async () => IDENTITY,
      resolveSession: async (identity, use) => {
        asked.push({ identity, ...use });
        return check;
      },
      clock: () => NOW,
      audit: (event) => audited.push(event),
      ...deps,
    },
    request,
  );
  return answer(decision) as APIGatewayAuthorizerResult;
}
const statementOf = ({ policyDocument }: APIGatewayAuthorizerResult) => policyDocument.Statement[0] as any;
const effectOf = async (event: Event) => statementOf(await ask(event)).Effect;
const trustedOriginOf = (secret: string) => ({
  header: 'X-Origin-Secret',
  sha256: [createHash('sha256').update(secret).digest('hex')],
});
const STAGE = (apiId: string) => `arn:aws:execute-api:eu-west-1:123456789012:${apiId}/dev`;

describe('a token with a live session', () => {
  it('reaches the whole stage, and the handlers learn who it is', async () => {
    const answer = await ask(requestTo('GET /users/{id}/sessions'));
    expect(answer.policyDocument.Version).toBe('2012-10-17');
    expect(statementOf(answer)).toEqual({
      Action: 'execute-api:Invoke',
      Effect: 'Allow',
      Resource: [`${STAGE('own')}/*`],
    });
    expect([answer.principalId, answer.context]).toEqual(['user-1', CONTEXT]);
    expect(asked).toEqual([{ identity: IDENTITY, now: NOW, passive: false, from: { ipAddress: '192.0.2.1' } }]);
    expect(audited).toEqual([]);
  });

  it('is used from where a trusted origin says, which the log says too', async () => {
    const secret = { 'X-Origin-Secret': 'secret', 'CloudFront-Viewer-Address': '198.51.100.9:443' };
    const event = { ...requestTo('GET /users/{id}/sessions'), headers: secret } as unknown as Event;
    check = { session: liveSession(), renewed: true };
    await ask(event, {}, { trustedOrigin: trustedOriginOf('secret') });
    await ask(event, {}, { trustedOrigin: trustedOriginOf('another') });
    expect(asked).toMatchObject([{ from: { ipAddress: '198.51.100.9' } }, { from: { ipAddress: '192.0.2.1' } }]);
    expect(audited.map(({ address }) => address)).toEqual(['198.51.100.9', '192.0.2.1']);
  });

  it('leaves a line in the log when its use is recorded', async () => {
    check = { session: liveSession(), renewed: true };
    await ask(requestTo('GET /users/{id}/sessions'));
    expect(audited).toEqual([
      {
        requestId: 'request-1',
        route: 'GET /users/{id}/sessions',
        address: '192.0.2.1',
        userAgent: 'Firefox',
        actor: 'user-1',
        subject: 'user-1',
        event: 'session_renewed',
        sessionId: 'session-1',
      },
    ]);
  });
});

describe('a token without a live session', () => {
  beforeEach(() => {
    check = { reason: 'ended', end: 'idle' };
  });

  it.each(['ended', 'never-registered'] as const)('is denied explicitly, with the reason: %s', async (reason) => {
    check = { reason };
    const answer = await ask(requestTo('GET /users/{id}/sessions'));
    expect(statementOf(answer)).toMatchObject({ Effect: 'Deny', Resource: [`${STAGE('own')}/*`] });
    expect([answer.principalId, answer.context]).toEqual([
      'user-1',
      { code: 'SESSION_ENDED', message: sessionEnded(reason).message, timestamp: iso(NOW), reason },
    ]);
    expect(audited).toMatchObject([
      { event: 'session_use_after_expire', actor: 'user-1', sessionId: 'session-1', reason },
    ]);
  });

  it('leaves the rule’s reason in the log', async () => {
    await ask(requestTo('GET /users/{id}/sessions'));
    expect(audited).toMatchObject([{ event: 'session_use_after_expire', reason: 'idle' }]);
  });

  it.each([
    ['POST /users/{id}/sessions', 'POST/users/*/sessions'],
    ['POST /logout', 'POST/logout'],
  ])('reaches %s, its pattern alone, and nothing is read', async (route, pattern) => {
    const answer = await ask(requestTo(route));
    expect(statementOf(answer)).toMatchObject({ Effect: 'Allow', Resource: [`${STAGE('own')}/${pattern}`] });
    expect(answer.context).toEqual(WITHOUT_SESSION);
    expect([asked, audited]).toEqual([[], []]);
  });

  it.each([
    ['another method', requestTo('GET /logout')],
    ['another API’s route below a user', requestTo('POST /users/{id}/teams/{team}/sessions', { apiId: 'other' })],
    [
      'another API’s /users/u/teams/7/sessions',
      requestTo('POST /users/{proxy+}', { path: '/users/u/teams/7/sessions' }),
    ],
    ['another API’s {proxy+}', requestTo('POST /{proxy+}', { apiId: 'other', path: '/users/u/sessions' })],
    ['a {proxy+} of our own', requestTo('POST /{proxy+}', { path: '/logout' })],
    ['another API’s route of the same name', requestTo('POST /users/{id}/sessions', { apiId: 'other' })],
    ['another API’s logout', requestTo('POST /logout', { apiId: 'other' })],
    ['a route whose ARN is another API’s', requestTo('POST /logout', { arnApiId: 'other' })],
    ['a route whose request is another API’s', requestTo('POST /logout', { apiId: 'other', arnApiId: 'own' })],
    ['a parameter of another name', requestTo('POST /users/{user}/sessions')],
    ['a route that begins like one', requestTo('POST /logout/{proxy+}')],
  ])('does not reach %s', async (_, event) => {
    expect(await effectOf(event)).toBe('Deny');
  });
});

describe('a server that asks for a user', () => {
  const addressFor = async (...request: Parameters<typeof requestTo>) => {
    await ask(requestTo(...request));
    return (asked[0] as any).from?.ipAddress;
  };

  it('is activity of the session, without an address: the connection is the server’s', async () => {
    expect(await addressFor('GET /session')).toBeUndefined();
    expect(asked).toMatchObject([{ passive: false }]);
  });

  it.each<Parameters<typeof requestTo>>([
    ['GET /users/{id}/sessions'],
    ['GET /session', { apiId: 'other' }],
    ['POST /session'],
  ])('is what no other route is asked by: %s %j', async (...request) => {
    expect(await addressFor(...request)).toBe('192.0.2.1');
  });

  it('is told who the caller is and when the session ends', () => {
    const context = contextOf({ allowed: true, caller: IDENTITY, session: liveSession() });
    expect(sessionCaller({ requestContext: { authorizer: context } } as any)).toEqual({
      userId: 'user-1',
      role: 'user',
      sessionId: 'session-1',
      loginTime: iso(NOW),
      expiresAt: liveSession().expiresAt,
    });
  });
});

describe('a page that polls', () => {
  const passive = async (route: string, query?: object, options = {}) => {
    await ask(requestTo(route, { query }), {}, options);
    return (asked[0] as any).passive;
  };

  it.each<[string, object | undefined, boolean]>([
    ['GET /users/{id}/sessions', { passive: 'true' }, true],
    ['GET /session', { passive: 'true', limit: '5' }, true],
    ['GET /session', { passive: 'false' }, false],
    ['GET /session', { passive: '' }, false],
    ['GET /session', { active: 'true' }, false],
    ['GET /session', undefined, false],
    ['DELETE /users/{id}/sessions', { passive: 'true' }, false],
  ])('%s with %j: passive is %j', async (route, query, expected) => {
    expect(await passive(route, query)).toBe(expected);
  });

  it('counts as active if the gateway caches answers, which do not differ by the query', async () => {
    expect(await passive('GET /session', { passive: 'true' }, { answersCached: true })).toBe(false);
  });
});

describe('a refused token', () => {
  const verify = async () => {
    throw unauthorized('The token has expired.', 'expired-token');
  };

  it('is denied explicitly, with the refusal for the gateway to answer with', async () => {
    const answer = await ask(requestTo('POST /logout'), { verify });
    expect(statementOf(answer)).toMatchObject({ Effect: 'Deny', Resource: [`${STAGE('own')}/*`] });
    expect([answer.principalId, answer.context]).toEqual([
      'nobody',
      { code: 'UNAUTHORIZED', message: 'The token has expired.', timestamp: iso(NOW), reason: 'expired-token' },
    ]);
    expect(audited).toMatchObject([{ event: 'authn_token_fail', reason: 'The token has expired.', actor: undefined }]);
  });

  it('may be one of a kind that is no security event', async () => {
    const refusal = async () => {
      throw new Refusal('SESSION_LIMIT_EXCEEDED', 'Too many.');
    };
    const { context } = await ask(requestTo('POST /logout'), { verify: refusal });
    expect([context?.reason, audited]).toEqual(['SESSION_LIMIT_EXCEEDED', []]);
  });

  it.each<[string, object, string, string]>([
    ['no header', { Authorization: undefined }, 'is missing', 'no-token'],
    ['no value', { Authorization: [] }, 'is missing', 'no-token'],
    ['another scheme', { Authorization: ['Basic a.b.c'] }, 'must be Bearer', 'bad-token'],
    ['two values', { Authorization: ['Bearer a.b.c', 'Bearer a.b.c'] }, 'must be Bearer', 'bad-token'],
    ['two headers', { authorization: ['Bearer a.b.c'] }, 'must be Bearer', 'bad-token'],
    ['two tokens', { Authorization: ['Bearer a.b.c a.b.c'] }, 'must be Bearer', 'bad-token'],
    ['no token', { Authorization: ['Bearer '] }, 'must be Bearer', 'bad-token'],
    ['two parts', { Authorization: ['Bearer a.b'] }, 'must be Bearer', 'bad-token'],
    ['something before', { Authorization: ['x Bearer a.b.c'] }, 'must be Bearer', 'bad-token'],
  ])('%s is refused before anything is verified', async (_, headers, message, reason) => {
    const verified = jest.fn();
    const { context } = await ask(requestTo('GET /session', { headers }), { verify: verified });
    expect(context).toMatchObject({ code: 'UNAUTHORIZED', message: expect.stringContaining(message), reason });
    expect(verified).not.toHaveBeenCalled();
  });

  it.each(['Bearer a.b.c', 'bearer a.b.c', 'Bearer   a-_9.b.c  '])('"%s" is a token', async (value) => {
    const verified = jest.fn(async () => IDENTITY);
    await ask(requestTo('GET /session', { headers: { Authorization: undefined, AUTHORIZATION: [value] } }), {
      verify: verified,
    });
    expect(verified.mock.calls).toEqual([[value.replace(/^bearer +/i, '').trim()]]);
  });
});

const HARMFUL = '"\\\n\r\t\u0000\u001f\u007f\u0085\u2028\u2029';

describe('what the gateway inserts into its JSON answer without escaping', () => {
  const texts = [
    'quotes " and \\ backslashes',
    'a line\nbreak, a tab\t, a return\r',
    'U+2028 \u2028 and U+2029 \u2029',
    'control \u0000 \u001f \u007f \u0085',
  ];

  it.each(texts)('is harmless: %j', async (text) => {
    const verify = async () => {
      throw new Refusal('UNAUTHORIZED', text, { details: { reason: text } });
    };
    const { context } = await ask(requestTo('GET /session'), { verify });
    const { message, reason, code, timestamp } = context as Record<string, string>;
    const body = `{"code":"${code}","message":"${message}","reason":"${reason}","timestamp":"${timestamp}"}`;
    const expected = [...text].map((one) => (HARMFUL.includes(one) ? ' ' : one)).join('');
    expect(JSON.parse(body)).toEqual({
      code: 'UNAUTHORIZED',
      message: expected,
      reason: expected,
      timestamp: iso(NOW),
    });
  });
});

describe('a decision that could not be made', () => {
  it.each<[string, Error]>([
    ['the database cannot be reached', tryAgain()],
    ['something is broken', new TypeError('broken')],
  ])('is an error, and nobody passes: %s', async (_, error) => {
    const failing = () => Promise.reject(error);
    await expect(ask(requestTo('GET /session'), { resolveSession: failing })).rejects.toBe(error);
    await expect(ask(requestTo('GET /session'), { verify: failing })).rejects.toBe(error);
    expect(audited).toEqual([]);
  });
});

describe('the caller whom the handlers are given', () => {
  const through = (authorizer: unknown) => callerOf({ requestContext: { authorizer } } as any);

  it.each(['user', 'admin'] as const)('is the one whom the authorizer passed on: %s', (role) => {
    const caller = { ...IDENTITY, role };
    expect(through(contextOf({ allowed: true, caller }))).toEqual(caller);
  });

  it('keeps the groups that the stage has limits for, whatever their names contain', () => {
    const caller: Identity = { ...IDENTITY, limitedGroups: ['ops', 'a,"b"'] };
    const context = contextOf({ allowed: true, caller });
    expect(through(context)).toEqual(caller);
    expect(Object.values(context).every((value) => typeof value === 'string')).toBe(true);
  });

  it('is no admin by any other word', () => {
    expect(through({ ...CONTEXT, role: 'Admin' }).role).toBe('user');
  });

  it.each([undefined, null, {}, { userId: 'user-1' }, { signInId: 'session-1' }, { ...CONTEXT, userId: '' }])(
    'is nobody without an authorizer: %j',
    (context) => {
      expect(() => through(context)).toThrow('The request carries no caller');
    },
  );
});
