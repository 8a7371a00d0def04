import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import fc from 'fast-check';
import { COGNITO_CALLS } from '../../lambda/revocation/cognito-calls';
import type { Kind } from '../../lib/option';
import { OPTIONS } from '../../lib/options';
import { chooseStage, type StageConfiguration, settleStage } from '../../lib/stage';
import { readAssembly } from '../../local/assembly';
import { CONFIGURATION, optionRows, withOptionTable } from '../../tools/option-table';
import { runProgram } from '../support/command';
import { program } from '../support/program';
import { synthesizeStage } from '../support/stack';

const provider = (changes: object) => ({
  openIdProviders: [{ name: 'id', issuer: 'https://id.example', audience: 'app', ...changes }],
});

const receiver = (changes: object) => ({
  ...provider({}),
  receivers: [
    { standard: 'backchannel-logout', issuer: 'https://id.example', audience: 'app', provider: 'id', ...changes },
  ],
});
const RECEIVERS =
  'an array of objects with standard (backchannel-logout or global-token-revocation), issuer, audience and either provider or poolProvider, and optionally jwksUri';

const pool = { userPool: { id: 'eu-west-1_AbC', clientIds: ['a'] } };
const signIn = (clientId: string) => ({ signIn: { domain: 'https://a.example', clientId } });
const SIGN_IN =
  'with userPool (and only then) an object with domain (an https address with no path) and clientId (one of userPool.clientIds)';
const PREFIX =
  'without userPool, at most 63 lower-case letters, digits and hyphens, without the words aws, amazon and cognito';

/** A wrong configuration for each check, with the value that is told. */
const PLACE = '"country", "off", or the path of an IP-to-country database, a file that ends with .mmdb';
const WRONG: [configuration: object, option: string, value: string, expected: string][] = [
  [{ app: 'My App' }, 'app', '"My App"', 'lower-case letters, digits and hyphens, at most 20'],
  [{ receivers: [{ standard: 'caep' }] }, 'receivers', '[{"standard":"caep"}]', RECEIVERS],
  [
    receiver({ provider: 'other' }),
    'receivers.provider',
    '"other"',
    'the name of one of openIdProviders, or in its place poolProvider, the name of one of the pool',
  ],
  [
    receiver({ poolProvider: 'Okta' }),
    'receivers.provider',
    '"id"',
    'the name of one of openIdProviders, or in its place poolProvider, the name of one of the pool',
  ],
  [{ sessionsTable: 'x' }, 'sessionsTable', '"x"', 'an object with name, and optionally streamArn and kmsKeyArn'],
  [{ sessionsTable: {} }, 'sessionsTable.name', 'undefined', 'the name of a DynamoDB table'],
  [{ sessionsTable: { name: 'a b' } }, 'sessionsTable.name', '"a b"', 'the name of a DynamoDB table'],
  [
    { sessionsTable: { name: 'old', streamArn: 'old' } },
    'sessionsTable.streamArn',
    '"old"',
    'the ARN of the table’s stream, arn:aws:dynamodb:…:table/…/stream/…',
  ],
  [
    { sessionsTable: { name: 'old', kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:alias/old' } },
    'sessionsTable.kmsKeyArn',
    '"arn:aws:kms:eu-west-1:123456789012:alias/old"',
    'the ARN of the table’s KMS key, arn:aws:kms:…:key/…, not of an alias',
  ],
  [{ userPool: [] }, 'userPool', '[]', 'an object with id and clientIds'],
  [
    { userPool: { id: 'pool', clientIds: ['a'] } },
    'userPool.id',
    '"pool"',
    'the id of a user pool, like eu-west-1_AbCdEfGhI',
  ],
  [{ userPool: { id: 'eu-west-1_AbC', clientIds: [] } }, 'userPool.clientIds', '[]', 'at least one app client id'],
  [
    provider({ sid: 'x' }),
    'openIdProviders',
    '[{"name":"id","issuer":"https://id.example","audience":"app","sid":"x"}]',
    'an array of objects with name, issuer and audience, and optionally signInClaim, groupsClaim and jwksUri',
  ],
  [
    provider({ issuer: 'id.example' }),
    'openIdProviders.issuer',
    '"id.example"',
    'an https address as the tokens’ iss claim has it, each once',
  ],
  [
    provider({ name: 'a|b' }),
    'openIdProviders.name',
    '"a|b"',
    'lower-case letters, digits and hyphens, at most 20, each once',
  ],
  [provider({ audience: '' }), 'openIdProviders.audience', '""', 'the aud claim of the accepted tokens'],
  [provider({ signInClaim: 5 }), 'openIdProviders.signInClaim', '5', 'the name of a claim'],
  [provider({ groupsClaim: '' }), 'openIdProviders.groupsClaim', '""', 'the name of a claim'],
  [
    provider({ jwksUri: 'http://id.example/keys' }),
    'openIdProviders.jwksUri',
    '"http://id.example/keys"',
    'the https address of the provider’s keys',
  ],
  [{ allowedOrigins: [] }, 'allowedOrigins', '[]', 'at least one origin, or ["*"] alone'],
  [
    { allowedOrigins: ['https://a.example/'] },
    'allowedOrigins',
    '"https://a.example/"',
    'an origin like https://app.example.com, with no path',
  ],
  [
    { allowedOrigins: ['capacitor://localhost', 'app.example.com'] },
    'allowedOrigins',
    '"app.example.com"',
    'an origin like https://app.example.com, with no path',
  ],
  [
    { allowedHeaders: ['*'] },
    'allowedHeaders',
    '["*"]',
    'an array of header names without *, which browsers do not accept in place of Authorization',
  ],
  [{ idleMinutes: 0 }, 'idleMinutes', '0', 'a positive number'],
  [{ lifetimeHours: '7' }, 'lifetimeHours', '"7"', 'a positive number'],
  [{ maxAgeDays: null }, 'maxAgeDays', 'null', 'a positive number'],
  [{ signInDays: -1 }, 'signInDays', '-1', 'a positive number'],
  [{ recentSignInMinutes: 0 }, 'recentSignInMinutes', '0', 'a positive number of minutes'],
  [{ acceptUnnamedSignIns: 'no' }, 'acceptUnnamedSignIns', '"no"', 'true or false'],
  [{ retainData: 1 }, 'retainData', '1', 'true or false'],
  [{ deletionProtection: 'on' }, 'deletionProtection', '"on"', 'true or false'],
  [{ setApiLogRole: 'yes' }, 'setApiLogRole', '"yes"', 'true or false'],
  [{ sessionLimit: 3 }, 'sessionLimit', '3', 'an object with most and whenReached'],
  [{ sessionLimit: { most: 0, whenReached: 'deny' } }, 'sessionLimit.most', '0', 'a whole number from 1 to 1000'],
  [{ sessionLimit: { most: 1, whenReached: 'ask' } }, 'sessionLimit.whenReached', '"ask"', '"deny" or "end-oldest"'],
  [{ limits: 5 }, 'limits', '5', 'an object with the limits of each group by its name'],
  [{ limits: { ' ': {} } }, 'limits', '" "', 'the name of a group'],
  [{ limits: { ops: {} } }, 'limits.ops', '{}', 'an object with idleMinutes, lifetimeHours or both, positive numbers'],
  [{ limits: { ops: { idleMinutes: 0 } } }, 'limits.ops.idleMinutes', '0', 'a positive number'],
  [
    { limits: { ops: { idle: 5 } } },
    'limits.ops',
    '{"idle":5}',
    'an object with idleMinutes, lifetimeHours or both, positive numbers',
  ],
  [
    { authorizerCacheSeconds: 60, limits: { ops: { idleMinutes: 15 } } },
    'authorizerCacheSeconds',
    '60',
    'a whole number from 0 to 3600, and at most a twentieth of the idle timeout',
  ],
  [{ signOutAtPool: 'yes' }, 'signOutAtPool', '"yes"', 'true or false'],
  [{ newDeviceEvents: 1 }, 'newDeviceEvents', '1', 'true or false'],
  [{ deviceMemoryDays: 0 }, 'deviceMemoryDays', '0', 'a positive number'],
  [{ adminGroup: 'the admins' }, 'adminGroup', '"the admins"', 'the name of a group'],
  [{ adminClaim: 'a "claim"' }, 'adminClaim', '"a \\"claim\\""', 'the name of a claim'],
  [{ endOn: ['AdminGetUser'] }, 'endOn', '["AdminGetUser"]', `at least one of ${COGNITO_CALLS.join(', ')}`],
  [
    { authorizerCacheSeconds: 60, idleMinutes: 10 },
    'authorizerCacheSeconds',
    '60',
    'a whole number from 0 to 3600, and at most a twentieth of the idle timeout',
  ],
  [{ location: 'city' }, 'location', '"city"', PLACE],
  [{ location: './none.mmdb' }, 'location', '"./none.mmdb"', PLACE],
  [{ trustedOrigin: 'x' }, 'trustedOrigin', '"x"', 'an object with header and sha256'],
  [{ trustedOrigin: { header: 'a b', sha256: [] } }, 'trustedOrigin.header', '"a b"', 'the name of a header'],
  [
    { trustedOrigin: { header: 'x-secret', sha256: ['the secret itself'] } },
    'trustedOrigin.sha256',
    '["the secret itself"]',
    'at least one SHA-256, in hexadecimal, of a secret; never the secret itself',
  ],
  [{ cleanupEveryHours: 0.5 }, 'cleanupEveryHours', '0.5', 'a whole number from 1 to 24'],
  [{ cleanupWriteUnitsPerSecond: 1 }, 'cleanupWriteUnitsPerSecond', '1', 'a number of at least 10'],
  [{ alarmEmail: 'ops' }, 'alarmEmail', '"ops"', 'an e-mail address'],
  [{ alarmEmail: ['ops@a.example'] }, 'alarmEmail', '["ops@a.example"]', 'an e-mail address'],
  [{ logDays: 31 }, 'logDays', '31', expect.stringMatching(/^one of 1, 3, 5, 7, 14, 30, /) as unknown as string],
  [{ throttle: null }, 'throttle', 'null', 'an object with rate and burst, both positive numbers'],
  [{ throttle: { rate: 5 } }, 'throttle', '{"rate":5}', 'an object with rate and burst, both positive numbers'],
  [{ console: true }, 'console', 'true', 'an object, optionally with domain, signIn and signInPrefix'],
  [
    { console: { domain: { name: 'a.example', certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/1' } } },
    'console.domain',
    '{"name":"a.example","certificateArn":"arn:aws:acm:eu-west-1:123456789012:certificate/1"}',
    'an object with name (like sessions.example.com) and certificateArn (of a certificate in us-east-1)',
  ],
  [{ ...pool, console: {} }, 'console.signIn', 'undefined', SIGN_IN],
  [{ console: signIn('a') }, 'console.signIn', '{"domain":"https://a.example","clientId":"a"}', SIGN_IN],
  [{ ...pool, console: signIn('b') }, 'console.signIn', '{"domain":"https://a.example","clientId":"b"}', SIGN_IN],
  [{ console: { signInPrefix: 'a_b' } }, 'console.signInPrefix', '"a_b"', PREFIX],
  [{ app: 'aws-app', console: {} }, 'console.signInPrefix', '"aws-app-sessions-prod"', PREFIX],
  [{ ...pool, console: { ...signIn('a'), signInPrefix: 'a' } }, 'console.signInPrefix', '"a"', PREFIX],
];

describe('a stage’s configuration', () => {
  it('is whole without a word', () => {
    expect(settleStage('dev')).toMatchObject({ app: 'aerotage', idleMinutes: 480, retainData: false });
    expect(settleStage('prod').retainData).toBe(true);
  });

  it('has limits for groups of any name: other providers’ may have spaces', () => {
    const limits = { 'Domain Admins, EMEA': { idleMinutes: 15 } };
    expect(settleStage('prod', { limits }).limits).toEqual(limits);
  });

  it.each(WRONG)('%p is refused: the value of %s is told, and what is expected', (wrong, option, value, expected) => {
    const message = (() => {
      try {
        settleStage('prod', wrong as StageConfiguration);
      } catch (error) {
        return (error as Error).message;
      }
    })();
    const [, told, shown, wanted] = /^Stage "prod": (.+?) is (.+); expected: (.+)\.$/.exec(message ?? '') ?? [];
    expect([told, shown, wanted]).toEqual([option, value, expected]);
  });

  it('has a wrong value tested for each of its options, and for each of their fields', () => {
    const tested = WRONG.map(([, option]) => option);
    const pathsOf = ([name, { fields = {} }]: [string, Kind<unknown>]): string[] => [
      name,
      ...Object.entries(fields).flatMap((field) => pathsOf(field).map((path) => `${name}.${path}`)),
    ];
    for (const [name, { kind }] of Object.entries(OPTIONS)) {
      for (const path of pathsOf([name, kind])) expect(tested).toContain(path);
    }
  });

  it('refuses a stage name that no resource could have', () => {
    expect(() => settleStage('Prod')).toThrow('Stage "Prod": name is "Prod"; expected: a stage name of lower-case');
  });

  it.each([
    ['idelMinutes', ' (did you mean "idleMinutes"?)'],
    ['allowedorigins', ' (did you mean "allowedOrigins"?)'],
    ['ap', ' (did you mean "app"?)'],
    ['colour', ''],
  ])('refuses the option %s, which there is not, and says which was meant', (option, meant) => {
    expect(() => settleStage('prod', { [option]: 5 } as object)).toThrow(
      `Stage "prod": there is no option "${option}"${meant}. Options are: app, sessionsTable,`,
    );
  });
});

describe('a stage', () => {
  it.each([null, [], 'prod', 5])('whose configuration is %j is refused in a sentence', (configuration) => {
    expect(() => chooseStage({ prod: configuration }, 'prod')).toThrow(
      `Stage "prod": its configuration is ${JSON.stringify(configuration)}; expected: an object, {} for all defaults.`,
    );
  });

  it.each([
    ['qa', ''],
    ['toString', ''],
    ['dve', ' (did you mean "dev"?)'],
  ])('that is not in cdk.json is refused, with the names of those that are: %s', (name, meant) => {
    expect(() => chooseStage({ dev: {}, prod: {} }, name)).toThrow(
      `There is no stage "${name}" in cdk.json${meant}; there are: dev, prod.`,
    );
  });

  it.each([null, [], 'dev'])('cannot be found where stages is %j, which is refused in a sentence', (stages) => {
    expect(() => chooseStage(stages, 'dev')).toThrow(
      `stages in cdk.json is ${JSON.stringify(stages)}; expected: an object with each stage by its name.`,
    );
  });

  it('is never refused by anything but a sentence, whatever its options are', () => {
    const { name: _, ...options } = settleStage('prod');
    const inner = [...'name streamArn kmsKeyArn id clientIds issuer audience most rate burst domain signIn'.split(' ')];
    const nested = fc.dictionary(fc.constantFrom(...inner), fc.jsonValue(), { maxKeys: 4 });
    const value = fc.oneof(fc.jsonValue(), nested, fc.array(nested, { maxLength: 2 }));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(options)), value, { minKeys: 1 }), (configuration) => {
        try {
          settleStage('prod', configuration as StageConfiguration);
        } catch (error) {
          expect(String(error)).toMatch(/^Error: Stage "prod": .+ is .+; expected: .+\.$/s);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('npx cdk synth', () => {
  it.each([
    ['a stage that there is not', '{"dev":{}}', 'There is no stage "prod" in cdk.json; there are: dev.'],
    ['a wrong option', '{"prod":{"logDays":31}}', 'Stage "prod": logDays is 31; expected: one of 1, 3, '],
  ])('says nothing but one sentence of %s', async (_, stages, sentence) => {
    // What `cdk synth` runs, with the context as it passes it on.
    const { code, stderr } = await runProgram(process.execPath, [await program('bin/app.ts')], {
      CDK_CONTEXT_JSON: `{"stage":"prod","stages":${stages}}`,
    });
    expect(stderr).toMatch(/^Error: .+\.\n$/);
    expect(stderr).toContain(sentence);
    expect(code).toBe(1);
  });
});

describe('docs/configuration.md', () => {
  it('has the table of options that `npm run options` writes', () => {
    const page = readFileSync(CONFIGURATION, 'utf8');
    expect(withOptionTable(page)).toBe(page);
  });

  it('says what each option means, and has the default that a stage gets', () => {
    const settled: Record<string, unknown> = { ...settleStage('prod') };
    for (const { option, default: standard, meaning } of optionRows()) {
      expect([option, meaning]).toEqual([option, expect.stringMatching(/^.{20,}$/)]);
      // A long default is described in words, after a hyphen.
      if (standard.startsWith('- ')) continue;
      expect([option, standard]).toEqual([option, JSON.stringify(settled[option]) ?? 'none']);
    }
  });
});

const STREAM = 'arn:aws:dynamodb:eu-west-1:123456789012:table/sessions-of-old/stream/2026-01-01T00:00:00.000';

describe('a stage with a table and a user pool that exist', () => {
  const { resources } = readAssembly(
    synthesizeStage({
      sessionsTable: { name: 'sessions-of-old', streamArn: STREAM },
      userPool: { id: 'eu-west-1_AbC', clientIds: ['one', 'two'] },
    }),
  );
  const template = Template.fromJSON({ Resources: resources as Record<string, any> });

  it('makes neither', () => {
    template.resourceCountIs('AWS::Cognito::UserPool', 0);
    const tables = Object.values(template.findResources('AWS::DynamoDB::Table'));
    expect(tables.map(({ Properties }) => Properties.TableName)).toEqual([
      'aerotage-sign-ins-test',
      'aerotage-cleanup-runs-test',
    ]);
  });

  it('allows each function the same actions as on a table of its own', () => {
    const dev = readAssembly(synthesizeStage({})).resources;
    const actions = (all: typeof dev) =>
      Object.entries(all)
        .filter(([, { Type }]) => Type === 'AWS::IAM::Policy')
        .map(([id, { Properties }]) => [id, Properties.PolicyDocument.Statement.map(({ Action }: any) => Action)]);
    // Only a user pool of the stack's own has a trigger.
    const both = actions(dev).filter(([id]) => !String(id).includes('passwordreset'));
    expect(actions(resources)).toEqual(both);
    expect(JSON.stringify(resources)).toContain('table/sessions-of-old/index/UserIndex');
  });

  it('takes the tokens of a pool in another region, which the pool’s id names', () => {
    const authorizer = Object.values(resources).find(
      ({ Properties }) => Properties.FunctionName === 'aerotage-authorizer-test',
    );
    const issuer = authorizer?.Properties.Environment.Variables.TOKEN_ISSUER['Fn::Join'][1];
    expect(issuer).toEqual(['https://cognito-idp.eu-west-1.', { Ref: 'AWS::URLSuffix' }, '/eu-west-1_AbC']);
  });

  it('tells of ended sessions from the stream that is named, and not at all without one', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { EventSourceArn: STREAM });
    const without = readAssembly(synthesizeStage({ sessionsTable: { name: 'sessions-of-old' } })).resources;
    const types = Object.values(without).map(({ Type }) => Type);
    expect(types).not.toContain('AWS::Lambda::EventSourceMapping');
    expect(types).toContain('AWS::Events::EventBus');
  });
});

describe('a stage whose table has a customer-managed key', () => {
  const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/12345678-90ab';
  const { resources } = readAssembly(
    synthesizeStage({ sessionsTable: { name: 'sessions-of-old', streamArn: STREAM, kmsKeyArn: KEY } }),
  );
  const statements = Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::IAM::Policy')
    .map(({ Properties }) => Properties.PolicyDocument.Statement as any[]);
  const about = (text: string) => (statement: any) => JSON.stringify(statement.Resource).includes(text);

  it('lets each function that reads or writes it, or its stream, decrypt with that key, through DynamoDB only', () => {
    const users = statements.filter((policy) => policy.some(about('table/sessions-of-old')));
    expect(users.length).toBeGreaterThan(5);
    for (const policy of users) {
      expect(policy.filter(about(KEY))).toEqual([
        {
          Effect: 'Allow',
          Action: 'kms:Decrypt',
          Resource: KEY,
          Condition: {
            StringEquals: {
              'kms:ViaService': {
                'Fn::Join': ['', ['dynamodb.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]],
              },
            },
          },
        },
      ]);
    }
  });

  it('lets no other function use the key', () => {
    const others = statements.filter((policy) => !policy.some(about('table/sessions-of-old')));
    expect(others.length).toBeGreaterThan(0);
    for (const policy of others) expect(policy.filter(about(KEY))).toEqual([]);
  });
});
