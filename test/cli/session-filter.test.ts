import { filterFrom } from '../../cli/session-filter';
import { endOf, type StoredSession } from '../../lambda/domain/session';
import { DAY, HOUR, iso, legacySessions, legacyTruth, liveSession, MINUTE, NOW } from '../support/sessions';

type Flags = Parameters<typeof filterFrom>[0];

const session = (changes: Record<string, unknown>): StoredSession => liveSession(changes as any);
const match = (flags: Flags, changes: Record<string, unknown>) =>
  filterFrom(flags, NOW)?.match(session(changes), NOW) ?? 'no filter';
const YES = { matches: true, isPlaceUnknown: false };
const NO = { matches: false, isPlaceUnknown: false };
const at = (country: string) => ({ locationData: { country } });

it('is no filter without criteria', () => {
  expect(filterFrom({}, NOW)).toBeUndefined();
});

describe('--address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.99/24', '203.0.113.1', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.0/24', '::ffff:203.0.113.9', true],
    ['203.0.113.0/24', '::ffff:cb00:7109', true],
    ['::ffff:203.0.113.0/120', '203.0.113.9', true],
    ['0.0.0.0/0', '198.51.100.1', true],
    ['2001:db8::/32', '2001:DB8:1::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:db8::1', '2001:db8:0:0::1', true],
    ['198.51.100.1, 203.0.113.7', '203.0.113.7', true],
  ])('%s has %s: %p', (address, ipAddress, matches) => {
    expect(match({ address: [address] }, { ipAddress })).toEqual({ matches, isPlaceUnknown: false });
  });

  it('matches where a session signed in, and where it was last used', () => {
    const flags = { address: ['203.0.113.0/24'] };
    expect(match(flags, { ipAddress: '203.0.113.1', lastIpAddress: '198.51.100.1' })).toEqual(YES);
    expect(match(flags, { ipAddress: '198.51.100.1', lastIpAddress: '203.0.113.1' })).toEqual(YES);
  });

  it('matches any of several', () => {
    const flags = { address: ['203.0.113.7', '2001:db8::/32'] };
    expect(match(flags, { ipAddress: '2001:db8::5' })).toEqual(YES);
    expect(match(flags, { ipAddress: '203.0.113.8' })).toEqual(NO);
  });

  it.each([[''], ['10.0.0.1:443'], ['fe80::1%eth0'], [7], [null], [undefined], [{}]])(
    'says that the place is not known if the address is %p',
    (ipAddress) => {
      expect(match({ address: ['0.0.0.0/0'] }, { ipAddress })).toEqual({ matches: false, isPlaceUnknown: true });
    },
  );
});

describe('--country', () => {
  it.each([
    ['DE', 'DE', true],
    ['de', 'DE', true],
    ['DE', 'FR', false],
    ['UK', 'GB', true],
    ['DE', 'Germany', true],
    ['FR', 'Germany', false],
    ['FR,DE', 'DE', true],
  ])('%s is %s: %p', (country, stored, matches) => {
    expect(match({ country: [country] }, at(stored))).toEqual({ matches, isPlaceUnknown: false });
  });

  it('reads the location as the older backend left it', () => {
    expect(match({ country: ['PL'] }, { locationData: '{"city":"Łódź","country":"Poland"}' })).toEqual(YES);
  });

  it.each([
    [undefined],
    ['{not json'],
    [''],
    [{ country: 7 }],
    [{ country: 'Atlantis' }],
    [{ country: 'EU' }],
    [{ country: 'ZZ' }],
  ])('says that the place is not known if the location is %p', (locationData) => {
    expect(match({ country: ['DE'] }, { locationData })).toEqual({ matches: false, isPlaceUnknown: true });
  });
});

describe('--not-from', () => {
  const office = '198.51.100.0/24';

  it.each([
    [['DE'], { ...at('FR') }, true],
    [['DE'], { ...at('DE') }, false],
    [['DE', 'FR'], { ...at('FR') }, false],
    [[office], { ipAddress: '198.51.100.7' }, false],
    [[office], { ipAddress: '203.0.113.7' }, true],
    [[office, 'DE'], { ipAddress: '198.51.100.7', ...at('FR') }, false],
    [[office, 'DE'], { ipAddress: '203.0.113.7', ...at('DE') }, false],
    [[office, 'DE'], { ipAddress: '203.0.113.7', ...at('FR') }, true],
  ])('%p, of a session %p: %p', (notFrom, changes, matches) => {
    expect(match({ 'not-from': notFrom }, changes)).toEqual({ matches, isPlaceUnknown: false });
  });

  it('is about the last use', () => {
    expect(match({ 'not-from': [office] }, { ipAddress: '198.51.100.7', lastIpAddress: '203.0.113.7' })).toEqual(YES);
    expect(match({ 'not-from': [office] }, { ipAddress: '203.0.113.7', lastIpAddress: '198.51.100.7' })).toEqual(NO);
  });

  it('matches what is from nobody knows where, and says so', () => {
    const unknown = { matches: true, isPlaceUnknown: true };
    expect(match({ 'not-from': ['DE'] }, {})).toEqual(unknown);
    expect(match({ 'not-from': [office] }, { ipAddress: 'unknown' })).toEqual(unknown);
    expect(match({ 'not-from': [office, 'DE'] }, { ipAddress: '198.51.100.7' })).toEqual(NO);
  });
});

describe('--agent', () => {
  const safari =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/27.0 Mobile/15E148 Safari/604.1';

  it.each([
    ['Acme Desk/2.4', { userAgent: 'Acme Desk/2.4 (Windows NT 10.0)' }, true],
    ['acme desk/2.4', { userAgent: 'Acme Desk/2.4 (Windows NT 10.0)' }, true],
    ['Acme Desk/2.4', { userAgent: 'Acme Desk/2.5 (Windows NT 10.0)' }, false],
    ['work', { deviceName: 'Work laptop' }, true],
    ['safari on ios', { userAgent: safari }, true],
    ['iphone', { userAgent: safari }, true],
    ['firefox', { userAgent: 7, deviceName: { a: 1 } }, false],
    ['.*', { userAgent: safari }, false],
  ])('%p is a piece of %p: %p', (agent, changes, matches) => {
    expect(match({ agent: [agent] }, changes)).toEqual({ matches, isPlaceUnknown: false });
  });
});

describe('--signed-in-before', () => {
  const before = { 'signed-in-before': '2026-11-23T10:00:00Z' };

  it.each([
    ['an hour before', { loginTime: '2026-11-23T09:00:00.000Z' }, true],
    ['at that time', { loginTime: '2026-11-23T10:00:00.000Z' }, false],
    ['before in seconds', { loginTime: Date.parse('2026-11-23T09:00:00Z') / 1_000 }, true],
    ['at an unknown time, registered before', { loginTime: 'x', createdAt: '2026-11-23T09:00:00.000Z' }, true],
    ['at an unknown time', { loginTime: {}, createdAt: [] }, false],
  ])('matches who signed in %s', (_, changes, matches) => {
    expect(match(before, changes)).toEqual({ matches, isPlaceUnknown: false });
  });

  it.each([
    ['2026-11-23', '2026-11-23T00:00:00.000Z'],
    ['2026-11-23T10:00', '2026-11-23T10:00:00.000Z'],
    ['2026-11-23T12:00:00+02:00', '2026-11-23T10:00:00.000Z'],
  ])('%s is %s', (text, time) => {
    expect(filterFrom({ 'signed-in-before': text }, NOW)?.words).toBe(`signed in before ${time}`);
  });
});

describe('--idle-for', () => {
  it.each([
    ['30m', 30 * MINUTE],
    ['12h', 12 * HOUR],
    ['7d', 7 * DAY],
  ])('%s matches what has not been used for so long', (text, time) => {
    expect(match({ 'idle-for': text }, { lastActivity: iso(NOW - time) })).toEqual(YES);
    expect(match({ 'idle-for': text }, { lastActivity: iso(NOW - time + 1) })).toEqual(NO);
  });
});

it('matches only if all criteria hold', () => {
  const flags: Flags = { country: ['DE'], agent: ['firefox'], 'idle-for': '1h' };
  const all = { ...at('DE'), lastActivity: iso(NOW - HOUR) };
  expect(match(flags, all)).toEqual(YES);
  expect(match(flags, { ...all, ...at('FR') })).toEqual(NO);
  expect(match(flags, { ...all, userAgent: 'Chrome' })).toEqual(NO);
  expect(match(flags, { ...all, lastActivity: iso(NOW) })).toEqual(NO);
  expect(match(flags, { ...all, locationData: undefined, userAgent: 'Chrome' })).toEqual(NO);
  expect(match({ ...flags, 'not-from': ['FR'] }, { ...all, locationData: undefined })).toEqual({
    matches: false,
    isPlaceUnknown: true,
  });
});

it('reads every item of the older backend', () => {
  const now = Date.parse(legacyTruth().now);
  const live = legacySessions().filter((one) => !endOf(one, now, { maxAgeDays: 30 }));
  const filter = filterFrom({ address: ['0.0.0.0/0', '::/0'], agent: ['mozilla'], 'not-from': ['PL'] }, now);
  const matches = live.map((one) => filter?.match(one, now));
  const poles = live.filter(({ locationData }) => JSON.stringify(locationData)?.includes('Poland'));
  expect(poles.length).toBeGreaterThan(0);
  expect(matches.filter((one) => one?.matches)).toHaveLength(live.length - poles.length);
});

it.each<Flags>([
  { address: [''] },
  { address: ['203.0.113'] },
  { address: ['203.0.113.0/33'] },
  { address: ['203.0.113.0/'] },
  { address: ['203.0.113.0/24/8'] },
  { address: ['2001:db8::/129'] },
  { address: ['fe80::1%eth0'] },
  { address: ['DE'] },
  { country: [''] },
  { country: ['XX'] },
  { country: ['ZZ'] },
  { country: ['Germany'] },
  { country: ['DE;FR'] },
  { agent: [' '] },
  { agent: ['a', ''] },
  { 'signed-in-before': '' },
  { 'signed-in-before': 'yesterday' },
  { 'signed-in-before': '2026-02-31' },
  { 'signed-in-before': '2026-02-31T10:00:00Z' },
  { 'signed-in-before': iso(NOW + 1) },
  { 'idle-for': '' },
  { 'idle-for': '7' },
  { 'idle-for': '0d' },
  { 'idle-for': '7 days' },
  { 'idle-for': '1w' },
  { 'not-from': [''] },
  { 'not-from': ['DE', 'XX'] },
  { 'not-from': ['EU'] },
  { 'not-from': ['198.51.100.0/24', 'the office'] },
])('%j is wrong usage', (flags) => {
  expect(() => filterFrom(flags, NOW)).toThrow(/^--[\w-]+ is /);
});
