// Two of bowser's lists, not its parser: that one brings engines, vendors and versions too, and every kilobyte of a
// bundle is loaded at each cold start.
import browsers from 'bowser/src/parser-browsers.js';
import systems from 'bowser/src/parser-os.js';

type DeviceType = 'desktop' | 'mobile' | 'tablet' | 'tv' | 'bot' | 'unknown';

/** What a user agent says of itself, in words that a person knows. It proves nothing: a client can send any. */
export interface Device {
  readonly browser: string;
  readonly os: string;
  readonly type: DeviceType;
}

const UNKNOWN_BROWSER = 'Unknown browser';
const UNKNOWN_SYSTEM = 'Unknown system';

/** The longest user agent that a registration accepts; the older backend may have stored longer ones. */
const MAX_LENGTH = 1_000;

/** Names that say more than a person needs beside the system's name. */
const SHORT: Readonly<Record<string, string>> = {
  'Microsoft Edge': 'Edge',
  'Samsung Internet for Android': 'Samsung Internet',
};

const BOT = /bot\b|crawl|spider|slurp|ia_archiver|externalhit|pingdom|meta-external|-user\//i;
const TV = /smart-?tv|netcast|appletv|googletv|\bbravia\b|\broku\b|playstation|\bcrkey\b/i;
const TABLET = /ipad|tablet(?! pc)|silk|kftt build/i;
const MOBILE = /mobi|iphone|ipod|windows phone|blackberry/i;
const DESKTOP_SYSTEMS: ReadonlySet<string> = new Set(['Windows', 'macOS', 'Linux', 'Chrome OS']);

/** A desktop application stands in its user agent just before the Chrome that it is built on. */
const ELECTRON_APP = /\) ([\w.-]{1,40})\/[\w.-]{1,20} Chrome\/[\d.]{1,20} Electron\//;
/** What command lines and libraries send: a product and its version. */
const TOOL = /^([a-z][\w.-]{0,39})\/\d/i;

export function deviceOf(userAgent: string): Device {
  const text = userAgent.slice(0, MAX_LENGTH);
  const os = nameIn(systems, text) ?? UNKNOWN_SYSTEM;
  return { browser: browserOf(text), os, type: typeOf(text, os) };
}

function browserOf(text: string): string {
  const app = ELECTRON_APP.exec(text)?.[1];
  if (app) return app;
  // The last one of the list matches everything and names it by whatever stands first.
  const known = nameIn(browsers.slice(0, -1), text);
  if (known) return SHORT[known] ?? known;
  const tool = TOOL.exec(text)?.[1];
  return tool && tool !== 'Mozilla' ? tool : UNKNOWN_BROWSER;
}

function typeOf(text: string, os: string): DeviceType {
  if (BOT.test(text)) return 'bot';
  if (TV.test(text)) return 'tv';
  if (TABLET.test(text)) return 'tablet';
  if (MOBILE.test(text)) return 'mobile';
  // Android says "Mobile" on a phone, and nothing on a tablet.
  if (os === 'Android') return 'tablet';
  return DESKTOP_SYSTEMS.has(os) ? 'desktop' : 'unknown';
}

function nameIn(descriptors: typeof browsers, text: string): string | undefined {
  const parser = {
    test: (pattern: RegExp) => pattern.test(text),
    getUA: () => text,
    hasBrand: () => false,
    getBrandVersion: () => undefined,
  };
  const found = descriptors.find(({ test }) =>
    typeof test === 'function' ? test(parser) : test.some((pattern) => pattern.test(text)),
  );
  return found?.describe(text, parser).name;
}
