import {
  CurrentSessionError,
  ForbiddenError,
  NetworkError,
  SessionEndedError,
  SessionError,
  SessionNotFoundError,
  TimeoutError,
  TryAgainError,
  UnauthorizedError,
} from '../../client';
import { errorOf } from '../../client/errors';

describe('An error of the client', () => {
  test.each([
    ['SESSION_ENDED', 'SessionEndedError', SessionEndedError],
    ['UNAUTHORIZED', 'UnauthorizedError', UnauthorizedError],
    ['SIGN_IN_TOO_OLD', 'UnauthorizedError', UnauthorizedError],
    ['UNAUTHORIZED_PROFILE_ACCESS', 'ForbiddenError', ForbiddenError],
    ['SESSION_NOT_FOUND', 'SessionNotFoundError', SessionNotFoundError],
    ['CANNOT_TERMINATE_CURRENT_SESSION', 'CurrentSessionError', CurrentSessionError],
    ['TRY_AGAIN', 'TryAgainError', TryAgainError],
    ['TOO_MANY_REQUESTS', 'TryAgainError', TryAgainError],
    ['INTERNAL_SERVER_ERROR', 'SessionError', SessionError],
    ['SESSION_LIMIT_EXCEEDED', 'SessionError', SessionError],
    ['INVALID_PROFILE_DATA', 'SessionError', SessionError],
  ] as const)('of code %s is a %s, by class and by name', (code, name, Class) => {
    const error = errorOf(code, 'Why.', {});

    expect(error).toBeInstanceOf(Class);
    expect(String(error)).toBe(`${name}: Why.`);
  });

  test('of the way to the API has a name as well', () => {
    expect(new NetworkError('NETWORK_ERROR', '').name).toBe('NetworkError');
    expect(new TimeoutError('TIMEOUT', '').name).toBe('TimeoutError');
  });

  test('has what is known, and nothing else', () => {
    const known = { status: 503, requestId: 'request-1', retryAfterMs: 1_000, details: { a: 1 }, cause: new Error() };

    expect(errorOf('TRY_AGAIN', '', known)).toMatchObject(known);
    const { status, requestId, retryAfterMs, details, cause } = new SessionError('TRY_AGAIN', '');
    expect([status, requestId, retryAfterMs, details, cause]).toEqual(Array(5).fill(undefined));
  });
});

describe('The reason of an ended session', () => {
  const reasonOf = (details?: Record<string, unknown>) =>
    new SessionEndedError('SESSION_ENDED', '', { details }).reason;

  test.each(['ended', 'never-registered'])('is %s if the API says so', (reason) => {
    expect(reasonOf({ reason })).toBe(reason);
  });

  test.each([{ reason: 'moved' }, { reason: 1 }, {}, undefined])('is unknown with details of %j', (details) => {
    expect(reasonOf(details)).toBeUndefined();
  });
});
