import { randomUUID } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { printable } from '../command/printable';
import { Problem } from '../command/problem';

/** An item as DynamoDB's API has it. */
export type Item = Record<string, AttributeValue>;

type Json = Record<string, unknown>;

/**
 * Reads a line of a file of items, in one of the forms that such files have: a plain JSON object, a line of DynamoDB's
 * own export (`{"Item": {"sessionId": {"S": …}}}`), or an item as its API answers (`{"sessionId": {"S": …}}`). Numbers
 * keep all of their digits, which are more than a JavaScript number has.
 * @throws a problem whose message goes on from "Line 7 of FILE …", without a full stop
 */
export function readItemLine(text: string): Item {
  const value = parse(text);
  if (!isObject(value)) throw new Problem('is not a JSON object');
  if (typeof value.sessionId === 'string' && value.sessionId !== '') return plainItem(text, value);
  if (isObject(value.Item) && isId(value.Item.sessionId)) return attributes(value.Item);
  if (isId(value.sessionId)) return attributes(value);
  if (isObject(value.Keys) && (value.NewImage || value.OldImage || value.Metadata))
    throw new Problem('is of an incremental export; a full export is expected');
  throw new Problem('has no sessionId');
}

/** @returns the id of an item that `readItemLine` has read */
export const idOf = (item: Item): string => item.sessionId?.S ?? '';

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isId = (value: unknown) =>
  isObject(value) && isText(value.S) && value.S !== '' && Object.keys(value).length === 1;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('is not JSON');
  }
}

// ---- A plain object

/** A string, or a number outside strings. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
/** Any number of so many digits comes out of JavaScript as it went in. */
const SAFE_DIGITS = 15;
/** Marks the text of a number; no file can have it. */
const MARK = `${randomUUID()}:`;

/** @param value what `JSON.parse` has made of the text */
function plainItem(text: string, value: Json): Item {
  let isMarked = false;
  const marked = text.replace(TOKEN, (token) => {
    if (token.startsWith('"') || isSafe(token)) return token;
    isMarked = true;
    return `"${MARK}${token}"`;
  });
  return mapValues(isMarked ? JSON.parse(marked) : value, attributeOf);
}

function isSafe(number: string): boolean {
  const digits = number
    .replace(/[eE].*/, '')
    .replace(/\D/g, '')
    .replace(/^0+|0+$/g, '');
  const value = Number(number);
  return digits.length <= SAFE_DIGITS && Number.isFinite(value) && (value !== 0 || digits === '');
}

function attributeOf(value: unknown): AttributeValue {
  if (isText(value)) return value.startsWith(MARK) ? { N: value.slice(MARK.length) } : { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(attributeOf) };
  return isObject(value) ? { M: mapValues(value, attributeOf) } : { NULL: true };
}

// ---- An object of DynamoDB's attribute values

function attributes(item: Json): Item {
  return mapValues(item, (value, name) => {
    const read = readAttribute(value);
    if (!read) throw new Problem(`has an attribute ${printable(name)} that is not in DynamoDB's JSON form`);
    return read;
  });
}

const bytes = (base64: string) => Buffer.from(base64, 'base64');
const textsOf = (value: unknown): string[] | undefined =>
  Array.isArray(value) && value.length > 0 && value.every(isText) ? value : undefined;

function readAttribute(value: unknown): AttributeValue | undefined {
  const [[type, content] = [], ...more] = isObject(value) ? Object.entries(value) : [];
  if (more.length > 0) return undefined;
  const texts = textsOf(content);
  switch (type) {
    case 'S':
      return isText(content) ? { S: content } : undefined;
    case 'N':
      return isText(content) ? { N: content } : undefined;
    case 'B':
      return isText(content) ? { B: bytes(content) } : undefined;
    case 'BOOL':
      return typeof content === 'boolean' ? { BOOL: content } : undefined;
    case 'NULL':
      return content === true ? { NULL: true } : undefined;
    case 'SS':
      return texts && { SS: texts };
    case 'NS':
      return texts && { NS: texts };
    case 'BS':
      return texts && { BS: texts.map(bytes) };
    case 'L': {
      const list = Array.isArray(content) ? content.map(readAttribute) : [undefined];
      return list.every((one) => one !== undefined) ? { L: list } : undefined;
    }
    case 'M': {
      const entries = isObject(content)
        ? Object.entries(content).map(([name, one]) => [name, readAttribute(one)])
        : [[]];
      return entries.every(([, one]) => one !== undefined) ? { M: Object.fromEntries(entries) } : undefined;
    }
    default:
      return undefined;
  }
}

const mapValues = (object: Json, change: (value: unknown, name: string) => AttributeValue): Item =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value, name)]));
