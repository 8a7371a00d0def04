import { readAssembly } from '../../local/assembly';

const { resources } = readAssembly(process.env.SYNTHESIZED);
const all = (type: string): any[] =>
  Object.values(resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);
const named = (type: string, key: string, part: string) => all(type).find((one) => String(one[key]).includes(part));
const functionOf = (name: string) => named('AWS::Lambda::Function', 'FunctionName', `-${name}-`);
const ruleOf = (name: string) => named('AWS::Events::Rule', 'Name', name);
const alarmOf = (name: string) => named('AWS::CloudWatch::Alarm', 'AlarmName', `-sessions-${name}-`);
const queueOf = (reference: any) => resources[reference?.['Fn::GetAtt']?.[0]]?.Type;

it('the access log says of a request what is known without looking into it: no header, no token', () => {
  const [{ AccessLogSetting }] = all('AWS::ApiGateway::Stage');
  expect(JSON.parse(AccessLogSetting.Format)).toEqual({
    requestId: '$context.requestId',
    time: '$context.requestTime',
    ip: '$context.identity.sourceIp',
    userAgent: '$context.identity.userAgent',
    method: '$context.httpMethod',
    route: '$context.resourcePath',
    status: '$context.status',
    userId: '$context.authorizer.principalId',
    refusal: '$context.authorizer.code',
    error: '$context.error.responseType',
    durationMs: '$context.responseLatency',
  });
});

it('only registration and logout need no live session', () => {
  const { Variables } = functionOf('authorizer').Environment;
  expect(Variables.ROUTES_WITHOUT_SESSION.split(',').sort()).toEqual(['POST/logout', 'POST/users/{id}/sessions']);
});

it('a function that reads nothing of the database does not know its tables', () => {
  expect(functionOf('listsessions').Environment.Variables).toHaveProperty('SESSIONS_TABLE');
  expect(functionOf('getsession').Environment.Variables).not.toHaveProperty('SESSIONS_TABLE');
});

describe('what the gateway answers', () => {
  const responses = all('AWS::ApiGateway::GatewayResponse');

  it('can be read by a browser and is kept by nobody', () => {
    for (const { ResponseParameters } of responses) {
      expect(ResponseParameters).toMatchObject({
        'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
        'gatewayresponse.header.Cache-Control': "'no-store'",
      });
    }
  });

  it('says when to come back if it may pass, and only then', () => {
    const retried = responses.filter(
      ({ ResponseParameters }) => 'gatewayresponse.header.Retry-After' in ResponseParameters,
    );
    expect(retried.map(({ ResponseType }) => ResponseType).sort()).toEqual([
      'AUTHORIZER_CONFIGURATION_ERROR',
      'AUTHORIZER_FAILURE',
      'INTEGRATION_TIMEOUT',
      'QUOTA_EXCEEDED',
      'THROTTLED',
    ]);
  });
});

describe('the stack’s own user pool', () => {
  it('lets nobody make an account, and puts the sign-in’s id into tokens', () => {
    const [pool] = all('AWS::Cognito::UserPool');
    expect(pool.AdminCreateUserConfig).toEqual({ AllowAdminCreateUserOnly: true });
    const [client] = all('AWS::Cognito::UserPoolClient');
    expect(client.EnableTokenRevocation).toBe(true);
  });
});

describe('an event that fails', () => {
  it.each(['sessioncleanup', 'revokesessions'])('in the function %s is kept', (name) => {
    expect(queueOf(functionOf(name).DeadLetterConfig?.TargetArn)).toBe('AWS::SQS::Queue');
  });

  it.each(['session-cleanup-dev', 'session-user-events', 'session-end-requests'])(
    'on its way from the rule %s is kept',
    (name) => {
      for (const { DeadLetterConfig } of ruleOf(name).Targets) {
        expect(queueOf(DeadLetterConfig?.Arn)).toBe('AWS::SQS::Queue');
      }
    },
  );

  it('of the table’s stream is kept, and none is left out', () => {
    const [mapping] = all('AWS::Lambda::EventSourceMapping');
    expect(mapping).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT","REMOVE"]}' }] },
    });
    expect(queueOf(mapping.DestinationConfig.OnFailure.Destination)).toBe('AWS::SQS::Queue');
  });
});

describe('a rule', () => {
  it('of the schedule starts a version of the cleanup', () => {
    const { ScheduleExpression, Targets } = ruleOf('session-cleanup-dev');
    expect(ScheduleExpression).toBe('rate(6 hours)');
    expect(Targets.map(({ Arn }: any) => resources[Arn.Ref]?.Type)).toEqual(['AWS::Lambda::Alias']);
  });

  it('for what happens in Cognito passes on Cognito’s own calls only', () => {
    expect(ruleOf('session-user-events').EventPattern).toMatchObject({
      source: ['aws.cognito-idp'],
      detail: { eventSource: ['cognito-idp.amazonaws.com'] },
    });
  });

  it('for requested cleanups passes on dry runs only', () => {
    expect(ruleOf('session-cleanup-requests').EventPattern.detail).toEqual({
      dryRun: [true],
      runId: [{ exists: true }],
      requestedBy: [{ exists: true }],
    });
  });
});

it('each change of a session is in the table’s stream as it was and as it is', () => {
  const { StreamSpecification } = named('AWS::DynamoDB::Table', 'TableName', 'user-sessions');
  expect(StreamSpecification).toMatchObject({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
});

it('what a function may do is listed, and where', () => {
  for (const { PolicyDocument } of all('AWS::IAM::Policy')) {
    for (const { Action, Resource } of PolicyDocument.Statement) {
      const actions: string[] = [Action].flat();
      expect(actions.filter((action) => action.includes('*') && !action.startsWith('xray:'))).toEqual([]);
      if (actions.some((action) => action.startsWith('dynamodb:') && action !== 'dynamodb:ListStreams')) {
        expect([Resource].flat()).not.toContain('*');
      }
    }
  }
});

it('the cleanup may name no attribute but the key in what it writes in batches', () => {
  const statements = all('AWS::IAM::Policy').flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  const batches = statements.filter(
    ({ Action, Condition }) => [Action].flat().includes('dynamodb:BatchWriteItem') && Condition,
  );
  expect(batches.map(({ Condition }) => Condition)).toEqual([
    { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['sessionId'] } },
  ]);
});

describe('an alarm', () => {
  const metricsOf = ({ Metrics = [], MetricName }: any): string[] =>
    MetricName ? [MetricName] : Metrics.flatMap(({ MetricStat }: any) => MetricStat?.Metric.MetricName ?? []).sort();

  it.each<[string, string[]]>([
    ['cleanup-failed', ['DurableExecutionFailed', 'DurableExecutionTimedOut', 'Errors']],
    ['cleanup-missing', ['Runs']],
    ['cleanup-overdue', ['OldestOverdueSeconds']],
    ['dead-letters', ['ApproximateNumberOfMessagesVisible']],
    ['authorizer-errors', ['Errors']],
    ['api-errors', ['5XXError']],
  ])('%s watches %j', (name, metrics) => {
    expect(metricsOf(alarmOf(name))).toEqual(metrics);
  });

  it('of a cleanup that failed counts every way to fail', () => {
    const { Expression } = alarmOf('cleanup-failed').Metrics.find(({ Expression }: any) => Expression);
    expect(Expression).toBe('FILL(failed, 0) + FILL(timedOut, 0) + FILL(left, 0)');
  });

  it('tells the topic when it begins and when it ends; silence is no good sign where something should have happened', () => {
    for (const { AlarmName, AlarmActions, OKActions, TreatMissingData } of all('AWS::CloudWatch::Alarm')) {
      expect([AlarmActions, OKActions].map((actions) => resources[actions?.[0]?.Ref]?.Type)).toEqual([
        'AWS::SNS::Topic',
        'AWS::SNS::Topic',
      ]);
      expect(TreatMissingData).toBe(AlarmName.includes('cleanup-missing') ? 'missing' : 'notBreaching');
    }
  });

  it('may only be this account’s', () => {
    const [{ PolicyDocument }] = all('AWS::SNS::TopicPolicy');
    const publishing = PolicyDocument.Statement.filter(({ Effect }: any) => Effect === 'Allow');
    expect(publishing).toHaveLength(1);
    expect(publishing[0].Condition).toEqual({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } });
  });
});
