import { type EndedSessions, SessionEndedError } from '../../client';
import { failure, type Script, scriptedApi, sessionEnded, success } from './scripted-api';

let api: ReturnType<typeof scriptedApi>;
const given = (...scripts: Script[]) => {
  api = scriptedApi(...scripts);
  return api.client();
};
const round = (ids: string[], remaining?: true) =>
  success({ message: '', deletedSessions: ids.length, sessionIds: ids, ...(remaining && { remaining }) });

afterEach(() => api.close());

describe('Ending all others', () => {
  test('goes on while some remain, and returns the sum', async () => {
    const client = given(round(['a', 'b'], true), round(['c'], true), round(['d']));
    const progress: EndedSessions[] = [];

    const ended = await client.endOthers({ onProgress: (soFar) => progress.push(soFar) });

    expect(ended).toEqual({ deletedSessions: 4, sessionIds: ['a', 'b', 'c', 'd'] });
    expect(progress.map(({ deletedSessions }) => deletedSessions)).toEqual([2, 3]);
    expect(api.received).toHaveLength(3);
  });

  test('does not lose what was ended if a later request fails: it says that some remain, and why', async () => {
    const client = given(round(['a'], true), failure(503, 'TRY_AGAIN', { 'Retry-After': '3600' }));

    const ended = await client.endOthers();

    expect(ended).toMatchObject({ deletedSessions: 1, sessionIds: ['a'], remaining: true });
    expect(ended.error).toMatchObject({ code: 'TRY_AGAIN' });
  });

  test('fails if nothing was ended', async () => {
    const client = given(failure(503, 'TRY_AGAIN', { 'Retry-After': '3600' }));

    await expect(client.endOthers()).rejects.toMatchObject({ code: 'TRY_AGAIN' });
  });

  test('stops when it is aborted between two requests, with what has ended', async () => {
    const controller = new AbortController();
    const client = given(round(['a'], true), round(['b']));

    const ended = await client.endOthers({ signal: controller.signal, onProgress: () => controller.abort() });

    expect(ended).toMatchObject({ deletedSessions: 1, remaining: true, error: { name: 'AbortError' } });
    expect(api.received).toHaveLength(1);
  });

  test('stops when one’s own session ends meanwhile', async () => {
    const client = given(round(['a'], true), sessionEnded('ended'));

    expect((await client.endOthers()).error).toBeInstanceOf(SessionEndedError);
  });

  test('has an end, even if the API always says that some remain', async () => {
    const client = given(round(['a'], true), round([], true), round([], true));

    expect(await client.endOthers()).toEqual({ deletedSessions: 1, sessionIds: ['a'], remaining: true });
    api.close();

    const busy = given(...Array.from({ length: 200 }, (_, index) => round([String(index)], true)));
    expect(await busy.endOthers()).toMatchObject({ deletedSessions: 100, remaining: true });
  });
});
