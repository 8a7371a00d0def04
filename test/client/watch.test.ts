import { getEventListeners } from 'node:events';
import type { WatchOptions } from '../../client';
import { failure, pass, type Script, scriptedApi, sessionEnded, stopTime, success, USER_PATH } from './scripted-api';

let api: ReturnType<typeof scriptedApi>;
const given = (...scripts: Script[]) => {
  api = scriptedApi(...scripts);
  return api.client();
};
const session = (id: string) => ({ id });
const EVERY_MS = 30_000;
const stops: (() => void)[] = [];

/** Watches, and keeps what it is told. */
function watch(client: ReturnType<typeof api.client>, options: Partial<WatchOptions> = {}) {
  const seen: (readonly { id: string }[])[] = [];
  const told = { ended: jest.fn(), error: jest.fn() };
  const stop = client.watch({
    onChange: (sessions) => seen.push(sessions),
    onSessionEnded: told.ended,
    onError: told.error,
    ...options,
  });
  stops.push(stop);
  return { seen, told, stop };
}

/** Stands in for a browser's page. */
function openPage() {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const add = window.addEventListener.bind(window);
  Object.defineProperty(globalThis, 'document', { value: document, configurable: true });
  Object.defineProperty(globalThis, 'addEventListener', { value: add, configurable: true });
  return { window, document };
}

beforeEach(stopTime);
afterEach(() => {
  jest.useRealTimers();
  for (const stop of stops.splice(0)) stop();
  Reflect.deleteProperty(globalThis, 'document');
  Reflect.deleteProperty(globalThis, 'addEventListener');
  api.close();
});

describe('Watching the sessions', () => {
  test('tells what there is, and what has changed since, without counting as activity', async () => {
    const [one, two] = [[session('a')], [session('a'), session('b')]];
    const client = given(success(one), success(one), success(two));

    const { seen } = watch(client);
    await pass(0);
    const first = [...seen];
    await pass(2 * EVERY_MS);

    expect([first, seen]).toEqual([[one], [one, two]]);
    expect(new Set(api.received.map(({ url }) => url))).toEqual(new Set([`${USER_PATH}?passive=true`]));
  });

  test('asks every 30 seconds, or as often as it is told', async () => {
    const client = given(...Array.from({ length: 20 }, () => success([])));

    const { stop } = watch(client);
    await pass(EVERY_MS - 1);
    const before = api.received.length;
    await pass(1);
    const after = api.received.length;
    stop();
    watch(client, { everyMs: 1_000 });
    await pass(5_000);

    expect([before, after, api.received.length]).toEqual([1, 2, 8]);
  });

  test('reads all pages, of the user it is told', async () => {
    const client = given(success([session('a')], { nextCursor: 'next' }), success([session('b')]));

    const { seen } = watch(client, { userId: 'ada' });
    await pass(0);

    expect(seen).toEqual([[session('a'), session('b')]]);
    expect(api.received.map(({ url }) => url)).toEqual([
      '/dev/users/ada/sessions?passive=true',
      '/dev/users/ada/sessions?cursor=next&passive=true',
    ]);
  });

  test.each(['focus', 'online'])('asks at once on the event %s, and in its time after that', async (event) => {
    const { window } = openPage();
    const client = given(success([]), success([session('a')]), success([]));

    const { seen } = watch(client);
    await pass(EVERY_MS / 2);
    window.dispatchEvent(new Event(event));
    await pass(0);
    const atOnce = [...seen];
    await pass(EVERY_MS - 1);

    expect(atOnce).toEqual([[], [session('a')]]);
    expect(api.received).toHaveLength(2);
  });

  test('does not ask while the page is hidden, and asks at once when it is seen again', async () => {
    const { document, window } = openPage();
    document.visibilityState = 'hidden';
    const client = given(success([]));

    const { seen } = watch(client);
    window.dispatchEvent(new Event('focus'));
    await pass(10 * EVERY_MS);
    const askedWhileHidden = api.received.length;
    document.visibilityState = 'visible';
    document.dispatchEvent(new Event('visibilitychange'));
    await pass(0);

    expect([askedWhileHidden, seen]).toEqual([0, [[]]]);
  });

  test('asks once more after an answer if the page was focused before it came, and then in its time', async () => {
    const { window } = openPage();
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const client = given({ ...success([]), after: opened }, success([session('a')]), success([]));

    const { seen } = watch(client);
    await api.until(1);
    window.dispatchEvent(new Event('focus'));
    await pass(0);
    const asked = api.received.length;
    open();
    await pass(0);
    const askedAgain = [...seen];
    await pass(EVERY_MS - 1);

    expect(asked).toBe(1);
    expect(askedAgain).toEqual([[], [session('a')]]);
    expect(api.received).toHaveLength(2);
  });

  test.each(['its signal', 'its own function'])(
    'stops by %s, also in the middle of a request, and hears no event any more',
    async (how) => {
      const { document, window } = openPage();
      const controller = new AbortController();
      const client = given('hang', success([]));

      const { seen, told, stop } = watch(client, { signal: controller.signal });
      await api.until(1);
      if (how === 'its signal') controller.abort();
      else stop();
      await pass(10 * EVERY_MS);
      for (const event of ['focus', 'online']) window.dispatchEvent(new Event(event));
      document.dispatchEvent(new Event('visibilitychange'));
      await pass(EVERY_MS);

      expect(api.received).toHaveLength(1);
      expect(seen).toEqual([]);
      expect(told.error).not.toHaveBeenCalled();
    },
  );

  test('leaves nothing behind once it has stopped: no timer, and nobody who listens', async () => {
    const { document, window } = openPage();
    const controller = new AbortController();
    const listening = () => [
      getEventListeners(document, 'visibilitychange').length,
      getEventListeners(window, 'focus').length,
      getEventListeners(window, 'online').length,
      getEventListeners(controller.signal, 'abort').length,
    ];
    const client = given(success([]));

    const { stop } = watch(client, { signal: controller.signal });
    await pass(0);
    const during = listening();
    stop();

    expect(during).toEqual([1, 1, 1, 1]);
    expect(listening()).toEqual([0, 0, 0, 0]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('does not begin with a signal that is aborted', async () => {
    const client = given(success([]));

    watch(client, { signal: AbortSignal.abort() });
    await pass(EVERY_MS);

    expect(api.received).toEqual([]);
  });

  test('ends with the session, and tells why', async () => {
    const client = given(success([]), sessionEnded('ended'), success([]));

    const { told } = watch(client);
    await pass(10 * EVERY_MS);

    expect(told.ended.mock.calls).toEqual([[expect.objectContaining({ reason: 'ended' })]]);
    expect(told.error).not.toHaveBeenCalled();
    expect(api.received).toHaveLength(2);
  });

  test('ends with the session also if nobody wants to know why', async () => {
    const reported = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const client = given(sessionEnded('ended'), success([]));

    watch(client, { onSessionEnded: undefined });
    await pass(10 * EVERY_MS);

    expect(api.received).toHaveLength(1);
    expect(reported).not.toHaveBeenCalled();
    reported.mockRestore();
  });

  test('ends with one’s own logout, and tells nothing', async () => {
    const { window } = openPage();
    const client = given(success([]), success({ message: '' }), sessionEnded('ended'));

    const { told } = watch(client);
    await pass(0);
    await client.logout();
    window.dispatchEvent(new Event('focus'));
    await pass(10 * EVERY_MS);

    expect(api.received.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(told.ended).not.toHaveBeenCalled();
  });

  test('goes on after a logout everywhere that was refused, and ends with one that worked', async () => {
    const client = given(
      success([]),
      failure(401, 'SIGN_IN_TOO_OLD'),
      success([session('a')]),
      success({ deletedSessions: 1, sessionId: 'here' }),
      success([]),
    );

    const { seen } = watch(client);
    await pass(0);
    await client.logout({ everywhere: true });
    await pass(EVERY_MS);
    await client.logout({ everywhere: true });
    await pass(10 * EVERY_MS);

    expect(seen).toEqual([[], [session('a')]]);
    expect(api.received).toHaveLength(4);
  });

  test('may begin again after a logout', async () => {
    const client = given(success({ message: '' }), success([session('a')]));

    await client.logout();
    const { seen } = watch(client);
    await pass(0);

    expect(seen).toEqual([[session('a')]]);
  });

  test('goes on after a failure, which it tells', async () => {
    const client = given(failure(500, 'INTERNAL_SERVER_ERROR'), success([]));

    const { seen, told } = watch(client);
    await pass(2 * EVERY_MS);

    expect(told.error.mock.calls).toEqual([[expect.objectContaining({ status: 500 })]]);
    expect(seen).toEqual([[]]);
  });

  test('goes on after a failure that nobody wants to know of', async () => {
    const client = given(failure(500, 'INTERNAL_SERVER_ERROR'), success([]));

    const { seen } = watch(client, { onError: undefined });
    await pass(2 * EVERY_MS);

    expect(seen).toEqual([[]]);
  });

  test('asks half as often after each failure, down to an eighth, and as before after an answer', async () => {
    const broken = Array.from({ length: 5 }, () => failure(500, 'INTERNAL_SERVER_ERROR'));
    const client = given(...broken, success([]), success([]));
    const at: number[] = [];

    watch(client);
    await pass(0);
    for (let round = 0; round <= 31; round += 1) {
      while (at.length < api.received.length) at.push(round);
      await pass(EVERY_MS);
    }

    expect(at).toEqual([0, 2, 6, 14, 22, 30, 31]);
  });

  test('asks no earlier than Retry-After says', async () => {
    const client = given(failure(429, 'TOO_MANY_REQUESTS', { 'Retry-After': '3600' }), success([]));

    watch(client);
    await pass(3_599_000);
    const early = api.received.length;
    await pass(1_000);

    expect([early, api.received.length]).toEqual([1, 2]);
  });

  test('goes on although a handler throws', async () => {
    const reported = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const client = given(success([]), success([session('a')]));
    let calls = 0;

    watch(client, {
      onChange() {
        calls += 1;
        throw new Error('The page broke.');
      },
    });
    await pass(EVERY_MS);

    expect(calls).toBe(2);
    expect(reported).toHaveBeenCalledTimes(2);
    reported.mockRestore();
  });
});
