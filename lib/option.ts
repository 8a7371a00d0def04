import { Token } from 'aws-cdk-lib';

/** A wrong value, where it stands (`console.domain`), and what is expected there. */
export interface Wrong {
  readonly option: string;
  readonly value: unknown;
  readonly expected: string;
}

/** A kind of value: its type, and how it is checked. */
export interface Kind<T> {
  /** @returns the first wrong value, if there is one */
  readonly check: (value: any, option: string) => Wrong | undefined;
  /** Carries the type; never set. */
  readonly type?: T;
  /** Of an object, or of the objects in a list. */
  readonly fields?: Kinds;
}
type Kinds = Readonly<Record<string, Kind<any>>>;
export type TypeOf<K> = K extends Kind<infer T> ? T : never;
type Values<F extends Kinds> = { readonly [N in keyof F]: TypeOf<F[N]> };

/** A value of CDK that is known only when the stack is deployed is taken as it is. */
export const kind = <T>(expected: string, holds: (value: any) => boolean): Kind<T> => ({
  check: (value, option) => (Token.isUnresolved(value) || holds(value) ? undefined : { option, value, expected }),
});

/** A pattern alone would take `['a']` for `a`. */
export const text = (pattern: RegExp, expected = ''): Kind<string> =>
  kind(expected, (value) => typeof value === 'string' && pattern.test(value));

export const whole = (least: number, most: number, expected = `a whole number from ${least} to ${most}`) =>
  kind<number>(expected, (value) => Number.isInteger(value) && value >= least && value <= most);

export const number = (least: number, expected: string) =>
  kind<number>(expected, (value) => Number.isFinite(value) && value >= least);

export const positive = (expected = 'a positive number') => number(Number.MIN_VALUE, expected);

export const flag = kind<boolean>('true or false', (value) => typeof value === 'boolean');

export const oneOf = <const T>(values: readonly T[], expected = '') =>
  kind<T>(expected, (value) => values.includes(value));

/** @param holds what must be true of the list as a whole; what is wrong with an item is said of that item */
export const listOfEach = <T>(
  item: Kind<T>,
  expected: string,
  holds: (all: readonly any[]) => boolean,
): Kind<readonly T[]> => ({
  fields: item.fields,
  check: (value, option) =>
    Array.isArray(value) && holds(value)
      ? firstOf(value, (one) => item.check(one, option))
      : { option, value, expected },
});

/** @param least how many items there must be */
export const list = <T>(item: Kind<T>, expected: string, least = 0): Kind<readonly T[]> =>
  inOneSentence(
    listOfEach(item, expected, ({ length }) => length >= least),
    expected,
  );

/** What is wrong with a field is said of that field. */
export const object = <R extends Kinds, O extends Kinds>(
  required: R,
  optional: O,
  expected = '',
): Kind<Values<R> & Partial<Values<O>>> => {
  const fields: Kinds = { ...required, ...optional };
  return {
    fields,
    check: (value, option) =>
      isObject(value) && Object.keys(value).every((name) => Object.hasOwn(fields, name))
        ? firstOf(Object.entries(fields), ([name, field]) =>
            value[name] === undefined && !required[name] ? undefined : field.check(value[name], `${option}.${name}`),
          )
        : { option, value, expected },
  };
};

/** An object that has a value of one kind under each of its names. */
export const map = <T>(name: Kind<string>, item: Kind<T>, expected: string): Kind<Readonly<Record<string, T>>> => ({
  check: (value, option) =>
    isObject(value)
      ? firstOf(Object.entries(value), ([key, one]) => name.check(key, option) ?? item.check(one, `${option}.${key}`))
      : { option, value, expected },
});

/** An object of which whatever is wrong is said in one sentence. */
export const record = <F extends Kinds>(fields: F, expected: string) =>
  inOneSentence(object(fields, {}, expected), expected);

function inOneSentence<T>({ check }: Kind<T>, expected: string): Kind<T> {
  return { check: (value, option) => check(value, option) && { option, value, expected } };
}

export const isObject = (value: unknown): value is Record<string, any> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns what is wrong with the first one of which something is */
export function firstOf<T>(all: readonly T[], check: (one: T) => Wrong | undefined): Wrong | undefined {
  for (const one of all) {
    const wrong = check(one);
    if (wrong) return wrong;
  }
  return undefined;
}
