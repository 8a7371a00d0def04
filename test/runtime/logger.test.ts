import { logCompletion } from '../../lambda/runtime/logger';

describe('a request’s line in the log', () => {
  it('comes out whatever its error drags along, and without that', () => {
    const written: string[] = [];
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const request: Record<string, unknown> = { authorization: 'Bearer secret' };
    request.itself = request;
    const below = Object.assign(new Error('read', { cause: request }), { code: 'ECONNRESET', request });
    const error = Object.assign(new Error('The database did not answer.', { cause: below }), { $response: request });
    try {
      logCompletion({ requestId: 'id', route: 'GET /', status: 500, durationMs: 1 }, error);
    } finally {
      write.mockRestore();
    }
    expect(written).toHaveLength(1);
    expect(written[0]).not.toContain('secret');
    expect(JSON.parse(written[0] ?? '')).toMatchObject({
      level: 'ERROR',
      message: 'request',
      error: { message: 'The database did not answer.', cause: { message: 'read', code: 'ECONNRESET' } },
    });
  });
});
