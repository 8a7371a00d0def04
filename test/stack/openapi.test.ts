import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientTypes } from '../../tools/openapi/client-types';
import { openApiDocument } from '../../tools/openapi/document';
import { assertDescribed } from '../support/openapi';
import { synthesized } from '../support/stack';

const read = (...path: string[]) => readFileSync(join(__dirname, '..', '..', ...path), 'utf8');
const written = JSON.parse(read('docs', 'openapi.json'));

describe('docs/openapi.json', () => {
  it('is what the code says today: npm run openapi', () => {
    expect(written).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  });

  it('has the routes of the stack, those for identity providers and no others', () => {
    const described = Object.entries<object>(written.paths).flatMap(([, methods]) =>
      Object.values(methods).flatMap(({ operationId }: any) => operationId ?? []),
    );
    const functions = Object.values(synthesized().resources)
      .filter(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && /^[A-Z]+ \//.test(Properties.Description))
      .map(({ Properties }) => Properties.FunctionName.split('-')[1]);
    expect(described.sort()).toEqual(functions.sort());
  });
});

describe('client/types.ts', () => {
  it('is what docs/openapi.json says: npm run openapi', () => {
    expect(read('client', 'types.ts')).toBe(clientTypes(written));
  });

  const answering = (schema: object, body?: object) => ({
    components: { schemas: {} },
    paths: {
      '/things': {
        get: {
          summary: 'List things',
          ...(body && { requestBody: { content: { 'application/json': { schema: body } } } }),
          responses: { 200: { content: { 'application/json': { schema } } } },
        },
      },
    },
  });

  it.each<[string, object, string]>([
    ['a named type', { $ref: '#/components/schemas/Thing' }, 'Thing'],
    ['what may be null', { anyOf: [{ type: 'integer' }, { type: 'null' }] }, 'number | null'],
    ['a list of alternatives', { type: 'array', items: { enum: ['a', 'it’s'] } }, "readonly ('a' | 'it’s')[]"],
    ['a list of objects', { type: 'array', items: { properties: {} } }, 'readonly {\n    }[]'],
    ['a map', { type: 'object', additionalProperties: { type: 'boolean' } }, 'Readonly<Record<string, boolean>>'],
    ['anything', {}, 'unknown'],
  ])('says %s of a new route', (_, schema, type) => {
    expect(clientTypes(answering(schema))).toContain(
      `  /** List things. */\n  'GET /things': {\n    readonly answer: ${type};\n  };\n`,
    );
  });

  it('says of a field whether it must be there, and what it means', () => {
    const properties = { a: { type: 'string', description: 'The first.' }, b: { const: 1 } };
    const body = { type: 'object', properties, required: ['a'] };
    expect(clientTypes(answering({}, body))).toContain(
      '    readonly body: {\n      /** The first. */\n      readonly a: string;\n      readonly b?: 1;\n    };\n',
    );
  });

  it('is not written for a schema that the generator does not know', () => {
    expect(() => clientTypes(answering({ type: 'bigint' }))).toThrow('knows no type "bigint"');
  });
});

describe('a request or an answer that is not as described fails its test:', () => {
  const url = 'http://127.0.0.1:3000/dev';
  const session = {
    id: 'a',
    ipAddress: '',
    lastIpAddress: '',
    userAgent: '',
    loginTime: '2026-11-23T12:00:00.000Z',
    lastActivity: '2026-11-23T12:00:00.000Z',
    expiresAt: '2026-11-23T12:00:00.000Z',
    isCurrent: true,
    device: { browser: 'Firefox', os: 'Windows', type: 'desktop' },
  };
  const list = (data: unknown, status = 200) =>
    assertDescribed(
      { method: 'GET', url: `${url}/users/u/sessions?limit=5`, sent: undefined },
      { status, received: data },
    );
  const register = (sent: unknown, status: number, received: unknown) =>
    assertDescribed({ method: 'POST', url: `${url}/users/u/sessions`, sent }, { status, received });
  const failure = { success: false, error: { code: 'TRY_AGAIN', message: '' }, timestamp: 0 };

  it('but one that is does not', () => {
    list({ success: true, data: [session] });
    register({ userAgent: 'Firefox', loginTime: null }, 201, { success: true, data: session });
    register({}, 400, { ...failure, error: { code: 'INVALID_PROFILE_DATA', message: 'no' } });
  });

  it.each<[string, () => void, RegExp]>([
    [
      'a token in a session',
      () => list({ success: true, data: [{ ...session, sessionToken: 'x' }] }),
      /in another shape/,
    ],
    [
      'a time that is none',
      () => list({ success: true, data: [{ ...session, loginTime: 'now' }] }),
      /in another shape/,
    ],
    ['a status that is not described', () => list(failure, 418), /has no answer 418/],
    ['an unknown code', () => list({ ...failure, error: { code: 'OOPS', message: '' } }, 503), /in another shape/],
    ['a body without its field, accepted', () => register({}, 201, { success: true, data: session }), /took a body/],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
