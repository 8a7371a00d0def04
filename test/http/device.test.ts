import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { type Device, deviceOf } from '../../lambda/http/device';
import { sessionView } from '../../lambda/http/session-view';
import { legacySessions, liveSession } from '../support/sessions';

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)';

const readJson = (name: string) => JSON.parse(readFileSync(join(__dirname, '..', 'data', name), 'utf8'));
const described: readonly { userAgent: string; browser: string; os: string; type: string }[] = [
  ...readJson('user-agents.json'),
  ...readJson('more-user-agents.json'),
];

/** What a person should read; alternatives are separated by a line. */
const matches = (expected: string, found: string) => ['any', found].some((one) => expected.split('|').includes(one));

describe('A user agent in words', () => {
  const cases = described.map(({ userAgent, browser, os, type }) => ({
    userAgent,
    says: `${browser} · ${os} · ${type}`,
  }));

  test.each(cases)('$says: $userAgent', ({ userAgent, says }) => {
    const { browser, os, type } = deviceOf(userAgent);

    const expected = says.split(' · ');
    const wrong = [browser, os, type].filter((found, index) => !matches(expected[index] ?? '', found));
    expect(wrong).toEqual([]);
  });

  test.each([
    ['', 'Unknown system', 'unknown'],
    ['Mozilla/5.0', 'Unknown system', 'unknown'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64)', 'Windows', 'desktop'],
    ['<script>alert(1)</script>', 'Unknown system', 'unknown'],
    ['__proto__/1', 'Unknown system', 'unknown'],
    ['\u202Eelgoog/1.0', 'Unknown system', 'unknown'],
    ['%3Cb%3E/1.0', 'Unknown system', 'unknown'],
    ['%E0%A4%A/1.0', 'Unknown system', 'unknown'],
  ])('%j names no browser, and none is guessed', (userAgent, os, type) => {
    expect(deviceOf(userAgent)).toEqual({ browser: 'Unknown browser', os, type });
  });

  const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X)';
  test.each([
    [`${IPHONE} AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148`, 'App', 'iOS', 'mobile'],
    [IPHONE, 'Unknown browser', 'iOS', 'mobile'],
    ['Mozilla/5.0 (X11; Linux x86_64) Mobile/15E148', 'Unknown browser', 'Linux', 'mobile'],
    ['okhttp/4.12.0', 'okhttp', 'Unknown system', 'unknown'],
  ])('%j names an engine at most: %s', (userAgent, browser, os, type) => {
    expect(deviceOf(userAgent)).toEqual({ browser, os, type });
  });

  test.each(['http', 'https'])('is a bot’s if it gives an address by %s, even on a phone’s system', (scheme) => {
    expect(deviceOf(`SeekBot/1.0 (+${scheme}://example.com) Android 14`).type).toBe('bot');
    expect(deviceOf('SeekBot/1.0 (Android 14)').type).toBe('mobile');
  });

  test('names every device that the older backend has seen', () => {
    const userAgents = legacySessions().flatMap(({ userAgent }) => (typeof userAgent === 'string' ? [userAgent] : []));

    const unknown = userAgents
      .map(deviceOf)
      .filter(({ browser, os, type }) => `${browser} ${os} ${type}`.match(/unknown/i));

    expect(userAgents.length).toBeGreaterThan(1_000);
    expect(unknown).toEqual([]);
  });

  test('never carries more of a user agent than a short name', () => {
    const device = deviceOf(`${'a'.repeat(900)}/1.0 (x)`);

    expect(device.browser).toBe('Unknown browser');
  });
});

describe('A hostile user agent', () => {
  /**
   * Reads it many times, or not at all: a pattern that tries everything takes seconds for one, and is stopped. Ours take
   * milliseconds for all, so a loaded machine has ample time.
   */
  function readOften(userAgent: string): Device {
    const often = () => Array.from({ length: 200 }, () => deviceOf(userAgent))[0];
    return runInNewContext('often()', { often }, { timeout: 30_000 });
  }
  const fill = (part: string) => part.repeat(Math.ceil(1_000 / part.length)).slice(0, 1_000);
  const parts = [
    ...'aA0/;( )._-',
    'Macintosh FxiOS',
    'Version/1.',
    'version/1_1_',
    'Chrome/1.1.',
    'android 1.1.',
    'os 1_1 like mac os ',
    'nexus 7',
    ') a/1 Chrome/1',
    'Windows NT 10.0',
    'opera mini/',
    'tablet ',
    'bot-',
    '-bot',
    '(android',
    'Mozilla Chrome',
    'Macintosh Mobile',
    'a a/1 ',
    '/1',
    '%E3',
    '/ (',
    '\u0000',
    '\ud83d',
  ];

  test.each(parts)('of 1,000 characters, filled with %j, is read at once', (part) => {
    expect(readOften(fill(part)).browser.length).toBeLessThanOrEqual(40);
  });

  test('longer than any that may be registered is read as far as one may be', () => {
    expect(readOften('Version/1.1 '.repeat(100_000))).toEqual(deviceOf('Version/1.1 '.repeat(90)));
  });
});

describe('A session in an answer', () => {
  test('has its device in words beside what the domain shows of it', () => {
    const session = liveSession({ userAgent: `${WINDOWS} Gecko/20100101 Firefox/156.0` });

    expect(sessionView(session, session.sessionId)).toMatchObject({
      id: session.sessionId,
      isCurrent: true,
      device: { browser: 'Firefox', os: 'Windows', type: 'desktop' },
    });
  });

  test('without a user agent has an unknown device', () => {
    expect(sessionView(liveSession({ userAgent: undefined }), undefined).device).toEqual({
      browser: 'Unknown browser',
      os: 'Unknown system',
      type: 'unknown',
    });
  });
});
