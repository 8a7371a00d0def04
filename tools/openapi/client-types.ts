/** As much of JSON Schema as the handlers' schemas come out as. */
interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

const WIDTH = 120;
const HEAD =
  '// Written by `npm run openapi`, from docs/openapi.json: change the schemas of the handlers, not this file.\n';
const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
};

/**
 * The API's description as TypeScript, for a frontend: a type for each schema that has a name, and what each route
 * takes and answers with.
 * @param document as `openApiDocument` makes it
 */
export function clientTypes(document: any): string {
  const named = Object.entries<Schema>(document.components.schemas).map(([name, schema]) => declaration(name, schema));
  const routes = Object.entries<any>(document.paths).flatMap(([path, methods]) =>
    Object.entries<any>(methods)
      // What needs no token is no route of the client's.
      .filter(([, { security }]) => !security)
      .map(([method, operation]) => route(`${method.toUpperCase()} ${path}`, operation)),
  );
  const all = `/** What each route takes as its body, and answers with when it succeeds. */\nexport interface Routes {\n${routes.join('')}}\n`;
  return [HEAD, ...named, all].join('\n');
}

function declaration(name: string, schema: Schema): string {
  const doc = comment(schema.description, '');
  if (schema.properties) return `${doc}export interface ${name} ${typeOf(schema, '')}\n`;
  return `${doc}${fitted(`export type ${name} =`, typeOf(schema, ''), '')}`;
}

function route(name: string, { summary, requestBody, responses }: any): string {
  const answers = Object.entries<any>(responses).filter(([status]) => status.startsWith('2'));
  const [answer, ...others] = new Set(answers.map(([, one]) => typeOf(schemaIn(one), '    ')));
  if (answer === undefined || others.length > 0) throw new Error(`${name} does not have one shape of a good answer.`);
  const body = requestBody ? fitted('    readonly body:', typeOf(schemaIn(requestBody), '    '), '    ') : '';
  return `${comment(`${summary}.`, '  ')}  '${name}': {\n${body}${fitted('    readonly answer:', answer, '    ')}  };\n`;
}

const schemaIn = ({ content }: any): Schema => content['application/json'].schema;

/** @param indent of the line that the type begins on */
function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? '';
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum) return schema.enum.map(literal).join(' | ');
  if (schema.properties) {
    const members = Object.entries(schema.properties).map(([name, member]) => {
      const optional = schema.required?.includes(name) ? '' : '?';
      const doc = comment(docOf(member), `${indent}  `);
      return `${doc}${fitted(`${indent}  readonly ${name}${optional}:`, typeOf(member, `${indent}  `), `${indent}  `)}`;
    });
    return `{\n${members.join('')}${indent}}`;
  }
  if (typeof schema.additionalProperties === 'object')
    return `Readonly<Record<string, ${typeOf(schema.additionalProperties, indent)}>>`;
  if (schema.type === 'array' && schema.items) {
    const item = typeOf(schema.items, indent);
    const { $ref, properties, type } = schema.items;
    return `readonly ${$ref || properties || SCALARS[String(type)] === item ? item : `(${item})`}[]`;
  }
  if (schema.type) return [schema.type].flat().map(scalar).join(' | ');
  return schema.anyOf ? schema.anyOf.map((one) => typeOf(one, indent)).join(' | ') : 'unknown';
}

function scalar(type: string): string {
  const found = SCALARS[type];
  if (!found) throw new Error(`tools/openapi/client-types.ts knows no type "${type}".`);
  return found;
}

const literal = (value: unknown): string =>
  typeof value !== 'string' || value.includes("'") ? JSON.stringify(value) : `'${value}'`;

/** What can be null has its description at what it is otherwise. */
const docOf = ({ description, anyOf }: Schema): string | undefined =>
  description ?? anyOf?.find((one) => one.description)?.description;

/** A line as the formatter would have it: a union that is too long has a line for each of its types. */
function fitted(beginning: string, type: string, indent: string): string {
  const line = `${beginning} ${type};`;
  if (line.length <= WIDTH || line.includes('\n')) return `${line}\n`;
  return `${beginning}\n${type
    .split(' | ')
    .map((one) => `${indent}  | ${one}`)
    .join('\n')};\n`;
}

function comment(text: string | undefined, indent: string): string {
  if (text === undefined) return '';
  const whole = `${indent}/** ${text} */`;
  if (whole.length <= WIDTH) return `${whole}\n`;
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (indent.length + 2 + longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(` ${word}`);
  }
  return `${indent}/**\n${lines.map((line) => `${indent} *${line}\n`).join('')}${indent} */\n`;
}
