import { Refusal, sessionEnded, tryAgain } from '../../lambda/domain/errors';
import { answerHeaders, fail, ok, succeed } from '../../lambda/http/route';
import { iso, NOW } from '../support/sessions';

describe('a success', () => {
  it('has its data in the envelope, and a cursor beside it if the list goes on', () => {
    expect(succeed(ok({ a: 1 }))).toEqual({ statusCode: 200, body: '{"success":true,"data":{"a":1}}' });
    expect(JSON.parse(succeed({ status: 201, data: [], nextCursor: 'next' }).body)).toEqual({
      success: true,
      data: [],
      nextCursor: 'next',
    });
    expect(succeed({ status: 201, data: 1 }).statusCode).toBe(201);
  });
});

describe('a failure', () => {
  it('has code, message, details and time in the envelope', () => {
    const { statusCode, headers, body } = fail(sessionEnded('never-registered'), NOW);
    expect([statusCode, headers]).toEqual([401, {}]);
    expect(JSON.parse(body)).toEqual({
      success: false,
      error: {
        code: 'SESSION_ENDED',
        message: expect.stringContaining('session has been terminated'),
        details: { reason: 'never-registered' },
      },
      timestamp: iso(NOW),
    });
  });

  it('has no details without any', () => {
    const { body } = fail(new Refusal('SESSION_NOT_FOUND', 'No such session.'), NOW);
    expect(JSON.parse(body).error).toEqual({ code: 'SESSION_NOT_FOUND', message: 'No such session.' });
  });

  it('that may pass says when to come back, and no other does', () => {
    expect(fail(tryAgain(), NOW)).toMatchObject({ statusCode: 503, headers: { 'Retry-After': '1' } });
    expect(fail(new Refusal('SESSION_NOT_FOUND', ''), NOW).headers).toEqual({});
  });

  it.each<[string, unknown]>([
    ['an error', new Error('the table aerotage')],
    ['a text', 'the table aerotage'],
    ['nothing', undefined],
    ['what looks like a refusal', { code: 'TRY_AGAIN', message: 'the table aerotage' }],
  ])('that nobody has foreseen says nothing of its cause: %s', (_, error) => {
    const { statusCode, body } = fail(error, NOW);
    expect(statusCode).toBe(500);
    expect(JSON.parse(body).error).toEqual({
      code: 'INTERNAL_SERVER_ERROR',
      message: 'Something went wrong on our side. If it persists, tell us the request id in this answer.',
    });
  });
});

describe('the headers of an answer', () => {
  it('are JSON that nobody keeps, with what a page may read', () => {
    expect(answerHeaders(['*'], 'https://app.example.com')).toEqual({
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': 'Retry-After,x-amzn-RequestId',
    });
  });

  it('let every page read it if one of the origins is the star', () => {
    expect(answerHeaders(['https://a.example', '*'], 'https://b.example')).toMatchObject({
      'Access-Control-Allow-Origin': '*',
    });
  });

  it.each<[string[], string | undefined, string]>([
    [['https://a.example', 'https://b.example'], 'https://b.example', 'https://b.example'],
    [['https://a.example', 'https://b.example'], 'https://evil.example', 'https://a.example'],
    [['https://a.example', 'https://b.example'], undefined, 'https://a.example'],
    [[], 'https://evil.example', 'null'],
  ])('let pages of %j read it, asked from %s: %s', (allowed, origin, expected) => {
    expect(answerHeaders(allowed, origin)).toMatchObject({ 'Access-Control-Allow-Origin': expected, Vary: 'Origin' });
  });
});
