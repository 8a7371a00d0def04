import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../../cli/openapi-document';
import { assertDescribed } from '../support/openapi';
import { synthesized } from '../support/stack';

const written = JSON.parse(readFileSync(join(__dirname, '..', '..', 'docs', 'openapi.json'), 'utf8'));

describe('docs/openapi.json', () => {
  it('is what the code says today: npm run openapi', () => {
    expect(written).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  });

  it('has the routes of the stack and no others', () => {
    const described = Object.entries<object>(written.paths).flatMap(([, methods]) =>
      Object.values(methods).map(({ operationId }: any) => operationId),
    );
    const functions = Object.values(synthesized().resources)
      .filter(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && /^[A-Z]+ \//.test(Properties.Description))
      .map(({ Properties }) => Properties.FunctionName.split('-')[1]);
    expect(described.sort()).toEqual(functions.sort());
  });
});

describe('a request or an answer that is not as described fails its test:', () => {
  const url = 'http://127.0.0.1:3000/dev';
  const session = {
    id: 'a',
    ipAddress: '',
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
