/** An attribute's value as plain JSON: a string is S, a number N, a flag BOOL, null NULL, an array L, an object M. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

export type Attributes = Readonly<Record<string, Value | undefined>>;

const CONTAINER_BYTES = 3;
const ELEMENT_BYTES = 1;

/**
 * An item's size in bytes, as DynamoDB documents it ("DynamoDB item sizes and formats"): the UTF-8 bytes of each
 * name and value.
 */
export function itemSize(attributes: Attributes): number {
  let bytes = 0;
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined) bytes += Buffer.byteLength(name) + valueSize(value);
  }
  return bytes;
}

function valueSize(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return numberSize(value);
  if (typeof value === 'boolean' || value === null) return 1;
  const nested = Object.values(value) as Value[];
  const elements = nested.reduce<number>((bytes, each) => bytes + valueSize(each) + ELEMENT_BYTES, CONTAINER_BYTES);
  if (Array.isArray(value)) return elements;
  return elements + Object.keys(value).reduce((bytes, name) => bytes + Buffer.byteLength(name), 0);
}

/** A byte for two significant digits, one more for the number itself, and one for a minus sign. */
function numberSize(value: number): number {
  const digits = String(Math.abs(value))
    .replace(/e.*$/, '')
    .replace('.', '')
    .replace(/^0+|0+$/g, '');
  return Math.ceil(digits.length / 2) + 1 + (value < 0 ? 1 : 0);
}

/** The item in DynamoDB's JSON, with the named attributes only, or all of them. */
export function itemToWire(attributes: Attributes, names?: readonly string[]): string {
  let wire = '';
  for (const name of names ?? Object.keys(attributes)) {
    const value = attributes[name];
    if (value !== undefined) wire += `${wire && ','}"${name}":${valueToWire(value)}`;
  }
  return `{${wire}}`;
}

function valueToWire(value: Value): string {
  if (typeof value === 'string') return `{"S":${JSON.stringify(value)}}`;
  if (typeof value === 'number') return `{"N":"${value}"}`;
  if (typeof value === 'boolean') return `{"BOOL":${value}}`;
  if (value === null) return '{"NULL":true}';
  if (Array.isArray(value)) return `{"L":[${value.map(valueToWire)}]}`;
  return `{"M":${itemToWire(value as Attributes)}}`;
}
