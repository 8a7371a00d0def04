import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countriesIn } from '../../lambda/runtime/countries';
import { countryDataBuiltAt, countryTable, writeCountryTable } from '../../lib/country-data';
import { writeCountryData } from '../support/country-data';

const folder = mkdtempSync(join(tmpdir(), 'countries-'));
let files = 0;
const newFile = () => join(folder, String(files++));

function lookUp(data: string) {
  const file = newFile();
  writeFileSync(file, countryTable(data));
  return countriesIn(file);
}

const bitsOf = (...bytes: number[]) => bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
const IPV4 = '0'.repeat(96);
/** 198.51.100.0/24, 203.0.113.0/25 and 2001:db8::/32; all three are for documentation. */
const [NET_1, NET_2, NET_3] = [bitsOf(198, 51, 100), `${bitsOf(203, 0, 113)}0`, bitsOf(0x20, 0x01, 0x0d, 0xb8)];

describe('The country of an address', () => {
  const networks = { [IPV4 + NET_1]: 'DE', [IPV4 + NET_2]: 'AT', [NET_3]: 'CH' };
  let country: (address: string) => string | undefined;

  beforeAll(() => {
    country = lookUp(writeCountryData(newFile(), networks));
  });

  it.each([
    ['198.51.100.0', 'DE'],
    ['198.51.100.255', 'DE'],
    ['203.0.113.127', 'AT'],
    ['2001:db8::', 'CH'],
    ['2001:db8::1', 'CH'],
    ['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', 'CH'],
    ['2001:DB8:0:0:0:0:0:1', 'CH'],
    ['::ffff:198.51.100.7', 'DE'],
  ])('%s is %s', (address, expected) => {
    expect(country(address)).toBe(expected);
  });

  it.each([
    '198.51.99.255',
    '198.51.101.0',
    '203.0.113.128',
    '0.0.0.0',
    '255.255.255.255',
    '127.0.0.1',
    '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:db9::',
    '::',
    '::1',
    // The key of 198.51.100.7, were the two kinds of address not kept apart.
    '0:c633:6407::',
    'ffff::',
    '',
    'localhost',
    '198.51.100',
    '198.51.100.7:443',
  ])('of %j is unknown', (address) => {
    expect(country(address)).toBeUndefined();
  });

  it('is unknown for every address if the data has none', () => {
    expect(lookUp(writeCountryData(newFile(), { [IPV4 + NET_1]: '??' }))('198.51.100.7')).toBeUndefined();
  });

  it('asks for the table only when an address is looked up', () => {
    expect(() => countriesIn(join(folder, 'none'))).not.toThrow();
    expect(() => countriesIn(join(folder, 'none'))('198.51.100.7')).toThrow('none');
  });
});

describe('Country data', () => {
  it.each([24, 28, 32] as const)('is read with records of %d bits', (recordBits) => {
    const country = lookUp(writeCountryData(newFile(), { [IPV4 + NET_1]: 'DE', [NET_3]: 'CH' }, { recordBits }));
    expect([country('198.51.100.7'), country('2001:db8::1'), country('192.0.2.1')]).toEqual(['DE', 'CH', undefined]);
  });

  it('may be of IPv4 alone', () => {
    const country = lookUp(writeCountryData(newFile(), { [NET_1]: 'DE' }, { ipVersion: 4 }));
    expect([country('198.51.100.7'), country('2001:db8::1')]).toEqual(['DE', undefined]);
  });

  it('may say the country as MaxMind and DB-IP do', () => {
    const record = (iso_code: string) => ({ continent: { code: 'EU' }, country: { geoname_id: 1, iso_code } });
    expect(lookUp(writeCountryData(newFile(), { [IPV4 + NET_1]: 'DE' }, { record }))('198.51.100.7')).toBe('DE');
  });

  it('says when it was put together', () => {
    const data = writeCountryData(newFile(), { [NET_3]: 'CH' });
    expect(countryDataBuiltAt(data)).toEqual(new Date('2026-06-17T19:54:21Z'));
  });

  it('is refused if it is something else', () => {
    expect(() => countryTable(__filename)).toThrow('countries.test.ts is not a MaxMind DB (.mmdb).');
  });

  it('of the package knows real addresses, and no country of a private one', () => {
    const country = countriesIn(writeCountryTable(folder, 'country'));

    // The registries' own, which do not move.
    expect(country('193.0.6.139')).toBe('NL');
    expect(country('200.160.2.3')).toBe('BR');
    expect(country('2001:67c:2e8:22::c100:68b')).toBe('NL');
    const without = ['127.0.0.1', '10.0.0.1', '192.168.1.1', '203.0.113.7', '::1', 'fd00::1', 'fe80::1', '2001:db8::1'];
    expect(without.map(country)).toEqual(without.map(() => undefined));
  });
});
