import { writeFileSync } from 'node:fs';

interface Options {
  readonly ipVersion?: 4 | 6;
  readonly recordBits?: 24 | 28 | 32;
  /** How a record says the country. @default { country_code } */
  readonly record?: (country: string) => object;
}

/** A MaxMind DB with the countries of some networks, each as its bits: "0000101" for 10.0.0.0/7. */
export function writeCountryData(
  file: string,
  networks: Readonly<Record<string, string>>,
  { ipVersion = 6, recordBits = 24, record = (country) => ({ country_code: country }) }: Options = {},
): string {
  interface Node {
    children: [Node | string | undefined, Node | string | undefined];
  }
  const root: Node = { children: [undefined, undefined] };
  const nodes = [root];
  for (const [bits, country] of Object.entries(networks)) {
    let node = root;
    for (const bit of bits.slice(0, -1)) {
      const next = node.children[Number(bit)];
      if (typeof next === 'string') throw new Error(`${bits} is within another network.`);
      if (next) {
        node = next;
        continue;
      }
      const added: Node = { children: [undefined, undefined] };
      nodes.push(added);
      node.children[Number(bit)] = added;
      node = added;
    }
    node.children[Number(bits.at(-1))] = country;
  }
  const countries = [...new Set(Object.values(networks))];
  const data = countries.map((country) => encoded(record(country)));
  const offsets = data.map((_, index) => data.slice(0, index).reduce((sum, one) => sum + one.length, 0));
  const recordOf = (child: Node | string | undefined) => {
    if (child === undefined) return nodes.length;
    if (typeof child === 'string') return nodes.length + 16 + (offsets[countries.indexOf(child)] as number);
    return nodes.indexOf(child);
  };
  const tree = Buffer.concat(
    nodes.map(({ children }) => pair(recordOf(children[0]), recordOf(children[1]), recordBits)),
  );
  const metadata = encoded({
    node_count: nodes.length,
    record_size: recordBits,
    ip_version: ipVersion,
    languages: ['en'],
    description: {},
    build_epoch: 1_781_726_061,
  });
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  writeFileSync(file, Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata]));
  return file;
}

function pair(left: number, right: number, bits: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc(bits / 4);
  if (bits === 28) {
    bytes.writeUIntBE(left & 0xffffff, 0, 3);
    bytes.writeUInt8(((left >> 24) << 4) | (right >> 24), 3);
    bytes.writeUIntBE(right & 0xffffff, 4, 3);
  } else {
    bytes.writeUIntBE(left, 0, bits / 8);
    bytes.writeUIntBE(right, bits / 8, bits / 8);
  }
  return bytes;
}

function encoded(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([Buffer.from([(6 << 5) | 4]), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([Buffer.from([value.length, 4]), ...value.map(encoded)]);
  const entries = Object.entries(value as object);
  return Buffer.concat([Buffer.from([(7 << 5) | entries.length]), ...entries.flat().map(encoded)]);
}
