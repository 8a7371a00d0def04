import type { WatchOptions } from '../../client';
import { failure, type Script, scriptedApi, sessionEnded, success, USER_PATH } from './scripted-api';

let api: Awaited<ReturnType<typeof scriptedApi>>;
const given = async (...scripts: Script[]) => {
  api = await scriptedApi(...scripts);
  return api.client();
};
const session = (id: string) => ({ id });
/** Nothing in these tests waits for it. */
const NEVER = 2_000_000_000;
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

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
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

afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  Reflect.deleteProperty(globalThis, 'document');
  Reflect.deleteProperty(globalThis, 'addEventListener');
  await api.close();
});

describe('Watching the sessions', () => {
  test('tells what there is, and what has changed since, without counting as activity', async () => {
    const [one, two] = [[session('a')], [session('a'), session('b')]];
    const client = await given(success(one), success(one), success(two));

    const { seen } = watch(client, { everyMs: 10 });
    await until(() => seen.length === 2);

    expect(seen).toEqual([one, two]);
    expect(new Set(api.received.map(({ url }) => url))).toEqual(new Set([`${USER_PATH}?passive=true`]));
  });

  test.each(['focus', 'online'])('asks at once on the event %s', async (event) => {
    const { window } = openPage();
    const client = await given(success([]), success([session('a')]));

    const { seen } = watch(client, { everyMs: NEVER });
    await until(() => seen.length === 1);
    window.dispatchEvent(new Event(event));
    await until(() => seen.length === 2);

    expect(seen).toEqual([[], [session('a')]]);
  });

  test('does not ask while the page is hidden, and asks at once when it is seen again', async () => {
    const { document, window } = openPage();
    document.visibilityState = 'hidden';
    const client = await given(success([]));

    const { seen } = watch(client, { everyMs: 1 });
    window.dispatchEvent(new Event('focus'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const askedWhileHidden = api.received.length;
    document.visibilityState = 'visible';
    document.dispatchEvent(new Event('visibilitychange'));
    await until(() => seen.length === 1);

    expect(askedWhileHidden).toBe(0);
  });

  test('asks once more after an answer if the page was focused before it came', async () => {
    const { window } = openPage();
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const client = await given({ ...success([]), after: opened }, success([session('a')]));

    const { seen } = watch(client, { everyMs: NEVER });
    await api.until(1);
    window.dispatchEvent(new Event('focus'));
    open();
    await until(() => seen.length === 2);

    expect(api.received).toHaveLength(2);
  });

  test.each(['its signal', 'its own function'])('stops by %s, also in the middle of a request', async (how) => {
    const controller = new AbortController();
    const client = await given('hang', success([]));

    const { seen, told, stop } = watch(client, { everyMs: 1, signal: controller.signal });
    await api.until(1);
    if (how === 'its signal') controller.abort();
    else stop();
    await new Promise((resolve) => setTimeout(resolve, 50));

    expect(api.received).toHaveLength(1);
    expect(seen).toEqual([]);
    expect(told.error).not.toHaveBeenCalled();
  });

  test('does not begin with a signal that is aborted', async () => {
    const client = await given(success([]));

    watch(client, { signal: AbortSignal.abort() });
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(api.received).toEqual([]);
  });

  test('ends with the session, and tells why', async () => {
    const client = await given(success([]), sessionEnded('ended'), success([]));

    const { told } = watch(client, { everyMs: 1 });
    await until(() => told.ended.mock.calls.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));

    expect(told.ended).toHaveBeenCalledTimes(1);
    expect(told.ended.mock.calls[0]?.[0]).toMatchObject({ reason: 'ended' });
    expect(api.received).toHaveLength(2);
  });

  test('ends with one’s own logout, and tells nothing', async () => {
    const { window } = openPage();
    const client = await given(success([]), success({ message: '' }), sessionEnded('ended'));

    const { seen, told } = watch(client, { everyMs: NEVER });
    await until(() => seen.length === 1);
    await client.logout();
    window.dispatchEvent(new Event('focus'));
    await new Promise((resolve) => setTimeout(resolve, 50));

    expect(api.received.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(told.ended).not.toHaveBeenCalled();
  });

  test('goes on after a failure, which it tells', async () => {
    const client = await given(failure(500, 'INTERNAL_SERVER_ERROR'), success([]));

    const { seen, told } = watch(client, { everyMs: 5 });
    await until(() => seen.length === 1);

    expect(told.error.mock.calls).toEqual([[expect.objectContaining({ status: 500 })]]);
  });

  test('goes on although a handler throws', async () => {
    const reported = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const client = await given(success([]), success([session('a')]));
    let calls = 0;

    watch(client, {
      everyMs: 5,
      onChange() {
        calls += 1;
        throw new Error('The page broke.');
      },
    });
    await until(() => calls === 2);

    expect(reported).toHaveBeenCalledTimes(2);
    reported.mockRestore();
  });
});
