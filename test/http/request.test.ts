import * as v from 'valibot';
import { Refusal } from '../../lambda/domain/errors';
import {
  connectionOf,
  header,
  pathId,
  pathUser,
  queryNumber,
  queryOneOf,
  readBody,
  wantsEverywhere,
} from '../../lambda/http/request';
import { CLAIMS } from '../support/address-claims';

const requestContext = { identity: { sourceIp: '192.0.2.1' } };
const eventOf = (changes: object): any => ({ headers: {}, requestContext, ...changes });

/** The refusal that something ends with. */
function refusalOf(act: () => unknown): Refusal {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('the address of a request', () => {
  it.each(Object.entries(CLAIMS))('is the connection’s, whatever the client claims by %s', (_, claims) => {
    const multiValueHeaders = Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, [value].flat()]));
    const headers = Object.fromEntries(Object.entries(multiValueHeaders).map(([name, all]) => [name, all.at(-1)]));
    expect(connectionOf(eventOf({ headers, multiValueHeaders }))).toEqual({ ipAddress: '192.0.2.1', userAgent: '' });
  });

  it('comes with what the client says of itself, whatever the case of the header’s name', () => {
    expect(connectionOf(eventOf({ headers: { 'USER-Agent': 'Firefox' } })).userAgent).toBe('Firefox');
    expect(connectionOf(eventOf({ headers: null })).userAgent).toBe('');
  });
});

it('a header is found by its name and not by a part of it', () => {
  expect(header({ 'X-Origin': 'a', Origin: 'b' }, 'origin')).toBe('b');
  expect(header({ 'X-Origin': 'a' }, 'origin')).toBeUndefined();
  expect(header(null, 'origin')).toBeUndefined();
});

describe('an id in the path', () => {
  const read = (id?: string) => pathId(eventOf({ pathParameters: id === undefined ? null : { id } }), 'id');

  it.each([
    ['okta%7C00u1', 'okta|00u1'],
    ['a%2Fb', 'a/b'],
    ['%C3%A9', 'é'],
    ['plain', 'plain'],
    ['x'.repeat(256), 'x'.repeat(256)],
  ])('is decoded: %s', (sent, expected) => {
    expect(read(sent)).toBe(expected);
  });

  it.each([
    ['not there', undefined, '1 to 256 characters'],
    ['empty', '', 'it has 0'],
    ['too long', 'x'.repeat(257), 'it has 257'],
    ['not decodable', '%E0%A4%A', 'percent-encoding'],
  ])('that is %s is refused with its name', (_, sent, message) => {
    const refusal = refusalOf(() => read(sent));
    expect(refusal).toMatchObject({ code: 'INVALID_PROFILE_DATA', message: expect.stringContaining(message) });
    expect(refusal.message).toMatch(/^id in the path/);
  });
});

it('the user in the path is the caller as “me”, else whom it names', () => {
  const caller = { userId: 'user-1', role: 'user', signInId: 'session-1', signedInAt: 0 } as const;
  const userIn = (id: string) => pathUser(eventOf({ pathParameters: { id, sessionId: 'other' } }), caller);
  expect(['me', 'user-2', 'me%7C1'].map(userIn)).toEqual(['user-1', 'user-2', 'me|1']);
});

describe('a body', () => {
  const schema = v.object({
    name: v.pipe(v.string('name must be a string.'), v.nonEmpty('name must not be empty.')),
    list: v.optional(v.array(v.object({ city: v.string('city must be a string.') }))),
  });
  const read = (body: string | null, changes: object = {}) => readBody(eventOf({ body, ...changes }), schema);
  const refused = (...parameters: Parameters<typeof read>) => refusalOf(() => read(...parameters));

  it('is an object in JSON, as text or in base64', () => {
    expect(read('{"name":"é"}')).toEqual({ name: 'é' });
    const encoded = Buffer.from('{"name":"é"}').toString('base64');
    expect(read(encoded, { isBase64Encoded: true })).toEqual({ name: 'é' });
  });

  it.each<[string, string | null, object, string]>([
    ['missing', null, {}, 'is missing: a JSON object is expected'],
    ['missing in base64', null, { isBase64Encoded: true }, 'is missing: a JSON object is expected'],
    ['empty', '', {}, 'is missing: a JSON object is expected'],
    ['not JSON', '{', {}, 'is not valid JSON'],
    ['null', 'null', {}, 'must be a JSON object'],
    ['a number', '1', {}, 'must be a JSON object'],
    ['a text', '"name"', {}, 'must be a JSON object'],
    ['an array', '[{"name":"a"}]', {}, 'must be a JSON object'],
  ])('that is %s is refused', (_, body, changes, message) => {
    const refusal = refused(body, changes);
    expect(refusal.code).toBe('INVALID_PROFILE_DATA');
    expect(refusal.message).toContain(`The body ${message}`);
  });

  it.each([
    ['{}', 'name is missing.'],
    ['{"name":1}', 'name must be a string.'],
    ['{"name":""}', 'name must not be empty.'],
    ['{"name":"a","list":[{}]}', 'list.0.city is missing.'],
    ['{"list":[{"city":1}]}', 'name is missing. city must be a string.'],
  ])('with a wrong field is refused with the field and what is expected: %s', (body, message) => {
    expect(refused(body)).toMatchObject({ code: 'INVALID_PROFILE_DATA', message });
  });

  it('with a field that breaks several rules names the first', () => {
    const rules = v.object({ name: v.pipe(v.string(), v.nonEmpty('It is empty.'), v.regex(/x/, 'It has no x.')) });
    expect(refusalOf(() => readBody(eventOf({ body: '{"name":""}' }), rules)).message).toBe('It is empty.');
  });

  it('may have 16 KiB, counted in bytes', () => {
    const filled = (filling: string) => JSON.stringify({ name: filling });
    const most = 16 * 1024 - filled('').length;
    expect(read(filled('x'.repeat(most)))).toEqual({ name: 'x'.repeat(most) });
    expect(refused(filled('x'.repeat(most + 1)))).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: expect.stringContaining('16384 bytes'),
    });
    expect(refused(filled('é'.repeat(most / 2 + 1))).code).toBe('PAYLOAD_TOO_LARGE');
    const encoded = Buffer.from(filled('x'.repeat(most))).toString('base64');
    expect(read(encoded, { isBase64Encoded: true })).toEqual({ name: 'x'.repeat(most) });
  });

  it.each([
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/json;charset=utf-8',
    'application/merge-patch+json',
    'application/vnd.team.v1-2+json ;q=1',
    'text/plain',
    'text/plain;charset=UTF-8',
    undefined,
    '',
  ])('may be of the type %s', (type) => {
    expect(read('{"name":"a"}', { headers: { 'Content-Type': type } })).toEqual({ name: 'a' });
  });

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/html',
    'application/jsonp',
    'xapplication/json',
    'text/plainer',
    'application/+json+xml',
  ])('may not be of the type %s', (type) => {
    expect(refused('{"name":"a"}', { headers: { 'content-type': type } })).toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: expect.stringContaining('Content-Type: application/json'),
    });
  });

  it('that is missing is said to be missing, whatever its type', () => {
    expect(refused(null, { headers: { 'content-type': 'text/html' } }).message).toContain('is missing');
  });
});

describe('a number in the query', () => {
  const read = (limit?: string | null) =>
    queryNumber(eventOf({ queryStringParameters: limit === undefined ? null : { limit } }), 'limit', {
      min: 1,
      max: 100,
      absent: 7,
    });

  it('is a whole number in its range, or absent', () => {
    expect([read('1'), read('100'), read('007'), read(), read(null)]).toEqual([1, 100, 7, 7, 7]);
  });

  it.each(['0', '101', '-1', '1.5', '1e1', '', ' 5', '5 ', 'x', '0x10'])('is refused with its name: "%s"', (text) => {
    expect(refusalOf(() => read(text))).toMatchObject({
      code: 'INVALID_PROFILE_DATA',
      message: 'limit must be a whole number from 1 to 100.',
    });
  });
});

describe('one of several parameters', () => {
  const read = (queryStringParameters: object | null) =>
    queryOneOf(eventOf({ queryStringParameters }), ['email', 'username']);

  it('is the one that is there, by its name', () => {
    expect(read({ email: 'a@b.c', passive: 'true' })).toEqual({ name: 'email', value: 'a@b.c' });
    expect(read({ username: 'x'.repeat(240) }).name).toBe('username');
  });

  it.each([null, {}, { email: '' }, { email: 'a', username: 'b' }, { username: 'x'.repeat(241) }])(
    'is refused with their names: %j',
    (query) => {
      expect(refusalOf(() => read(query))).toMatchObject({
        code: 'INVALID_PROFILE_DATA',
        message: 'One of email and username must be in the query, with 1 to 240 characters.',
      });
    },
  );
});

describe('a logout everywhere', () => {
  const wanted = (body: string | null, isBase64Encoded = false) => wantsEverywhere(eventOf({ body, isBase64Encoded }));

  it('is asked for by true alone', () => {
    expect(wanted('{"everywhere":true}')).toBe(true);
    expect(wanted(Buffer.from('{"everywhere":true}').toString('base64'), true)).toBe(true);
    for (const body of [null, '', '{broken', '{}', 'null', '[]', '1', '{"everywhere":false}', '{"everywhere":null}']) {
      expect(wanted(body)).toBe(false);
    }
  });

  it.each(['"true"', '1', '{}'])('is refused for %s', (value) => {
    expect(refusalOf(() => wanted(`{"everywhere":${value}}`)).message).toBe('everywhere must be true or false.');
  });
});
