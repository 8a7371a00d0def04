import { getEventListeners } from 'node:events';
import { TimeoutError } from '../../client';
import { startDeadline } from '../../client/deadline';
import { pass, stopTime } from './scripted-api';

const never = () => new Promise<never>(() => undefined);
/** How a promise stands, without waiting for it. */
async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  let state: unknown = 'pending';
  promise.then(
    (value) => {
      state = value;
    },
    (error) => {
      state = error;
    },
  );
  await pass(0);
  return state;
}

beforeEach(stopTime);
afterEach(() => jest.useRealTimers());

describe('A deadline', () => {
  test('ends what waits within it when its time is over, and not before', async () => {
    const { within, signal } = startDeadline(1_000, undefined);
    const waiting = within(never());
    waiting.catch(() => undefined);

    await pass(999);
    expect([await stateOf(waiting), signal.aborted]).toEqual(['pending', false]);
    await pass(1);

    expect(await stateOf(waiting)).toBeInstanceOf(TimeoutError);
    expect(signal.reason).toMatchObject({ code: 'TIMEOUT', message: 'No answer came within 1000 ms.' });
  });

  test('says how much is left', async () => {
    const { left } = startDeadline(1_000, undefined);

    await pass(400);

    expect(left()).toBe(600);
  });

  test('lets through what comes in time: a value, a failure, a pause', async () => {
    const { within, sleep, stop } = startDeadline(1_000, undefined);

    expect(await within(Promise.resolve('value'))).toBe('value');
    await expect(within(Promise.reject(new Error('failure')))).rejects.toThrow('failure');
    const slept = sleep(500).then(() => 'slept');
    await pass(499);
    expect(await stateOf(slept)).toBe('pending');
    await pass(1);
    expect(await slept).toBe('slept');
    stop();
  });

  test('ends a pause, and leaves no timer behind', async () => {
    const { sleep } = startDeadline(1_000, undefined);
    const slept = sleep(5_000);
    slept.catch(() => undefined);

    await pass(1_000);

    expect(await stateOf(slept)).toBeInstanceOf(TimeoutError);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('follows its caller’s signal, with the same reason', async () => {
    const controller = new AbortController();
    const { within, signal } = startDeadline(1_000, controller.signal);
    const waiting = within(never());
    waiting.catch(() => undefined);

    controller.abort(new Error('The page is left.'));

    expect(await stateOf(waiting)).toEqual(new Error('The page is left.'));
    expect(signal.reason).toEqual(new Error('The page is left.'));
  });

  test('is over at once if its caller’s signal is', async () => {
    const { within, signal } = startDeadline(1_000, AbortSignal.abort('left'));

    expect(signal.reason).toBe('left');
    await expect(within(never())).rejects.toBe('left');
  });

  test('that is stopped leaves nothing behind: no timer, and nobody who listens', async () => {
    const controller = new AbortController();
    const { stop, signal } = startDeadline(1_000, controller.signal);
    const listening = () => getEventListeners(controller.signal, 'abort').length;
    const before = [jest.getTimerCount(), listening()];

    stop();
    await pass(2_000);

    expect([before, [jest.getTimerCount(), listening()]]).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect(signal.aborted).toBe(false);
  });
});
