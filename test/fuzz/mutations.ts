/** Numbers at random that a seed decides. */
export interface Random {
  /** @returns from 0 up to, not including, 1 */
  readonly next: () => number;
  /** @returns a whole number from 0 up to, not including, `below` */
  readonly below: (below: number) => number;
  readonly pick: <T>(choices: readonly T[]) => T;
  /** @param share from 0 to 1 */
  readonly chance: (share: number) => boolean;
}

/** The generator mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: (choices) => choices[below(choices.length)] as (typeof choices)[number],
    chance: (share) => next() < share,
  };
}

/** Text that stands for a value JSON cannot build here: it is put into the body as it is. */
const RAW = '\u0000raw:';
const raw = (text: string) => `${RAW}${text}`;

const deep = (levels: number, open: string, close: string) => raw(open.repeat(levels) + close.repeat(levels));

/** Values that are not what anybody expects at any place. */
const ODD: readonly ((random: Random) => unknown)[] = [
  () => null,
  () => undefined,
  () => true,
  () => 0,
  () => -1,
  () => 1.5,
  () => 2 ** 53,
  () => raw('1e400'),
  () => raw('-0'),
  () => raw('1e-400'),
  () => '',
  () => ' ',
  () => '0',
  () => 'a\u0000b',
  () => '\ud800',
  () => '💥'.repeat(3),
  () => '__proto__',
  () => 'constructor',
  () => 'toString',
  () => '../../etc/passwd',
  () => '%s%n{{x}}',
  () => '#a',
  () => ':a',
  () => '=',
  () => 'AAAA',
  () => '====',
  () => '2026-01-01T00:00:00Z',
  () => [],
  () => [[]],
  () => [null],
  () => ({}),
  () => ({ toString: 1, valueOf: 1, length: -1 }),
  () => ({ constructor: { prototype: 1 } }),
  () => raw('{"__proto__":{"S":"x"}}'),
  () => ({ S: 'x', N: '1' }),
  () => ({ S: 1 }),
  () => ({ N: 'NaN' }),
  () => ({ N: '1e126' }),
  () => ({ N: '-1e-131' }),
  () => ({ N: '１' }),
  () => ({ N: '0x10' }),
  () => ({ N: '9'.repeat(60) }),
  () => ({ N: `1e${'9'.repeat(20)}` }),
  () => ({ N: '' }),
  () => ({ B: '!' }),
  () => ({ B: 'AA==' }),
  () => ({ BOOL: 'maybe' }),
  () => ({ NULL: false }),
  () => ({ SS: [] }),
  () => ({ SS: ['a', 'a'] }),
  () => ({ NS: ['1', '1.0'] }),
  () => ({ BS: ['AA==', null] }),
  () => ({ L: [{ M: { a: { L: [] } } }] }),
  () => ({ M: null }),
  () => ({ L: null }),
  () => ({ M: { '': { S: '' } } }),
  (random) => 'x'.repeat(10 ** random.below(6)),
  (random) => ({ S: 'y'.repeat(10 ** random.below(6)) }),
  (random) => Array(10 ** random.below(4)).fill({ S: 'z' }),
  (random) => deep(10 ** random.below(6), '[', ']'),
  (random) =>
    deep(10 ** random.below(5), '{"M":{"a":', '}}')
      .toString()
      .replace('}}', 'null}}'),
  (random) => deep(10 ** random.below(5), '{"L":[', ']}'),
];

const TOKENS =
  'a #a #b :a :b id owner ( ) , . = <> < > <= >= + - [0] [99999999999] AND OR NOT IN BETWEEN SET REMOVE ADD DELETE attribute_exists( attribute_not_exists( attribute_type( begins_with( contains( size( if_not_exists( list_append( 1 é \u0000'.split(
    ' ',
  );

/** Text in the alphabet of expressions. */
export function oddExpression(random: Random): string {
  const shape = random.below(4);
  if (shape === 0) return `${'('.repeat(random.below(60))}id = :a${')'.repeat(random.below(60))}`;
  if (shape === 1)
    return Array(random.below(400))
      .fill('id = :a')
      .join(random.pick([' AND ', ' OR ', ',']));
  if (shape === 2) return `${'NOT '.repeat(random.below(80))}id = :a`;
  return Array.from({ length: random.below(20) }, () => random.pick(TOKENS)).join(random.pick([' ', '']));
}

const EXPRESSION = /Expression$/;

/** A value with a few of its parts replaced, removed, added, moved or nested. */
export function mutate(value: unknown, random: Random): unknown {
  let result: unknown = structuredClone(value);
  for (let times = 1 + random.below(3); times > 0; times--) result = mutateOnce(result, random);
  return result;
}

function mutateOnce(value: unknown, random: Random): unknown {
  const isObject = typeof value === 'object' && value !== null;
  if (!isObject || random.chance(0.15)) return random.pick(ODD)(random);
  const node = value as Record<string, unknown>;
  const names = Object.keys(node);
  const name = random.pick(names);
  if (name === undefined || random.chance(0.15)) {
    const added = random.pick(['__proto__', 'toString', 'x', '', ...names]);
    return { ...node, [added]: random.pick(ODD)(random) };
  }
  if (random.chance(0.1)) {
    const { [name]: _, ...rest } = node;
    return rest;
  }
  if (EXPRESSION.test(name) && random.chance(0.7)) return { ...node, [name]: oddExpression(random) };
  const child = random.chance(0.75) ? mutateOnce(node[name], random) : random.pick(ODD)(random);
  if (Array.isArray(value)) return value.map((one, index) => (String(index) === name ? child : one));
  return { ...node, [name]: child };
}

/** The JSON of a mutated value. */
export function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.replace(/"\\u0000raw:((?:[^"\\]|\\.)*)"/g, (_, quoted: string) => JSON.parse(`"${quoted}"`));
}

/** Text with bytes lost, doubled, flipped, or put in. */
export function mutateBytes(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text);
  const at = random.below(bytes.length + 1);
  const odd = Buffer.from(
    random.pick([[0], [0xff, 0xfe], [0xc0, 0x80], [0xef, 0xbb, 0xbf], [0x22], [0x5c], [0x7b], [0x0a]]),
  );
  switch (random.below(5)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes, bytes]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), odd, bytes.subarray(at)]);
    case 3:
      return Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ (1 << random.below(8)) : byte)));
    default:
      return Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
  }
}
