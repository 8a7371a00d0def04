import { readAssembly } from '../../local/assembly';
import { STAGE_SHAPES } from '../../tools/stage-shapes';
import { type synthesized, synthesizeStage } from '../support/stack';

type Resources = ReturnType<typeof synthesized>['resources'];

/** What of each type decides who may do what, and what is kept. A change here is looked at by a second pair of eyes. */
const RELEVANT: Readonly<Record<string, readonly string[]>> = {
  'AWS::IAM::Policy': ['PolicyDocument'],
  'AWS::IAM::Role': ['AssumeRolePolicyDocument', 'ManagedPolicyArns', 'Policies'],
  'AWS::Lambda::Permission': ['Action', 'Principal'],
  'AWS::DynamoDB::Table': ['DeletionProtectionEnabled', 'PointInTimeRecoverySpecification', 'SSESpecification'],
  'AWS::SQS::Queue': ['SqsManagedSseEnabled'],
  'AWS::SQS::QueuePolicy': ['PolicyDocument'],
  'AWS::SNS::TopicPolicy': ['PolicyDocument'],
  'AWS::Events::EventBusPolicy': ['Statement'],
  'AWS::ApiGateway::Authorizer': ['AuthorizerResultTtlInSeconds', 'IdentitySource', 'Type'],
  'AWS::ApiGateway::Method': ['AuthorizationType', 'HttpMethod'],
  'AWS::Cognito::UserPool': ['AdminCreateUserConfig', 'DeletionProtection', 'MfaConfiguration', 'Policies'],
  'AWS::Cognito::UserPoolClient': ['EnableTokenRevocation', 'ExplicitAuthFlows', 'PreventUserExistenceErrors'],
};

const securityOf = (resources: Resources) =>
  Object.fromEntries(
    Object.entries(resources)
      .filter(([, { Type }]) => RELEVANT[Type])
      .map(([id, { Type, Properties }]) => [
        `${Type} ${id}`,
        Object.fromEntries((RELEVANT[Type] ?? []).map((name) => [name, Properties[name]])),
      ])
      .sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  );

it('the security-relevant parts of a production stage are what they were', () => {
  expect(securityOf(readAssembly(synthesizeStage({}, { name: 'prod' })).resources)).toMatchSnapshot();
});

it('no policy of any stage allows everything, or anything on everything but what has no resource', () => {
  for (const configuration of Object.values(STAGE_SHAPES)) {
    const { resources } = readAssembly(synthesizeStage(configuration));
    const policies = Object.entries(resources).filter(
      ([id, { Type }]) => Type === 'AWS::IAM::Policy' && !id.startsWith('CustomCDKBucketDeployment'),
    );
    expect(policies.length).toBeGreaterThan(5);
    const statements = policies.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
    for (const { Action, Resource } of statements) {
      expect([Action].flat().filter((action) => action.includes('*'))).toEqual([]);
      // To list streams is to name none of them: IAM has no resource for it.
      if ([Resource].flat().includes('*')) expect(Action).toBe('dynamodb:ListStreams');
    }
  }
});
