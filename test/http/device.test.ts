import { type Device, deviceOf } from '../../lambda/http/device';
import { sessionView } from '../../lambda/http/session-view';
import { legacySessions, liveSession } from '../support/sessions';

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko)';

type Case = readonly [userAgent: string, browser: string, os: string, type: Device['type']];

describe('A user agent in words', () => {
  const cases: readonly Case[] = [
    [`${WINDOWS} ${BLINK} Chrome/154.0.0.0 Safari/537.36`, 'Chrome', 'Windows', 'desktop'],
    [`${WINDOWS} ${BLINK} Chrome/154.0.0.0 Safari/537.36 Edg/154.0.0.0`, 'Edge', 'Windows', 'desktop'],
    [`${WINDOWS} ${BLINK} Chrome/154.0.0.0 Safari/537.36 OPR/120.0.0.0`, 'Opera', 'Windows', 'desktop'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:156.0) Gecko/20100101 Firefox/156.0',
      'Firefox',
      'Windows',
      'desktop',
    ],
    [`${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6.2 Safari/605.1.15`, 'Safari', 'macOS', 'desktop'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:154.0) Gecko/20100101 Firefox/154.0',
      'Firefox',
      'macOS',
      'desktop',
    ],
    [`Mozilla/5.0 (X11; Linux x86_64) ${BLINK} Chrome/148.0.0.0 Safari/537.36`, 'Chrome', 'Linux', 'desktop'],
    [
      `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${BLINK} Chrome/148.0.0.0 Safari/537.36`,
      'Chrome',
      'Chrome OS',
      'desktop',
    ],
    [`${IPHONE} Version/26.6.1 Mobile/15E148 Safari/604.1`, 'Safari', 'iOS', 'mobile'],
    [`${IPHONE} CriOS/148.0.0.0 Mobile/15E148 Safari/604.1`, 'Chrome', 'iOS', 'mobile'],
    [`${IPHONE} FxiOS/150.0 Mobile/15E148 Safari/605.1.15`, 'Firefox', 'iOS', 'mobile'],
    [`${IPHONE} GSA/439.4.980558000 Mobile/15E148 Safari/604.1`, 'Google Search', 'iOS', 'mobile'],
    [
      'Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1',
      'Safari',
      'iOS',
      'tablet',
    ],
    [
      `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Chrome/154.0.0.0 Mobile Safari/537.36`,
      'Chrome',
      'Android',
      'mobile',
    ],
    [`Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Chrome/154.0.0.0 Safari/537.36`, 'Chrome', 'Android', 'tablet'],
    [
      `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} SamsungBrowser/30.0 Chrome/143.0.0.0 Mobile Safari/537.36`,
      'Samsung Internet',
      'Android',
      'mobile',
    ],
    [`Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) ${BLINK} 76.0.3809.146/6.0 TV Safari/537.36`, 'Tizen', 'Tizen', 'tv'],
    // A desktop application is known by its own name.
    [
      `${MAC} ${BLINK} AcmeDesk/2.4.1 Chrome/138.0.7204.97 Electron/37.2.1 Safari/537.36`,
      'AcmeDesk',
      'macOS',
      'desktop',
    ],
    // Bots, command lines and libraries.
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'Googlebot', 'Unknown system', 'bot'],
    ['curl/8.4.0', 'curl', 'Unknown system', 'unknown'],
    ['python-requests/2.32.3', 'python-requests', 'Unknown system', 'unknown'],
    ['PostmanRuntime/7.43.0', 'PostmanRuntime', 'Unknown system', 'unknown'],
    // What says nothing is not guessed at.
    ['', 'Unknown browser', 'Unknown system', 'unknown'],
    ['Mozilla/5.0', 'Unknown browser', 'Unknown system', 'unknown'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64)', 'Unknown browser', 'Windows', 'desktop'],
    ['<script>alert(1)</script>', 'Unknown browser', 'Unknown system', 'unknown'],
    ['__proto__/1', 'Unknown browser', 'Unknown system', 'unknown'],
  ];

  test.each(cases)('%s', (userAgent, browser, os, type) => {
    expect(deviceOf(userAgent)).toEqual({ browser, os, type });
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
  const BUDGET_MS = 100;
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
    '/ (',
    '\u0000',
    '\ud83d',
  ];

  test.each(parts)('of 1,000 characters, filled with %j, is read at once', (part) => {
    const started = performance.now();

    const device = deviceOf(fill(part));

    expect(performance.now() - started).toBeLessThan(BUDGET_MS);
    expect(device.browser.length).toBeLessThanOrEqual(40);
  });

  test('longer than any that may be registered is read as far as one may be', () => {
    const started = performance.now();

    deviceOf('Version/1.1'.repeat(100_000));

    expect(performance.now() - started).toBeLessThan(BUDGET_MS);
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
