type DeviceType = 'desktop' | 'mobile' | 'tablet' | 'tv' | 'bot' | 'unknown';

/** What a user agent says of itself, in words that a person knows. It proves nothing: a client can send any. */
export interface Device {
  readonly browser: string;
  readonly os: string;
  readonly type: DeviceType;
}

export const UNKNOWN_BROWSER = 'Unknown browser';
export const UNKNOWN_SYSTEM = 'Unknown system';

/** The longest user agent that a registration accepts; the older backend may have stored longer ones. */
const MAX_LENGTH = 1_000;

/** A pattern, and what it means. The first one of a list that matches counts. */
type Names = readonly (readonly [pattern: RegExp, name: string])[];

const SYSTEMS: Names = [
  [/windows phone|iemobile/i, 'Windows Phone'],
  [/iphone|ipad|ipod/i, 'iOS'],
  // An app may be called anything: what its network library says comes before the names of other systems.
  [/cfnetwork.* \((?:x86_64|arm64)/i, 'macOS'],
  [/cfnetwork/i, 'iOS'],
  [/; ?xbox/i, 'Xbox'],
  [/windows|\bwin(?:32|64)\b/i, 'Windows'],
  [/apple ?tv|\btvos\b/i, 'tvOS'],
  [/\bwatchos\b/i, 'watchOS'],
  [/playstation 5/i, 'PlayStation 5'],
  [/\(playstation/i, 'PlayStation'],
  [/\(nintendo/i, 'Nintendo'],
  // An iPad that asks for desktop pages says that it is a Mac, but its browser has the name that it has there.
  [/\bios\b|(?:fxi|cri|edgi|opi)os\/|macintosh.* mobile\//i, 'iOS'],
  [/macintosh|mac ?os|\bosx\b/i, 'macOS'],
  [/harmonyos|openharmony/i, 'HarmonyOS'],
  [/kaios/i, 'KaiOS'],
  [/web[o0]s\b/i, 'webOS'],
  [/\btizen\b/i, 'Tizen'],
  [/roku\/dvp/i, 'Roku'],
  [/android|dalvik/i, 'Android'],
  [/\bcros\b/i, 'Chrome OS'],
  [/blackberry|\bbb10\b|playbook/i, 'BlackBerry'],
  [/freebsd/i, 'FreeBSD'],
  [/linux|ubuntu|\bx11\b/i, 'Linux'],
];

/** Pages that are shown within another app: they name it in a way of their own. */
const APPS: Names = [
  [/messengerforios|messengerliteforios|fb_iab\/messenger|orca-android/i, 'Messenger'],
  [/instagram/i, 'Instagram'],
  [/barcelona \d/i, 'Threads'],
  [/\bfb(?:an|av|_iab)\//i, 'Facebook'],
  [/bytedancewebview|musical_ly|\btrill_|tiktok/i, 'TikTok'],
  [/linkedinapp/i, 'LinkedIn'],
  [/micromessenger/i, 'WeChat'],
  [/twitter for |twitterandroid/i, 'X'],
  [/\bline\/\d/i, 'LINE'],
  [/kakaotalk/i, 'KakaoTalk'],
  [/\bnaver\(/i, 'NAVER'],
  [/pinterest\//i, 'Pinterest'],
  [/snapchat/i, 'Snapchat'],
  [/\(ecosia /i, 'Ecosia'],
  [/opera mini/i, 'Opera Mini'],
  [/oculusbrowser/i, 'Meta Quest Browser'],
  [/\bmsie |trident\//i, 'Internet Explorer'],
];

/** Products that go by another name. The others are called as they call themselves. */
const PRODUCTS: Names = [
  [/^edg(?:e|a|ios)?$/i, 'Edge'],
  [/^op(?:r|t|ios)$/i, 'Opera'],
  [/^opx$/i, 'Opera GX'],
  [/^crios$/i, 'Chrome'],
  [/^fxios$/i, 'Firefox'],
  [/^ddg$/i, 'DuckDuckGo'],
  [/^yabrowser$/i, 'Yandex'],
  [/^ucbrowser$/i, 'UC Browser'],
  [/^samsungbrowser$/i, 'Samsung Internet'],
  [/^huaweibrowser$/i, 'Huawei Browser'],
  [/^miuibrowser$/i, 'Mi Browser'],
  [/^heytapbrowser$/i, 'HeyTap Browser'],
  [/^vivobrowser$/i, 'Vivo Browser'],
  [/^m?qqbrowser$/i, 'QQ Browser'],
  [/^gsa$/i, 'Google Search'],
  [/^silk$/i, 'Amazon Silk'],
  [/^slack_ssb$/i, 'Slack'],
  [/^crkey$/i, 'Chromecast'],
  [/^node$/i, 'Node.js'],
  [/^kaios$/i, 'KaiOS'],
  [/^dalvik$/i, 'App'],
  [/^windowspowershell$/i, 'PowerShell'],
];

/** Engines, platforms and other parts that many browsers name and that tell none from another. */
const COMMON = new RegExp(
  `^(?:${[
    'mozilla|applewebkit|safari|version|mobile|gecko|chrome|chromium|firefox|electron|presto|trident|arkweb|goanna',
    'cfnetwork|darwin|alamofire|okhttp|wv|build|u3|tbs|yowser|viewer|config|agency|jssdk|xweb|hbbtv|ubuntu|fedora|debian|core|nf|nx|herring',
  ].join('|')})$`,
  'i',
);
/** What stands before a product's name and does not belong to it. */
const NOT_A_NAME = /^(?:mobile|tablet|like)$/i;
const NAME = /^(?=.*\p{L})[\p{L}\p{N}][\p{L}\p{M}\p{N} ._&'+!-]{0,39}$/u;

/** How bots introduce themselves: by such a name, a contact, or as compatible. Internet Explorer was compatible too. */
const BOT = new RegExp(
  [
    '(?:bot|spider|crawler)s?(?=[/;)]| \\d| ?\\(|$)|bot-|compatible; ?(?!msie|konqueror|ms-office)[a-z]|^mozilla.*\\+https?:',
    '-user/|slurp|ia_archiver|externalhit|meta-external|headless|lighthouse|pingdom|uptime|bingpreview|healthchecker|kube-probe',
  ].join('|'),
  'i',
);
const BOT_NAME = /compatible; ?([\w .!-]{1,40})|([\w -]{0,16}(?:bot|spider|crawler)[\w-]{0,16})/i;
/** The name of a phone makes it no bot: there are phones called "CUBOT" and "M BOT 551". */
const ANDROID_MODEL = /\([^()]*android(?![^()]*compatible;)[^()]*\)/gi;
const TV = new RegExp(
  [
    '\\btv\\b(?!/)|smart-?tv|google-?tv|android-?tv|appletv|hbbtv|\\bmitv|mibox|\\btvos\\b|netcast|bravia|roku/dvp|set-?top',
    '\\(playstation|\\(nintendo|; ?xbox|\\bcrkey\\b|chromecast|\\baft[a-z]+\\b|web[o0]s;',
  ].join('|'),
  'i',
);
const HEADSET = /\bquest (?:[2-9]|pro)|oculus|\bpico |hololens|\bvr safari/i;
const TABLET = new RegExp(
  [
    'ipad|tablet(?! pc)|playbook|kindle|\\bsilk/|\\bkf[a-z]{2,}\\b|\\bsm-[tpx]\\d|\\bpad\\b|matepad|nexus (?:7|9|10)\\b|lenovo tb',
    'macintosh.* (?:mobile|fxios|crios|edgios|opios)/',
  ].join('|'),
  'i',
);
const MOBILE = /mobi|\bphone\b|blackberry|\bbb10\b|kaios|opera mini|symbian|midp/i;
/** An Android browser says "Mobile" on a phone and nothing on a tablet; an app says neither. */
const ANDROID_BROWSER = /^mozilla.*(?:chrome|safari)\//i;
const DESKTOP_SYSTEMS: ReadonlySet<string> = new Set(['Windows', 'macOS', 'Linux', 'Chrome OS', 'FreeBSD']);
/** They run anywhere: their system says little of the device. */
const TOOL =
  /^(?:curl|wget|python|go-http|java|apache-http|okhttp|node|axios|postman|insomnia|httpie|ruby|rest-client|guzzle|dart|deno|bun)\b/i;

export function deviceOf(userAgent: string): Device {
  const text = userAgent.slice(0, MAX_LENGTH);
  const os = nameIn(SYSTEMS, text) ?? UNKNOWN_SYSTEM;
  const type = typeOf(text, os);
  return { browser: (type === 'bot' ? botName(text) : undefined) ?? browserOf(text, os), os, type };
}

function typeOf(text: string, os: string): DeviceType {
  // An app that names its device may be called anything.
  const isApp = (os === 'iOS' || os === 'Android') && !/^mozilla|https?:/i.test(text);
  if (!isApp && BOT.test(text.replace(ANDROID_MODEL, ''))) return 'bot';
  if (/iphone|ipod/i.test(text)) return 'mobile';
  if (TV.test(text)) return 'tv';
  if (HEADSET.test(text) || TOOL.test(text)) return 'unknown';
  if (TABLET.test(text)) return 'tablet';
  if (MOBILE.test(text) || os === 'iOS') return 'mobile';
  if (os === 'Android') return ANDROID_BROWSER.test(text) ? 'tablet' : 'mobile';
  return DESKTOP_SYSTEMS.has(os) || /\(pc;/i.test(text) ? 'desktop' : 'unknown';
}

function browserOf(text: string, os: string): string {
  const app = nameIn(APPS, text);
  if (app) return app;
  const products = productsOf(text).filter((name) => !COMMON.test(name));
  // An app names itself beside the browser that it is built on; of two browsers, the one named last is it.
  const own = products.find((name) => !nameIn(PRODUCTS, name));
  const known = products.map((name) => nameIn(PRODUCTS, name)).findLast(Boolean);
  return own ?? known ?? engineOf(text, os) ?? UNKNOWN_BROWSER;
}

function engineOf(text: string, os: string): string | undefined {
  if (/firefox\/\d/i.test(text)) return 'Firefox';
  if (/electron\/\d/i.test(text)) return 'Electron';
  if (/chrom(?:e|ium)\/\d/i.test(text)) return 'Chrome';
  if (/safari\/\d/i.test(text)) {
    if (os === 'Android') return 'Android Browser';
    return os === 'iOS' || DESKTOP_SYSTEMS.has(os) ? 'Safari' : undefined;
  }
  // A web view of an app, or an app that says no more.
  if (os === 'iOS' && /mobile\/|cfnetwork/i.test(text)) return 'App';
  if (/^okhttp\//i.test(text)) return 'okhttp';
  const whole = text.trim();
  return nameIn(PRODUCTS, whole) ?? (NAME.test(whole) ? whole : undefined);
}

function botName(text: string): string | undefined {
  const [, compatible, word] = BOT_NAME.exec(text.replace(ANDROID_MODEL, '')) ?? [];
  return (compatible ?? word)?.trim();
}

/** The names of the products in a user agent, in their order: of "Acme Desk/2.4 Mobile Safari/537.36", two. */
function productsOf(text: string): string[] {
  const products: string[] = [];
  let words: string[] = [];
  for (const word of text.replace(/\([^()]*\)/g, ' ').split(/[\s;,]+/)) {
    const parts = word.split('/');
    if (parts.length === 1) {
      words.push(word);
      continue;
    }
    const last = parts[parts.findIndex((part) => /^v?\d/i.test(part)) - 1];
    if (last) {
      const isKnown = COMMON.test(last) || nameIn(PRODUCTS, last) !== undefined;
      const name = isKnown ? last : [...words.filter((one) => !NOT_A_NAME.test(one)), decoded(last)].join(' ').trim();
      if (NAME.test(name)) products.push(name);
    }
    words = [];
  }
  return products;
}

/** iOS writes an app's name percent-encoded. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

const nameIn = (names: Names, text: string): string | undefined => names.find(([pattern]) => pattern.test(text))?.[1];
