import { type Assembly, readAssembly } from '../../local/assembly';
import { STAGE_SHAPES } from '../../tools/stage-shapes';
import { synthesizeStage } from '../support/stack';

type Resources = Assembly['resources'];

/** Services that call a function and wait for its answer, so that they see its failure themselves. */
const WAITING = ['apigateway.amazonaws.com', 'cognito-idp.amazonaws.com', 'elasticloadbalancing.amazonaws.com'];

/** The function that an ARN, or a reference to a version or an alias, leads to. */
function functionBehind(resources: Resources, reference: any): string {
  const id: string = reference?.Ref ?? reference?.['Fn::GetAtt']?.[0];
  const resource = resources[id];
  if (!resource) throw new Error(`No function of the stack is behind ${JSON.stringify(reference)}.`);
  const { Type, Properties } = resource;
  return Type === 'AWS::Lambda::Function' ? id : functionBehind(resources, Properties.FunctionName);
}

/** Every function that somebody invokes without waiting, by what the template says. */
function invokedAsynchronously(resources: Resources): string[] {
  const references = Object.values(resources).flatMap(({ Type, Properties }) => {
    if (Type === 'AWS::Events::Rule') return Properties.Targets.map(({ Arn }: any) => Arn);
    if (Type === 'AWS::Scheduler::Schedule') return [Properties.Target.Arn];
    if (Type === 'AWS::SNS::Subscription') return Properties.Protocol === 'lambda' ? [Properties.Endpoint] : [];
    if (Type === 'AWS::Lambda::Permission')
      return WAITING.includes(Properties.Principal) ? [] : [Properties.FunctionName];
    return [];
  });
  return [...new Set(references.map((reference) => functionBehind(resources, reference)))];
}

/** The queue that keeps the events on which a function has failed, by its logical id. */
const queueOf = (resources: Resources, id: string): string | undefined =>
  resources[id]?.Properties.DeadLetterConfig?.TargetArn?.['Fn::GetAtt']?.[0];

function maySend(resources: Resources, functionId: string, queueId: string): boolean {
  const role = resources[functionId]?.Properties.Role['Fn::GetAtt'][0];
  return Object.values(resources)
    .filter(
      ({ Type, Properties }) => Type === 'AWS::IAM::Policy' && Properties.Roles.some(({ Ref }: any) => Ref === role),
    )
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .some(
      ({ Effect, Action, Resource }) =>
        Effect === 'Allow' &&
        [Action].flat().includes('sqs:SendMessage') &&
        [Resource].flat().some((one) => one['Fn::GetAtt']?.[0] === queueId),
    );
}

/** Whether an alarm goes off as soon as one message waits in the queue, and tells somebody. */
const isWatched = (resources: Resources, queueId: string): boolean =>
  Object.values(resources).some(
    ({ Type, Properties }) =>
      Type === 'AWS::CloudWatch::Alarm' &&
      Properties.MetricName === 'ApproximateNumberOfMessagesVisible' &&
      Properties.Dimensions.some(({ Value }: any) => Value['Fn::GetAtt']?.[0] === queueId) &&
      Properties.Threshold === 1 &&
      Properties.AlarmActions.length > 0,
  );

describe.each(Object.entries(STAGE_SHAPES))('in the stage %s', (name, configuration) => {
  const { resources } = readAssembly(synthesizeStage(configuration, { name }));
  const functions = invokedAsynchronously(resources);

  it('an event on which a function has failed is kept and somebody is told, for each function that nobody waits for', () => {
    expect(functions.length).toBeGreaterThan(1);
    for (const id of functions) {
      const queue = queueOf(resources, id);
      expect([id, queue]).toEqual([id, expect.stringContaining('DeadLetters')]);
      expect([id, maySend(resources, id, queue ?? '')]).toEqual([id, true]);
      expect([id, isWatched(resources, queue ?? '')]).toEqual([id, true]);
    }
  });
});

describe('a function counts as invoked without waiting', () => {
  const { resources } = readAssembly(synthesizeStage({}));
  const more = (added: Record<string, { Type: string; Properties: object }>) =>
    invokedAsynchronously({ ...resources, ...(added as Resources) }).length - invokedAsynchronously(resources).length;
  const newcomer = { Newcomer: { Type: 'AWS::Lambda::Function', Properties: {} } };
  const arn = { 'Fn::GetAtt': ['Newcomer', 'Arn'] };

  it.each<[string, string, object]>([
    ['a rule has it as a target', 'AWS::Events::Rule', { Targets: [{ Arn: arn }] }],
    ['a topic tells it', 'AWS::SNS::Subscription', { Protocol: 'lambda', Endpoint: arn }],
    ['a bucket may call it', 'AWS::Lambda::Permission', { Principal: 's3.amazonaws.com', FunctionName: arn }],
    [
      'the service is one that nobody has thought of',
      'AWS::Lambda::Permission',
      { Principal: 'new.amazonaws.com', FunctionName: arn },
    ],
  ])('when %s', (_, Type, Properties) => {
    expect(more({ ...newcomer, Caller: { Type, Properties } })).toBe(1);
  });

  it('unless the service waits for its answer', () => {
    const Properties = { Principal: 'apigateway.amazonaws.com', FunctionName: arn };
    expect(more({ ...newcomer, Caller: { Type: 'AWS::Lambda::Permission', Properties } })).toBe(0);
  });
});
