import type { SecurityEventName } from '../../lambda/http/audit';
import { hashed, logCompletion, logSecurityEvent } from '../../lambda/runtime/logger';

const REQUEST = { requestId: 'request-1', route: 'GET /', durationMs: 1 };

/** The one line that is written. */
function written(act: () => void): any {
  const lines: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  try {
    act();
  } finally {
    write.mockRestore();
  }
  expect(lines).toEqual([expect.stringMatching(/^\{.*\}\n$/)]);
  return JSON.parse(lines[0] ?? '');
}

it('a session is named by a hash, which nobody can send a request with', () => {
  expect(hashed('session-1')).toMatch(/^[\da-f]{16}$/);
  for (const act of [
    () => logCompletion({ ...REQUEST, status: 200, sessionId: 'session-1' }),
    () => logSecurityEvent({ event: 'session_created', sessionId: 'session-1' } as never),
  ]) {
    const line = written(act);
    expect(line).toMatchObject({ level: 'INFO', session: hashed('session-1') });
    expect(JSON.stringify(line)).not.toContain('session-1');
  }
  expect(written(() => logCompletion({ ...REQUEST, status: 200 }))).not.toHaveProperty('session');
});

describe('a request’s line', () => {
  it.each([500, 503])('is an error with its cause from 500 on: %d', (status) => {
    const line = written(() => logCompletion({ ...REQUEST, status }, new TypeError('broken')));
    expect(line).toMatchObject({ level: 'ERROR', message: 'request', status, error: { message: 'broken' } });
  });

  it('has a cause that is no error as one', () => {
    expect(written(() => logCompletion({ ...REQUEST, status: 500 }, 'broken')).error.message).toBe('broken');
    expect(written(() => logCompletion({ ...REQUEST, status: 500 }))).not.toHaveProperty('error');
  });

  it('is ordinary below 500, and has no cause', () => {
    const line = written(() => logCompletion({ ...REQUEST, status: 499 }, new Error('broken')));
    expect(line).toMatchObject({ level: 'INFO', status: 499 });
    expect(line).not.toHaveProperty('error');
  });
});

it.each<[SecurityEventName, string]>([
  ['session_created', 'INFO'],
  ['session_renewed', 'INFO'],
  ['session_expired', 'INFO'],
  ['session_use_after_expire', 'WARN'],
  ['authn_token_fail', 'WARN'],
  ['authz_fail', 'WARN'],
  ['authz_admin', 'WARN'],
  ['input_validation_fail', 'WARN'],
])('the security event %s is at the level %s', (event, level) => {
  expect(written(() => logSecurityEvent({ event } as never))).toMatchObject({ level, message: 'security', event });
});
