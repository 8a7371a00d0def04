import { EngineError } from '../../local/engine-error';
import type { Attributes } from './value';

type Predicate = (item: Attributes) => boolean;
type WireValues = Readonly<Record<string, { S?: string; N?: string; BOOL?: boolean }>>;

const TYPE_OF: Readonly<Record<string, string>> = { S: 'string', N: 'number', BOOL: 'boolean' };

/**
 * Compiles the part of the filter language that a sweep uses: `NOT attribute_type(name, :type)`, `name <= :value`,
 * `name > :value` and `name = :value`, joined by OR. As in DynamoDB, an attribute of another type than the value never
 * matches. Text is compared by UTF-16 units and not by UTF-8 bytes, which is the same for times.
 * @throws a ValidationException that names what it does not evaluate
 */
export function compileFilter(expression: string, values: WireValues = {}): Predicate {
  const terms = expression.split(/\s+OR\s+/).map((term) => compileTerm(term.trim(), values));
  return (item) => terms.some((term) => term(item));
}

function compileTerm(term: string, values: WireValues): Predicate {
  const [, typed, type] = /^NOT attribute_type\(\s*(\w+)\s*,\s*(:\w+)\s*\)$/.exec(term) ?? [];
  if (typed && type) {
    const wanted = TYPE_OF[readValue(type, values) as string];
    if (!wanted) throw EngineError.validation(`The model does not know the type in "${term}".`);
    return (item) => typeof item[typed] !== wanted;
  }

  const [, name, operator, placeholder] = /^(\w+)\s*(<=|>|=)\s*(:\w+)$/.exec(term) ?? [];
  if (!name || !placeholder) throw EngineError.validation(`The model does not evaluate "${term}".`);
  const wanted = readValue(placeholder, values);
  if (operator === '=') return (item) => item[name] === wanted;
  return (item) => {
    const value = item[name];
    if (typeof value !== typeof wanted) return false;
    return operator === '>' ? (value as string | number) > wanted : (value as string | number) <= wanted;
  };
}

function readValue(placeholder: string, values: WireValues): string | number | boolean {
  const { S, N, BOOL } = values[placeholder] ?? {};
  const value = S ?? BOOL ?? (N === undefined ? undefined : Number(N));
  if (value !== undefined) return value;
  throw EngineError.validation(`The model does not evaluate the value of "${placeholder}".`);
}

/** The names in a projection: plain top-level ones. */
export function compileProjection(expression: string): string[] {
  const names = expression.split(',').map((name) => name.trim());
  const odd = names.find((name) => !/^\w+$/.test(name));
  if (odd !== undefined) throw EngineError.validation(`The model does not project "${odd}".`);
  return names;
}
