import { fstatSync, openSync, readSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';

const KEY_BYTES = 6;
const ENTRY_BYTES = KEY_BYTES + 2;
const IPV4_IN_IPV6 = /^::ffff:(?=\d+\.)/i;

/**
 * Looks up the country of an IP address.
 *
 * The table is searched where it lies on the disk: that takes some 20 reads, and neither a start nor the memory of a
 * function knows of its megabytes.
 * @param file as `countryTable` in lib/country-data.ts makes it
 * @returns the two letters of ISO 3166; undefined if the address has no known country
 */
export function countriesIn(file: string): (address: string) => string | undefined {
  let open: { readonly descriptor: number; readonly entries: number } | undefined;
  const entry = Buffer.alloc(ENTRY_BYTES);

  return (address) => {
    const key = keyOf(address.replace(IPV4_IN_IPV6, ''));
    if (key === undefined) return undefined;
    open ??= opened(file);
    let [low, high] = [0, open.entries];
    while (low < high) {
      const middle = (low + high) >>> 1;
      readSync(open.descriptor, entry, 0, ENTRY_BYTES, middle * ENTRY_BYTES);
      if (entry.readUIntBE(0, KEY_BYTES) <= key) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    readSync(open.descriptor, entry, 0, ENTRY_BYTES, (low - 1) * ENTRY_BYTES);
    const country = entry.toString('latin1', KEY_BYTES);
    return country === '\0\0' ? undefined : country;
  };
}

function opened(file: string) {
  const descriptor = openSync(file, 'r');
  return { descriptor, entries: fstatSync(descriptor).size / ENTRY_BYTES };
}

/** The whole of an IPv4 address, and the first 48 bits of an IPv6 address. */
function keyOf(address: string): number | undefined {
  if (isIPv4(address)) return address.split('.').reduce((key, byte) => key * 256 + Number(byte), 0);
  if (!isIPv6(address)) return undefined;
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const groups = [...head, ...Array(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail];
  const key = groups.slice(0, 3).reduce((sum, group) => sum * 65_536 + Number.parseInt(group, 16), 0);
  // Below, the table has the IPv4 addresses; no IPv6 address in use begins there.
  return key < 2 ** 32 ? undefined : key;
}
