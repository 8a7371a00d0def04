import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import fc from 'fast-check';
import { readItem } from '../../lambda/cleanup/evaluate-page';
import { activityToRecord, DEFAULT_POLICY, endOf, type StoredSession } from '../../lambda/domain/session';
import { fromCursor, toCursor } from '../../lambda/http/cursor';
import { pathId, queryNumber, readBody } from '../../lambda/http/request';
import { routeWith } from '../../lambda/http/route';
import { registrationSchema } from '../../lambda/http/schemas';
import { sessionView } from '../../lambda/http/session-view';
import { rounds } from '../support/rounds';
import { DAY, iso, NOW } from '../support/sessions';

const CASES = rounds(3_000);
const holds = (property: fc.IProperty<any> | fc.IAsyncProperty<any>) => fc.assert(property as any, { numRuns: CASES });

const prototypeNames = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty');
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  prototypeNames,
  fc.constantFrom(
    '',
    '/',
    '..',
    '%',
    '%zz',
    '%ED%A0%80',
    '\u0000',
    '\n',
    '\u202e',
    'a/b',
    'x'.repeat(10_240),
    '\ud800',
  ),
);

/** The parser of each route, behind the route wrapper and nothing else. */
async function parse(event: Partial<APIGatewayProxyEvent>): Promise<APIGatewayProxyResult> {
  const handler = routeWith({
    allowedOrigins: ['*'],
    clock: () => NOW,
    requestMs: 8_000,
    complete: () => undefined,
    audit: () => undefined,
  })(async ({ event: received }) => ({
    status: 200,
    data: [
      pathId(received, 'id'),
      queryNumber(received, 'limit', { min: 1, max: 100, absent: 100 }),
      received.queryStringParameters?.cursor && fromCursor('user-1', received.queryStringParameters.cursor),
      readBody(received, registrationSchema(NOW)),
    ],
  }));
  const whole = {
    httpMethod: 'POST',
    resource: '/users/{id}/sessions',
    pathParameters: { id: 'user-1' },
    queryStringParameters: null,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userAgent: 'Firefox' }),
    requestContext: {
      requestId: 'r',
      identity: { sourceIp: '192.0.2.1' },
      authorizer: { userId: 'user-1', signInId: 'sign-in-1' },
    },
    ...event,
  };
  const result = await handler(whole as unknown as APIGatewayProxyEvent, {} as Context, () => undefined);
  return result as APIGatewayProxyResult;
}

/** What is good is answered, and what is bad is refused with a sentence that names it; nothing else. */
async function isAnswered(event: Partial<APIGatewayProxyEvent>, names: RegExp): Promise<void> {
  const { statusCode, body } = await parse(event);
  const { success, error } = JSON.parse(body);
  if (statusCode === 200) return expect(success).toBe(true);
  expect([400, 413, 415]).toContain(statusCode);
  expect(['INVALID_PROFILE_DATA', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']).toContain(error.code);
  expect(error.message).toMatch(names);
  expect(error.message.length).toBeLessThan(400);
}

describe('whatever is sent, the parser takes it or says what is wrong with it:', () => {
  it('a body of any text', () =>
    holds(
      fc.asyncProperty(hostile, fc.boolean(), (body, isBase64Encoded) =>
        isAnswered({ body, isBase64Encoded }, /body|userAgent/),
      ),
    ));

  it('a body of any JSON', () =>
    holds(
      fc.asyncProperty(fc.json({ maxDepth: 5 }), (body) => isAnswered({ body }, /body|userAgent|loginTime|ipAddress/)),
    ));

  it('a body with anything in its fields', () => {
    const value = fc.oneof(
      hostile,
      fc.jsonValue(),
      fc.integer({ min: 0, max: 4_102_444_800_000 }),
      fc.ipV4(),
      fc.ipV6(),
    );
    const field = fc.oneof(fc.constantFrom('userAgent', 'loginTime', 'ipAddress'), prototypeNames);
    const body = fc.dictionary(field, value, { maxKeys: 5 }).map((fields) => JSON.stringify(fields));
    return holds(fc.asyncProperty(body, (sent) => isAnswered({ body: sent }, /userAgent|loginTime|ipAddress|body/)));
  });

  it('any path, query and content type', () => {
    const maybe = fc.option(hostile, { nil: undefined });
    const request = fc.record({ id: hostile, limit: maybe, cursor: maybe, type: maybe });
    return holds(
      fc.asyncProperty(request, ({ id, limit, cursor, type }) =>
        isAnswered(
          { pathParameters: { id }, queryStringParameters: { limit, cursor }, headers: { 'Content-Type': type } },
          /id in the path|limit|cursor|Content-Type/,
        ),
      ),
    );
  });

  it('a cursor that was tampered with, which is never another place in the list', () => {
    const position = fc.record({ lastUsed: fc.nat(), sessionId: hostile });
    const edit = fc.record({ at: fc.nat(400), drop: fc.nat(3), put: fc.base64String({ maxLength: 8 }) });
    holds(
      fc.property(position, edit, ({ lastUsed, sessionId }, { at, drop, put }) => {
        // What is stored is well-formed text.
        fc.pre(!/\p{Cs}/u.test(sessionId));
        const cursor = toCursor('user-1', { lastUsed, sessionId });
        expect(fromCursor('user-1', cursor)).toEqual({ lastUsed, sessionId });
        expect(() => fromCursor('user-2', cursor)).toThrow(/^Invalid cursor for this list/);
        const tampered = cursor.slice(0, at) + put + cursor.slice(at + drop);
        try {
          expect(fromCursor('user-1', tampered)).toEqual({ lastUsed, sessionId });
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_PROFILE_DATA' });
        }
      }),
    );
  });

  it('a text that is no Unicode is refused before it gets anywhere near the table', async () => {
    const { statusCode, body } = await parse({ body: '{"userAgent":"half of a pair: \\ud800"}' });
    expect([statusCode, JSON.parse(body).error.message]).toEqual([400, 'userAgent must be well-formed Unicode text.']);
  });
});

describe('whatever is stored, the rule has an answer:', () => {
  const time = fc.oneof(
    fc.integer({ min: NOW - 40 * DAY, max: NOW + 40 * DAY }).map((at) => ({ S: iso(at) })),
    fc.integer({ min: NOW - 40 * DAY, max: NOW + 40 * DAY }).map((at) => ({ N: String(at) })),
    fc.integer({ min: NOW / 1_000 - 4_000_000, max: NOW / 1_000 + 4_000_000 }).map((at) => ({ N: String(at) })),
  );
  const attribute: fc.Arbitrary<AttributeValue> = fc.oneof(
    { arbitrary: time, weight: 3 },
    hostile.map((S) => ({ S })),
    fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.bigInt()).map((N) => ({ N: String(N) })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true as const }),
    fc.uint8Array({ maxLength: 20 }).map((B) => ({ B })),
    hostile.map((text) => ({ SS: [text] })),
    hostile.map((text) => ({ L: [{ S: text }] })),
    hostile.map((text) => ({ M: { [text || 'x']: { S: text } } })),
  ) as fc.Arbitrary<AttributeValue>;
  const item = fc
    .record(
      {
        isActive: attribute,
        createdAt: attribute,
        loginTime: attribute,
        lastActivity: attribute,
        expiresAt: attribute,
        sessionTimeout: attribute,
        ipAddress: attribute,
        userAgent: attribute,
        locationData: attribute,
      },
      { requiredKeys: [] },
    )
    .map((attributes) => ({ ...attributes, sessionId: { S: 'session-1' }, userId: { S: 'user-1' } }));
  const stored = (attributes: Record<string, AttributeValue>) =>
    unmarshall(attributes, { wrapNumbers: Number }) as StoredSession;

  it('the sweep and the store read the same out of an item, so the cleanup and the authorizer agree', () =>
    holds(
      fc.property(item, (attributes) => {
        expect(endOf(readItem(attributes), NOW, DEFAULT_POLICY)).toEqual(
          endOf(stored(attributes), NOW, DEFAULT_POLICY),
        );
      }),
    ));

  it('a live session can be shown and used, and once over it stays over', () =>
    holds(
      fc.property(item, fc.nat(40 * DAY), (attributes, later) => {
        const session = stored(attributes);
        const end = endOf(session, NOW, DEFAULT_POLICY);
        if (end) return expect(endOf(session, NOW + later, DEFAULT_POLICY)).toBeDefined();
        expect(JSON.stringify(sessionView(session, undefined))).toContain('"expiresAt":"');
        const activity = activityToRecord(session, NOW, DEFAULT_POLICY);
        if (activity) expect(endOf({ ...session, ...activity }, NOW, DEFAULT_POLICY)).toBeUndefined();
      }),
    ));
});
