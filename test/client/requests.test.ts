import { createSessionClient } from '../../client';
import { TOKEN } from './scripted-api';

/** What the client gives to `fetch` for a call. */
async function requestOf(act: (client: ReturnType<typeof createSessionClient>) => Promise<unknown>): Promise<any> {
  const requests: unknown[] = [];
  const answer = { success: true, data: { message: '', sessionIds: [], deletedSessions: 0 } };
  const client = createSessionClient({
    baseUrl: 'https://api.example.com/prod/',
    token: () => TOKEN,
    fetch: async (_, init) => {
      requests.push(init);
      return new Response(JSON.stringify(answer));
    },
  });
  await act(client);
  expect(requests).toHaveLength(1);
  return requests[0];
}

describe('A request of the client', () => {
  test('takes no cookies along, and its token to no other address', async () => {
    for (const act of [requestOf((client) => client.cleanups()), requestOf((client) => client.logout())]) {
      expect(await act).toMatchObject({ credentials: 'omit', redirect: 'manual' });
    }
  });

  test('goes on when the page is left, if it changes something', async () => {
    expect((await requestOf((client) => client.logout())).keepalive).toBe(true);
    expect((await requestOf((client) => client.end('session-1'))).keepalive).toBe(true);
    expect((await requestOf((client) => client.cleanups())).keepalive).toBe(false);
  });

  test('has a type only with a body', async () => {
    const authorization = { Authorization: `Bearer ${TOKEN}` };
    expect(await requestOf((client) => client.cleanups())).toMatchObject({ method: 'GET', body: undefined });
    expect((await requestOf((client) => client.cleanups())).headers).toEqual(authorization);
    const { headers, body } = await requestOf((client) => client.logout());
    expect([headers, body]).toEqual([{ ...authorization, 'Content-Type': 'application/json' }, '{}']);
  });
});
