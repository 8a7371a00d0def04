import { Refusal, STATUS, sessionEnded, tryAgain, unauthorized } from '../../lambda/domain/errors';

describe('a refusal', () => {
  it('is an error with the code and the message that it was given, under its own name', () => {
    const refusal = new Refusal('SESSION_NOT_FOUND', 'No such session.');

    expect(refusal).toBeInstanceOf(Error);
    expect(String(refusal)).toBe('Refusal: No such session.');
    expect(refusal.code).toBe('SESSION_NOT_FOUND');
  });

  it('keeps details and cause, and has none that it was not given', () => {
    const cause = new Error('the socket closed');
    const refusal = new Refusal('TRY_AGAIN', '', { details: { a: 'b' }, cause });

    expect([refusal.details, refusal.cause]).toEqual([{ a: 'b' }, cause]);
    expect(Object.keys(new Refusal('TRY_AGAIN', ''))).not.toContain('cause');
    expect(new Refusal('TRY_AGAIN', '').details).toBeUndefined();
  });

  it('of a sign-in without a live session tells people to sign in again, and says why', () => {
    for (const reason of ['ended', 'never-registered'] as const) {
      expect(sessionEnded(reason)).toMatchObject({
        code: 'SESSION_ENDED',
        message: 'This session has been terminated or was never registered. Sign in again.',
        details: { reason },
      });
    }
  });

  it('of a token says why in a word: it is a bad one unless another reason is known', () => {
    expect(unauthorized('No issuer.')).toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'No issuer.',
      details: { reason: 'bad-token' },
    });
    expect(unauthorized('It is late.', 'expired-token').details).toEqual({ reason: 'expired-token' });
  });

  it('for the moment says so, and keeps its cause for the log', () => {
    const cause = new Error('throttled');

    expect(tryAgain(cause)).toMatchObject({
      code: 'TRY_AGAIN',
      message: 'The request could not be served right now. Send it again in a moment.',
      cause,
    });
  });

  it('has the status that the contract gives its code', () => {
    expect(STATUS).toEqual({
      INVALID_PROFILE_DATA: 400,
      CANNOT_TERMINATE_CURRENT_SESSION: 400,
      UNAUTHORIZED: 401,
      SESSION_ENDED: 401,
      SIGN_IN_TOO_OLD: 401,
      UNAUTHORIZED_PROFILE_ACCESS: 403,
      SESSION_NOT_FOUND: 404,
      SESSION_LIMIT_EXCEEDED: 409,
      PAYLOAD_TOO_LARGE: 413,
      UNSUPPORTED_MEDIA_TYPE: 415,
      TRY_AGAIN: 503,
    });
  });
});
