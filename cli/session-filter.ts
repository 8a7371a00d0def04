import { BlockList, isIP } from 'node:net';
import { UsageProblem } from '../command/command';
import { printable } from '../command/printable';
import { isoTime, lastAddress, lastUsed, readTime, type StoredSession } from '../lambda/domain/session';
import { deviceOf, UNKNOWN_BROWSER, UNKNOWN_SYSTEM } from '../lambda/http/device';
import { locationOf } from '../lambda/http/session-view';

/** The flags that say which sessions. */
export const CRITERIA = {
  address: { type: 'string', multiple: true },
  country: { type: 'string', multiple: true },
  agent: { type: 'string', multiple: true },
  'signed-in-before': { type: 'string' },
  'idle-for': { type: 'string' },
  'not-from': { type: 'string', multiple: true },
} as const;

type CriteriaFlags = {
  readonly [Flag in keyof typeof CRITERIA]?: (typeof CRITERIA)[Flag] extends { multiple: true } ? string[] : string;
};

/** What a filter says of a session. */
export interface Match {
  readonly matches: boolean;
  /** Whether that depends on its address or country, which is not known; every other criterion holds. */
  readonly isPlaceUnknown: boolean;
}

export interface SessionFilter {
  /** The criteria in words, with the times that were understood. */
  readonly words: string;
  /**
   * @param session a live one: the rule has found its times readable
   * @param now epoch milliseconds
   */
  readonly match: (session: StoredSession, now: number) => Match;
}

interface Criterion {
  readonly words: string;
  /** @returns undefined if the session's address or country would decide, and is not known */
  readonly holds: (session: StoredSession, now: number) => boolean | undefined;
  /** Whether it counts as holding then. */
  readonly ifUnknown?: boolean;
}

const NO_MATCH: Match = { matches: false, isPlaceUnknown: false };

/**
 * Reads the criteria. All of them must hold; of one that is given several times, one value must.
 * @param now epoch milliseconds
 * @returns undefined if there are none
 * @throws a usage problem for a value that cannot be understood
 */
export function filterFrom(flags: CriteriaFlags, now: number): SessionFilter | undefined {
  const { address, country, agent, 'not-from': notFrom } = flags;
  const signedInBefore = flags['signed-in-before'];
  const idleFor = flags['idle-for'];
  const criteria: Criterion[] = [];
  if (address) criteria.push(addressIn(address));
  if (country) criteria.push(countryIn(country));
  if (agent) criteria.push(agentHas(agent));
  if (signedInBefore !== undefined) criteria.push(signedIn(signedInBefore, now));
  if (idleFor !== undefined) criteria.push(idle(idleFor));
  if (notFrom) criteria.push(fromElsewhere(notFrom));
  if (criteria.length === 0) return undefined;
  return {
    words: criteria.map(({ words }) => words).join('; '),
    match: (session, at) => {
      let [matches, isPlaceUnknown] = [true, false];
      for (const { holds, ifUnknown = false } of criteria) {
        const answer = holds(session, at);
        if (answer === false) return NO_MATCH;
        isPlaceUnknown ||= answer === undefined;
        matches &&= answer ?? ifUnknown;
      }
      return { matches, isPlaceUnknown };
    },
  };
}

/** Signed in from there, or last used there. */
function addressIn(values: readonly string[]): Criterion {
  const texts = listed(values);
  const networks = networksOf('--address', texts);
  return {
    words: `address ${texts.join(' or ')}`,
    holds: ({ ipAddress, lastIpAddress }) => {
      const known = [ipAddress, lastIpAddress].filter(isAddress);
      return known.length === 0 ? undefined : known.some((one) => isIn(networks, one));
    },
  };
}

function countryIn(values: readonly string[]): Criterion {
  const codes = listed(values).map((text) => countryFrom('--country', text));
  return {
    words: `country ${codes.map(inWords).join(' or ')}`,
    holds: (session) => {
      const code = countryOf(session);
      return code === undefined ? undefined : codes.includes(code);
    },
  };
}

function agentHas(values: readonly string[]): Criterion {
  if (values.some((value) => value.trim() === ''))
    throw new UsageProblem('--agent is empty; a piece of a user agent or of a device’s name is expected.');
  const pieces = values.map((value) => value.trim().toLowerCase());
  const contains = (text: unknown) =>
    typeof text === 'string' && pieces.some((piece) => text.toLowerCase().includes(piece));
  return {
    words: `agent with ${values.map((value) => JSON.stringify(value.trim())).join(' or ')}`,
    holds: ({ userAgent, deviceName }) =>
      contains(userAgent) || contains(deviceName) || contains(deviceInWords(userAgent)),
  };
}

function signedIn(value: string, now: number): Criterion {
  const before = readTime(value);
  const [day = ''] = value.split('T');
  // A day that its month does not have would be one of the next month.
  if (before === undefined || isoTime(readTime(day) ?? 0).slice(0, day.length) !== day)
    throw new UsageProblem(
      `--signed-in-before is "${printable(value)}"; a day or an ISO 8601 time is expected, like 2026-11-23 or 2026-11-23T12:00:00Z.`,
    );
  if (before > now)
    throw new UsageProblem(
      `--signed-in-before is ${isoTime(before)}, in the future: that is every session. For that, use --everyone.`,
    );
  return {
    words: `signed in before ${isoTime(before)}`,
    holds: ({ loginTime, createdAt }) => (readTime(loginTime) ?? readTime(createdAt) ?? now) < before,
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000 };

function idle(value: string): Criterion {
  const [, amount = '', unit = ''] = /^(\d+)([dhm])$/.exec(value) ?? [];
  const milliseconds = Number(amount) * (UNITS_MS[unit] ?? 0);
  if (milliseconds === 0)
    throw new UsageProblem(
      `--idle-for is "${printable(value)}"; days, hours or minutes are expected, like 7d, 12h or 30m.`,
    );
  return {
    words: `not used for ${value}`,
    holds: (session, now) => now - lastUsed(session) >= milliseconds,
  };
}

/** Last used elsewhere. Who ends what is not from home does not want to spare what may be from anywhere. */
function fromElsewhere(values: readonly string[]): Criterion {
  const texts = listed(values);
  const isCountry = (text: string) => /^[a-z]*$/i.test(text);
  const codes = texts.filter(isCountry).map((text) => countryFrom('--not-from', text));
  const places = texts.filter((text) => !isCountry(text));
  const networks = networksOf('--not-from', places);
  return {
    words: `last used elsewhere than ${[...codes.map(inWords), ...places].join(' or ')}`,
    ifUnknown: true,
    holds: (session) => {
      const address = lastAddress(session);
      if (isAddress(address) && isIn(networks, address)) return false;
      if (codes.length === 0) return isAddress(address) || undefined;
      const code = countryOf(session);
      return code === undefined ? undefined : !codes.includes(code);
    },
  };
}

const EXPECTED = {
  '--address': 'an IP address or a network is expected, like 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32',
  '--country': 'the two letters of a country are expected, like DE',
  '--not-from': 'an address, a network or the two letters of a country are expected, like 203.0.113.0/24 or DE',
};
type PlaceFlag = keyof typeof EXPECTED;
const misread = (flag: PlaceFlag, text: string) =>
  new UsageProblem(`${flag} is "${printable(text)}"; ${EXPECTED[flag]}.`);

const listed = (values: readonly string[]): string[] =>
  values.flatMap((value) => value.split(',')).map((value) => value.trim());

/** @param texts addresses, and networks such as `203.0.113.0/24`; an IPv4 address may be written as IPv6 */
function networksOf(flag: PlaceFlag, texts: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const text of texts) {
    const [address = '', bits, ...more] = text.split('/');
    const family = familyOf(address);
    const most = family === 'ipv4' ? 32 : 128;
    if (
      !isAddress(address) ||
      more.length > 0 ||
      !(bits === undefined || /^\d{1,3}$/.test(bits)) ||
      Number(bits) > most
    )
      throw misread(flag, text);
    networks.addSubnet(address, Number(bits ?? most), family);
  }
  return networks;
}

// An address may be one within a zone, "fe80::1%eth0", which is not an address to a block list.
const isAddress = (value: unknown): value is string =>
  typeof value === 'string' && isIP(value) > 0 && !value.includes('%');
const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');
const isIn = (networks: BlockList, address: string): boolean => networks.check(address, familyOf(address));

const countryNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
/** Unions, regions and placeholders, which have names too. "Not from EU" would be everybody from its countries. */
const NO_COUNTRIES: ReadonlySet<string> = new Set(['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ']);
/** The older backend stored English names. */
const CODES: ReadonlyMap<string, string> = new Map(
  LETTERS.flatMap((first) => LETTERS.map((second) => first + second)).flatMap((code) => {
    const name = countryNames.of(code);
    // Some countries have had other codes: UK is GB.
    const current = new Intl.Locale(`und-${code}`).region ?? code;
    return name === undefined || NO_COUNTRIES.has(code)
      ? []
      : [[code, current] as const, [name.toUpperCase(), current] as const];
  }),
);
const inWords = (code: string) => `${code} (${countryNames.of(code)})`;

function countryFrom(flag: PlaceFlag, text: string): string {
  const code = text.length === 2 ? CODES.get(text.toUpperCase()) : undefined;
  if (code !== undefined) return code;
  throw misread(flag, text);
}

/** The country of a session's last address; undefined if it is not known. */
const countryOf = ({ locationData }: StoredSession): string | undefined =>
  CODES.get(locationOf(locationData)?.country.toUpperCase() ?? '');

/** As the console has it: "Firefox on Windows"; what is not known is left out. */
export function deviceInWords(userAgent: unknown): string {
  const { browser, os } = deviceOf(typeof userAgent === 'string' ? userAgent : '');
  return [browser, os].filter((name) => name !== UNKNOWN_BROWSER && name !== UNKNOWN_SYSTEM).join(' on ');
}
