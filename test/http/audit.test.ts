import { type ErrorCode, Refusal } from '../../lambda/domain/errors';
import { aboutRequest, securityEventFor } from '../../lambda/http/audit';

const eventFor = (code: ErrorCode) => securityEventFor(new Refusal(code, 'A sentence of ours.'));

describe('the security event of a refusal', () => {
  it.each<[ErrorCode, string]>([
    ['UNAUTHORIZED', 'authn_token_fail'],
    ['SIGN_IN_TOO_OLD', 'authn_token_fail'],
    ['SESSION_ENDED', 'session_use_after_expire'],
    ['UNAUTHORIZED_PROFILE_ACCESS', 'authz_fail'],
    ['INVALID_PROFILE_DATA', 'input_validation_fail'],
    ['PAYLOAD_TOO_LARGE', 'input_validation_fail'],
    ['UNSUPPORTED_MEDIA_TYPE', 'input_validation_fail'],
  ])('%s is %s, with the refusal’s message', (code, event) => {
    expect(eventFor(code)).toEqual({ event, reason: 'A sentence of ours.' });
  });

  it.each<ErrorCode>(['SESSION_NOT_FOUND', 'CANNOT_TERMINATE_CURRENT_SESSION', 'TRY_AGAIN'])(
    '%s is none: it happens in ordinary use',
    (code) => {
      expect(eventFor(code)).toBeUndefined();
    },
  );
});

it('a security event says route and connection of its request, with a short user agent', () => {
  const connection = { ipAddress: '192.0.2.1', userAgent: 'x'.repeat(300) };
  expect(aboutRequest('request-1', 'GET /users/{id}/sessions', connection)).toEqual({
    requestId: 'request-1',
    route: 'GET /users/{id}/sessions',
    address: '192.0.2.1',
    userAgent: 'x'.repeat(256),
  });
});
