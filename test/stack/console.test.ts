import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { consoleHeaders } from '../../console/headers';
import { ConsoleSite } from '../../lib/console';
import { settleStage } from '../../lib/stage';
import { readAssembly } from '../../local/assembly';
import { resolveTemplate, type Template } from '../../local/template';
import { deployedConsole } from '../support/deployed-console';
import { synthesized, synthesizeStage } from '../support/stack';

const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/12345678-90ab';
const PAGE = 'https://consoledistribution022d3262.cloudfront.net';
const API = 'https://local.execute-api.us-east-1.amazonaws.com';
const SIGN_IN = 'https://usersuserpoolsigninpage7eeee33d.auth.us-east-1.amazoncognito.com';
const existing = {
  userPool: { id: 'eu-west-1_AbC', clientIds: ['app', 'page'] },
  console: { signIn: { domain: 'https://sign-in.example.com', clientId: 'page' } },
};

it('a stage without the console has nothing of it', () => {
  const types = Object.values(synthesized().resources).map(({ Type }) => Type);
  expect(types.filter((type) => /CloudFront|S3|UserPoolDomain|Custom::/.test(type))).toEqual([]);
});

describe('a stage with the console and a user pool of its own', () => {
  const { template, origin, headers, config } = deployedConsole({ console: {}, adminGroup: 'owners' });

  it('keeps the files where only the distribution can read them', () => {
    const [bucketId, bucket] = template.only('AWS::S3::Bucket');
    expect(bucket.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(bucket.BucketEncryption).toBeDefined();
    const [, { PolicyDocument }] = template.only('AWS::S3::BucketPolicy');
    const [deny, remove, read, ...more] = PolicyDocument.Statement;
    expect(more).toEqual([]);
    expect(deny).toMatchObject({
      Effect: 'Deny',
      Action: 's3:*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    expect(remove.Principal.AWS).toContain('CustomS3AutoDeleteObjects');
    expect(read).toEqual({
      Effect: 'Allow',
      Action: 's3:GetObject',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Condition: {
        StringEquals: { 'AWS:SourceArn': 'arn:aws:cloudfront::000000000000:distribution/ConsoleDistribution022D3262' },
      },
      Resource: `arn:aws:s3:::${bucketId}/*`,
    });
    const [, access] = template.only('AWS::CloudFront::OriginAccessControl');
    expect(access.OriginAccessControlConfig).toMatchObject({ SigningBehavior: 'always', SigningProtocol: 'sigv4' });
  });

  it('serves them by https, compressed, over HTTP/2 and 3, and an unknown path with the page', () => {
    const [, { DistributionConfig }] = template.only('AWS::CloudFront::Distribution');
    expect(DistributionConfig).toMatchObject({
      HttpVersion: 'http2and3',
      DefaultRootObject: 'index.html',
      DefaultCacheBehavior: { Compress: true, ViewerProtocolPolicy: 'redirect-to-https' },
      CustomErrorResponses: [{ ErrorCode: 403, ResponseCode: 404, ResponsePagePath: '/index.html' }],
    });
  });

  it('lets the page load its own files only, and ask the API and the user pool only', () => {
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; " +
        `frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'; ` +
        `connect-src 'self' ${API} ${SIGN_IN}`,
    );
  });

  it('sends the headers that the local run sends, and has browsers come by https only', () => {
    const { 'content-security-policy': _, 'strict-transport-security': https, ...others } = headers;
    const { 'content-security-policy': __, ...local } = consoleHeaders([]);
    expect(others).toEqual(local);
    expect(https).toBe('max-age=31536000');
  });

  it('tells the page where the API is and where people sign in', () => {
    const [clientId] = template.only('AWS::Cognito::UserPoolClient');
    expect(config).toEqual({
      apiUrl: `${API}/test/`,
      cognito: { domain: SIGN_IN, clientId },
      adminGroup: 'owners',
      cleanupLog: { region: 'us-east-1', group: '/aws/lambda/aerotage-sessioncleanup-test' },
    });
  });

  it('signs people in by a code, back to the page and nowhere else', () => {
    const [, client] = template.only('AWS::Cognito::UserPoolClient');
    expect(origin).toBe(PAGE);
    expect(client).toMatchObject({
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email', 'profile'],
      CallbackURLs: [`${PAGE}/`],
      LogoutURLs: [`${PAGE}/`],
    });
    expect(client.GenerateSecret).not.toBe(true);
    const [, { Domain }] = template.only('AWS::Cognito::UserPoolDomain');
    expect(Domain).toMatch(/^aerotage-sessions-test-\w{8}$/);
  });

  it('has a local run know the backend’s own functions only, not those that deploy the page', () => {
    const names = (one: Template) => one.all('AWS::Lambda::Function').map(([, { FunctionName }]) => FunctionName);
    const without = resolveTemplate(readAssembly(synthesizeStage({})), { issuer: '' });
    expect(names(template)).toEqual(names(without));
  });

  it('keeps built assets for good and asks for the pages each time, the assets first', () => {
    const { resources } = readAssembly(synthesizeStage({ console: {} }));
    const deployments = Object.entries<any>(resources).filter(([, { Type }]) => Type === 'Custom::CDKBucketDeployment');
    const kept = deployments.map(([, { Properties }]) => ({
      caching: Properties.SystemMetadata['cache-control'],
      only: Properties.Include,
      not: Properties.Exclude,
    }));
    expect(kept).toEqual([
      { caching: 'max-age=31536000, immutable', only: ['assets/*'], not: ['*'] },
      { caching: 'no-cache', only: undefined, not: ['assets/*'] },
    ]);
  });
});

describe('a stage with the console', () => {
  it('and a user pool that exists takes the sign-in page that is named, and makes none', () => {
    const { template, headers, config } = deployedConsole(existing);
    expect(config.cognito).toEqual(existing.console.signIn);
    expect(headers['content-security-policy']).toContain(`connect-src 'self' ${API} https://sign-in.example.com`);
    expect(template.all('AWS::Cognito::UserPoolDomain')).toEqual([]);
  });

  it('and a name of its own is there, by TLS 1.2 at least', () => {
    const domain = { name: 'sessions.example.com', certificateArn: CERTIFICATE };
    const { template } = deployedConsole({ console: { domain, signInPrefix: 'example-sessions' } });
    const [, { DistributionConfig }] = template.only('AWS::CloudFront::Distribution');
    expect(DistributionConfig).toMatchObject({
      Aliases: ['sessions.example.com'],
      ViewerCertificate: { AcmCertificateArn: CERTIFICATE, MinimumProtocolVersion: 'TLSv1.2_2021' },
    });
    const [, client] = template.only('AWS::Cognito::UserPoolClient');
    expect(client.CallbackURLs).toEqual(['https://sessions.example.com/']);
    const [, { Domain }] = template.only('AWS::Cognito::UserPoolDomain');
    expect(Domain).toBe('example-sessions');
  });

  it('and restricted origins lets its page read the answers, too', () => {
    const { template } = deployedConsole({ console: {}, allowedOrigins: ['https://app.example.com'] });
    const handlers = template
      .all('AWS::Lambda::Function')
      .filter(([, { Description }]) => /^[A-Z]+ \//.test(Description));
    expect(handlers.length).toBeGreaterThanOrEqual(5);
    for (const [, { Environment }] of handlers)
      expect(Environment.Variables.ALLOWED_ORIGINS).toBe(`https://app.example.com,${PAGE}`);
    const preflights = template.all('AWS::ApiGateway::Method').filter(([, { HttpMethod }]) => HttpMethod === 'OPTIONS');
    for (const [, { Integration }] of preflights)
      expect(JSON.stringify(Integration.IntegrationResponses)).toContain(PAGE);
  });

  it('builds it anew while it is synthesized', () => {
    const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'session-backend-page-')) });
    const stage = settleStage('test', { console: {} });
    const site = new ConsoleSite(new Stack(app, 'Stack'), 'Console', { stage, console: {} });
    site.publish({ restApiId: 'api', url: 'https://api.example/' }, { domain: 'https://a.example', clientId: 'page' });
    const assembly = readAssembly(app.synth().directory);
    const [deployment] = Object.values(assembly.resources).filter(({ Type }) => Type === 'Custom::CDKBucketDeployment');
    const html = readFileSync(
      join(assembly.assetPath(deployment?.Properties.SourceObjectKeys[0]), 'index.html'),
      'utf8',
    );
    expect(html).toMatch(/src="\/assets\/index-[\w-]+\.js"/);
  });
});
