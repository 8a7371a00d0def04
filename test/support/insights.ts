import { runInNewContext } from 'node:vm';

/** A field of a line, by its path: `error.message`. */
export const fieldOf = (line: object, path: string): unknown =>
  path.split('.').reduce<any>((value, name) => value?.[name], line);

/** A query of Logs Insights, read as far as ours go. */
export interface InsightsQuery {
  /** The fields of the lines that it names; those that Logs Insights adds begin with @. */
  readonly fields: readonly string[];
  /** Whether its filter lets a line pass. @param words what somebody puts in place of the words in capitals */
  readonly finds: (line: object, words?: Readonly<Record<string, string>>) => boolean;
}

const COMPARISON = /([\w.]+) in (\[[^\]]*\])|([\w.]+) (!?=) ("[^"]*")|\band\b|\bor\b/g;

/** @throws an error if the query has a command that is not known here */
export function insightsQuery(text: string): InsightsQuery {
  const commands = text
    .split('\n')
    .map((line) => line.replace(/^\| ?/, ''))
    .filter((line) => !/^(#|SOURCE )/.test(line));
  const fields = new Set<string>();
  const ownNames: string[] = [];
  let filter = 'true';
  for (const command of commands) {
    const [, name, rest = ''] = /^(\w+) (.*)$/.exec(command) ?? [];
    if (name === 'filter') {
      filter = rest.replace(COMPARISON, (whole, among, list, field, operator, value) => {
        if (whole === 'and' || whole === 'or') return whole === 'and' ? '&&' : '||';
        fields.add(among ?? field);
        if (among) return `${list}.includes(get("${among}"))`;
        return `get("${field}") ${operator === '=' ? '===' : '!=='} ${value}`;
      });
    } else if (name === 'fields') for (const field of rest.split(', ')) fields.add(field);
    else if (name === 'stats') {
      const [values = '', by = ''] = rest.split(' by ');
      for (const [, of = '', as = ''] of values.matchAll(/\w+\(([^)]*)\) as (\w+)/g)) {
        if (of !== '*') fields.add(of);
        ownNames.push(as);
      }
      for (const field of by.split(', ')) fields.add(field);
    } else if (name === 'sort') fields.add(rest.split(' ')[0] ?? '');
    else if (name !== 'limit') throw new Error(`A query with "${command}" cannot be read.`);
  }
  return {
    fields: [...fields].filter((field) => !field.startsWith('@') && !ownNames.includes(field)),
    finds: (line, words = {}) =>
      runInNewContext(
        Object.entries(words).reduce((expression, [word, value]) => expression.replaceAll(word, value), filter),
        { get: (path: string) => fieldOf(line, path) },
      ),
  };
}
