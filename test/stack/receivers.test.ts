import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readAssembly } from '../../local/assembly';
import { readRoles } from '../../local/policies';
import { resolveTemplate } from '../../local/template';
import { synthesizedTemplate, synthesizeStage } from '../support/stack';

const ISSUER = 'https://id.example.com/realms/a/';
const AUDIENCE = 'https://api.example.com/prod/global-token-revocation';
const assembly = readAssembly(
  synthesizeStage(
    {
      openIdProviders: [{ name: 'one', issuer: ISSUER, audience: 'app' }],
      receivers: [
        { standard: 'backchannel-logout', issuer: ISSUER, audience: 'app', provider: 'one' },
        { standard: 'global-token-revocation', issuer: ISSUER, audience: AUDIENCE, provider: 'one' },
      ],
    },
    { bundled: true },
  ),
);
const template = resolveTemplate(assembly, { issuer: 'http://issuer.test' });
const functionOf = (stack: typeof template) =>
  stack
    .all('AWS::Lambda::Function')
    .map(([, properties]) => properties)
    .find(({ FunctionName }) => FunctionName.split('-')[1] === 'receivers');
const methods = (stack: typeof template) =>
  stack
    .all('AWS::ApiGateway::Method')
    .filter(([id, { HttpMethod }]) => /receiv|backch|global/i.test(id) && HttpMethod === 'POST');

describe('the receivers', () => {
  it('do not exist unless a stage names one', () => {
    expect(functionOf(synthesizedTemplate())).toBeUndefined();
    const paths = synthesizedTemplate()
      .all('AWS::ApiGateway::Resource')
      .map(([, { PathPart }]) => PathPart);
    expect(paths).not.toContain('backchannel-logout');
    expect(paths).not.toContain('global-token-revocation');
  });

  it('are routes without an authorizer, both with one function', () => {
    const found = methods(template).map(([, { AuthorizationType, Integration }]) => [
      AuthorizationType,
      Integration.Uri,
    ]);
    const uri = expect.stringContaining(':function:aerotage-receivers-test/');
    expect(found).toEqual([
      ['NONE', uri],
      ['NONE', uri],
    ]);
  });

  it('have a throttle of their own, far below the API’s', () => {
    const [, { MethodSettings }] = template.only('AWS::ApiGateway::Stage');
    const [whole, ...own] = MethodSettings;
    expect(own.map(({ ResourcePath }: any) => ResourcePath)).toEqual([
      '/~1backchannel-logout',
      '/~1global-token-revocation',
    ]);
    for (const { HttpMethod, ThrottlingRateLimit, MetricsEnabled } of own) {
      expect([HttpMethod, MetricsEnabled]).toEqual(['POST', true]);
      expect(ThrottlingRateLimit).toBeLessThan(whole.ThrottlingRateLimit);
    }
  });

  it('are told of each provider in full', () => {
    const { RECEIVERS } = functionOf(template)?.Environment.Variables ?? {};
    const common = {
      issuer: ISSUER,
      jwksUri: `${ISSUER}.well-known/jwks.json`,
      provider: { name: 'one', issuer: ISSUER },
    };
    expect(JSON.parse(RECEIVERS)).toMatchObject([
      { standard: 'backchannel-logout', audience: 'app', ...common },
      { standard: 'global-token-revocation', audience: AUDIENCE, ...common },
    ]);
  });

  it('may end sessions and mark sign-ins, and nothing else', () => {
    const statements = readRoles(template)(functionOf(template)?.Role);
    const allowed = statements.flatMap(({ Action, Resource }) =>
      [Action]
        .flat()
        .flatMap((action) => [Resource].flat().map((one) => `${action} ${String(one).replace(/^.*?:table\//, '')}`)),
    );
    expect(allowed.filter((one) => one.startsWith('dynamodb:')).sort()).toEqual([
      'dynamodb:DeleteItem aerotage-user-sessions-test',
      'dynamodb:GetItem aerotage-user-sessions-test',
      'dynamodb:PutItem aerotage-sign-ins-test',
      'dynamodb:Query aerotage-user-sessions-test/index/UserIndex',
      'dynamodb:UpdateItem aerotage-user-sessions-test',
    ]);
    expect(allowed.filter((one) => !/^(dynamodb|logs):/.test(one))).toEqual([]);
  });

  it('have an alarm that leads to the runbook', () => {
    const alarms = template.all('AWS::CloudWatch::Alarm').map(([, properties]) => properties);
    const failed = alarms.find(({ AlarmName }) => AlarmName === 'aerotage-sessions-logouts-failed-test');
    expect(failed?.Dimensions).toEqual([
      { Name: 'outcome', Value: 'failed' },
      { Name: 'service', Value: 'aerotage-receivers-test' },
    ]);
    expect(readFileSync(join(__dirname, '../../docs/runbook.md'), 'utf8')).toContain('\n## logouts-failed\n');
  });

  it('have a bundle as small as the API’s', () => {
    const folder = assembly.assetPath(functionOf(template)?.Code.S3Key);
    expect(statSync(join(folder, 'index.js')).size).toBeLessThanOrEqual(75_000);
  });
});
