import { EngineError } from './engine-error';

/** Of attribute values, as the service has it; each takes two levels of JSON, and the request some around them. */
const MOST_LEVELS = 2 * 32 + 10;
/** The service's quota for an expression, in bytes. */
const MOST_EXPRESSION_BYTES = 4_096;
/** The engine's parser takes twice as long for each further level. */
const MOST_PARENTHESES = 10;

/** Whose members are values. A member of anything else may be null, which is as good as absent. */
const MAPS = new Set([
  'Key',
  'Item',
  'M',
  'ExclusiveStartKey',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'AttributeUpdates',
  'Expected',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
  'RequestItems',
]);
const EMPTY_VALUE = 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes';

/**
 * Refuses what the engine would take too long for, or would break on.
 * @throws an engine error
 */
export function assertReadable(input: object): void {
  assertTags(input);
  const waiting: [node: unknown, level: number, mayHaveNull: boolean][] = [[input, 1, true]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [node, level, mayHaveNull] = next;
    if (level > MOST_LEVELS) throw EngineError.validation('Nesting Levels have exceeded supported limits');
    if (typeof node !== 'object' || node === null) continue;
    for (const [name, value] of Object.entries(node)) {
      // The engine copies names into plain objects, where this one is the prototype.
      if (name === '__proto__') throw EngineError.validation('The local run does not support the name __proto__');
      if (typeof value === 'string' && name.endsWith('Expression')) assertExpression(name, value);
      if (value === null && !mayHaveNull) throw EngineError.validation(EMPTY_VALUE);
      waiting.push([value, level + 1, !Array.isArray(value) && !MAPS.has(name)]);
    }
  }
}

/** The engine stores tags without looking at them. */
function assertTags({ Tags = [], TagKeys = [] }: any): void {
  const texts = [Tags, TagKeys].flat().flatMap((tag) => (typeof tag === 'string' ? [tag] : [tag?.Key, tag?.Value]));
  if (texts.some((text) => typeof text !== 'string')) throw EngineError.validation('A tag must have a Key and a Value');
}

function assertExpression(name: string, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_EXPRESSION_BYTES) {
    throw EngineError.validation(
      `Invalid ${name}: Expression size has exceeded the maximum allowed size; expression size: ${bytes}`,
    );
  }
  let open = 0;
  for (const character of text) {
    open += character === '(' ? 1 : character === ')' ? -1 : 0;
    if (open > MOST_PARENTHESES) throw EngineError.validation(`Invalid ${name}: The parentheses are nested too deeply`);
  }
}
