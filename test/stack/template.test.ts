import { Template } from 'aws-cdk-lib/assertions';
import { SWEEP_FLAGS } from '../../bench/processes';
import { scripts } from '../../package.json';
import { actionsByFunction } from '../support/actions';
import { outputs, rawResources, synthesized } from '../support/stack';

const { resources } = synthesized();
const template = Template.fromJSON({ Resources: structuredClone(resources) as Record<string, any> });
const all = (type: string) => Object.values(resources).filter(({ Type }) => Type === type);

describe('the stack', () => {
  it('keeps sessions on demand, encrypted, restorable, with TTL on purgeAt', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: 'aerotage-user-sessions-dev',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'sessionId', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'UserIndex',
          KeySchema: [
            { AttributeName: 'userId', KeyType: 'HASH' },
            { AttributeName: 'createdAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'purgeAt', Enabled: true },
    });
  });

  it('does not set V8 flags that Lambda’s own would override; the command has those that the bench measures', () => {
    const cleanup = all('AWS::Lambda::Function').find(({ Properties }) => Properties.DurableConfig);
    expect(cleanup?.Properties.Environment.Variables).not.toHaveProperty('NODE_OPTIONS');
    expect(scripts.cleanup).toContain(`node ${SWEEP_FLAGS.join(' ')} `);
  });

  it('keeps the versions on which a cleanup may still be running', () => {
    const versions = Object.values(rawResources(process.env.SYNTHESIZED ?? '')).filter(
      ({ Type }) => Type === 'AWS::Lambda::Version',
    );
    expect(versions.length).toBeGreaterThan(0);
    for (const version of versions) {
      expect(version).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
  });

  it('has the contract’s function names, on Node 24 and arm64', () => {
    const functions = all('AWS::Lambda::Function').map(({ Properties }) => Properties);
    expect(functions.map(({ FunctionName }) => FunctionName).sort()).toEqual([
      'aerotage-announcesessions-dev',
      'aerotage-authorizer-dev',
      'aerotage-createsession-dev',
      'aerotage-findusers-dev',
      'aerotage-getsession-dev',
      'aerotage-listcleanups-dev',
      'aerotage-listsessions-dev',
      'aerotage-logout-dev',
      'aerotage-passwordreset-dev',
      'aerotage-requestdryrun-dev',
      'aerotage-revokesessions-dev',
      'aerotage-sessioncleanup-dev',
      'aerotage-terminatesession-dev',
      'aerotage-terminatesessions-dev',
    ]);
    for (const { Runtime, Architectures } of functions)
      expect([Runtime, Architectures]).toEqual(['nodejs24.x', ['arm64']]);
  });

  it('allows each function exactly the actions that it uses', () => {
    expect(actionsByFunction(resources)).toEqual({
      'aerotage-authorizer-dev': {
        sessions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        signIns: ['dynamodb:GetItem'],
      },
      'aerotage-createsession-dev': {
        sessions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
        signIns: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      },
      'aerotage-findusers-dev': { other: ['cognito-idp:ListUsers'] },
      // The authorizer has read the session.
      'aerotage-getsession-dev': {},
      'aerotage-listsessions-dev': { sessions: ['dynamodb:BatchGetItem'], index: ['dynamodb:Query'] },
      'aerotage-listcleanups-dev': { cleanupRuns: ['dynamodb:Query'] },
      'aerotage-requestdryrun-dev': {
        cleanupRuns: ['dynamodb:GetItem', 'dynamodb:PutItem'],
        other: ['events:PutEvents'],
      },
      'aerotage-logout-dev': {
        sessions: ['dynamodb:BatchGetItem', 'dynamodb:DeleteItem', 'dynamodb:GetItem'],
        index: ['dynamodb:Query'],
        signIns: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      },
      'aerotage-passwordreset-dev': { other: ['events:PutEvents'] },
      'aerotage-terminatesession-dev': { sessions: ['dynamodb:DeleteItem'] },
      'aerotage-terminatesessions-dev': { sessions: ['dynamodb:DeleteItem'], index: ['dynamodb:Query'] },
      'aerotage-sessioncleanup-dev': {
        sessions: ['dynamodb:BatchWriteItem', 'dynamodb:Scan'],
        cleanupRuns: ['dynamodb:PutItem'],
        other: ['sqs:SendMessage'],
      },
      'aerotage-announcesessions-dev': {
        sessions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
        other: [
          'dynamodb:ListStreams',
          'events:PutEvents',
          'sqs:GetQueueAttributes',
          'sqs:GetQueueUrl',
          'sqs:SendMessage',
        ],
      },
      'aerotage-revokesessions-dev': {
        sessions: ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'],
        index: ['dynamodb:Query'],
        other: ['sqs:SendMessage'],
      },
    });
  });

  it('has the contract’s routes, each behind the authorizer', () => {
    const paths = new Map<string, string>();
    const pathOf = (id: string): string => {
      const properties = resources[id]?.Properties;
      return properties?.PathPart ? `${pathOf(properties.ParentId.Ref)}/${properties.PathPart}` : '';
    };
    for (const { Properties } of all('AWS::ApiGateway::Method')) {
      if (Properties.HttpMethod === 'OPTIONS') continue;
      paths.set(`${Properties.HttpMethod} ${pathOf(Properties.ResourceId.Ref)}`, Properties.AuthorizationType);
    }
    expect(Object.fromEntries(paths)).toEqual({
      'POST /users/{id}/sessions': 'CUSTOM',
      'GET /users/{id}/sessions': 'CUSTOM',
      'DELETE /users/{id}/sessions': 'CUSTOM',
      'DELETE /users/{id}/sessions/{sessionId}': 'CUSTOM',
      'POST /logout': 'CUSTOM',
      'GET /session': 'CUSTOM',
      'GET /cleanups': 'CUSTOM',
      'GET /users': 'CUSTOM',
      'POST /cleanups': 'CUSTOM',
    });
  });

  it('fires the cleanup every six hours, at a version of it, with a dead-letter queue', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      Name: 'aerotage-session-cleanup-dev',
      ScheduleExpression: 'rate(6 hours)',
      State: 'ENABLED',
    });
    const [rule] = all('AWS::Events::Rule');
    const [target] = rule?.Properties.Targets ?? [];
    expect(resources[target.Arn.Ref]?.Type).toBe('AWS::Lambda::Alias');
    expect(target.DeadLetterConfig.Arn['Fn::GetAtt'][0]).toMatch(/DeadLetters/);
  });

  it('answers in the envelope wherever the gateway answers, with CORS', () => {
    const answers = all('AWS::ApiGateway::GatewayResponse').map(({ Properties }) => Properties);
    expect(answers.map(({ ResponseType }) => ResponseType)).toEqual(
      expect.arrayContaining(['DEFAULT_4XX', 'DEFAULT_5XX', 'ACCESS_DENIED']),
    );
    for (const { ResponseParameters, ResponseTemplates } of answers) {
      expect(ResponseParameters['gatewayresponse.header.Access-Control-Allow-Origin']).toBe("'*'");
      const filled = ResponseTemplates['application/json'].replace(/\$context\.[\w.]+/g, '0');
      expect(JSON.parse(filled)).toMatchObject({
        success: false,
        error: { code: expect.any(String), message: expect.any(String) },
      });
    }
  });

  it.each(['AUTHORIZER_CONFIGURATION_ERROR', 'AUTHORIZER_FAILURE'])(
    'asks to try again when the authorizer could not decide, which the gateway reports as %s',
    (ResponseType) => {
      const answer = all('AWS::ApiGateway::GatewayResponse').find(
        ({ Properties }) => Properties.ResponseType === ResponseType,
      )?.Properties;
      expect(answer?.StatusCode).toBe('503');
      expect(answer?.ResponseParameters['gatewayresponse.header.Retry-After']).toBe("'1'");
      expect(answer?.ResponseTemplates['application/json']).toContain('"code":"TRY_AGAIN"');
    },
  );

  it('gives the reason of a denied request, which a client needs to know how to sign in again', () => {
    const denied = all('AWS::ApiGateway::GatewayResponse').find(
      ({ Properties }) => Properties.ResponseType === 'ACCESS_DENIED',
    )?.Properties;
    const context: Record<string, string> = {
      code: 'SESSION_ENDED',
      message: 'Ended.',
      reason: 'ended',
      timestamp: 'now',
    };
    const body = denied?.ResponseTemplates['application/json'].replace(
      /\$context\.authorizer\.(\w+)/g,
      (_: string, name: string) => context[name],
    );
    expect(denied?.StatusCode).toBe('401');
    expect(JSON.parse(body)).toEqual({
      success: false,
      error: { code: 'SESSION_ENDED', message: 'Ended.', details: { reason: 'ended' } },
      timestamp: 'now',
    });
  });

  it('prints the API’s address once, without a slash at its end: people join it with paths that begin with one', () => {
    const values = Object.values(outputs(process.env.SYNTHESIZED ?? '')).map(({ Value }) => JSON.stringify(Value));
    const addresses = values.filter((value) => value.includes('execute-api'));
    expect(addresses).toEqual([
      expect.stringMatching(/^\{"Fn::Join":\["",\["https:\/\/",.*"\/",\{"Ref":"\w+"\}\]\]\}$/),
    ]);
  });

  it('throttles the stage and keeps its logs for a time', () => {
    template.hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [{ ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 }],
    });
    for (const { Properties } of all('AWS::Logs::LogGroup')) expect(Properties.RetentionInDays).toBe(30);
  });
});

describe('the rules for what happens to users elsewhere', () => {
  const rules = all('AWS::Events::Rule').map(({ Properties }) => Properties);

  const namesOf = (name: string) => rules.find(({ Name }) => Name === name)?.EventPattern.detail.eventName;
  const functionOf = (name: string) =>
    all('AWS::Lambda::Function').find(({ Properties }) => Properties.FunctionName === name)?.Properties;

  it('match the calls on which the function ends sessions: not a change of the own password', () => {
    const names = namesOf('aerotage-session-user-events-dev');
    expect(functionOf('aerotage-revokesessions-dev')?.Environment.Variables.END_ON).toBe(names.join(','));
    expect(names).toContain('ConfirmForgotPassword');
    expect(names).not.toContain('ChangePassword');
  });

  it('match new passwords that were set on the pool’s own sign-in page', () => {
    const rule = rules.find(({ Name }) => Name === 'aerotage-session-page-events-dev');
    expect(rule?.EventPattern).toMatchObject({
      source: ['aws.cognito-idp'],
      'detail-type': ['AWS Service Event via CloudTrail'],
      detail: { eventName: ['ConfirmForgotPassword_POST', 'ResetPassword_POST'] },
    });
  });

  it('are helped by the trigger of the stack’s own user pool, which says who reset a password', () => {
    const [pool] = all('AWS::Cognito::UserPool');
    const trigger = pool?.Properties.LambdaConfig.PostConfirmation['Fn::GetAtt'][0];
    expect(resources[trigger]?.Properties.FunctionName).toBe('aerotage-passwordreset-dev');
  });

  it('listen on the default bus for Cognito, on the stage’s own for others, with a dead-letter queue each', () => {
    const onBuses = rules.filter(({ EventPattern }) => EventPattern && !EventPattern.detail?.dryRun);
    expect(onBuses.map(({ EventBusName }) => EventBusName?.Ref && resources[EventBusName.Ref]?.Type)).toEqual([
      undefined,
      undefined,
      'AWS::Events::EventBus',
    ]);
    for (const { Targets } of onBuses) expect(Targets[0].DeadLetterConfig.Arn['Fn::GetAtt'][0]).toMatch(/DeadLetters/);
  });
});

it('what an admin may ask of the cleanup is a dry run, at a version of it, and soon or not at all', () => {
  const rule = all('AWS::Events::Rule').find(({ Properties }) => Properties.Name.includes('cleanup-requests'));
  const { EventBusName, EventPattern, Targets } = rule?.Properties ?? {};
  expect(resources[EventBusName.Ref]?.Type).toBe('AWS::Events::EventBus');
  expect(EventPattern).toMatchObject({ source: ['aerotage-sessions-dev'], detail: { dryRun: [true] } });
  expect(resources[Targets[0].Arn.Ref]?.Type).toBe('AWS::Lambda::Alias');
  expect(Targets[0].RetryPolicy.MaximumEventAgeInSeconds).toBe(300);
});

it('the events of ended sessions come from the table’s own stream, and a batch that fails is not lost', () => {
  template.hasResourceProperties('AWS::DynamoDB::Table', {
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  });
  const [mapping] = all('AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties);
  expect(mapping?.EventSourceArn['Fn::GetAtt'][1]).toBe('StreamArn');
  expect(mapping).toMatchObject({ StartingPosition: 'TRIM_HORIZON', BisectBatchOnFunctionError: true });
  expect(mapping?.DestinationConfig.OnFailure.Destination['Fn::GetAtt'][0]).toMatch(/DeadLetters/);
});
