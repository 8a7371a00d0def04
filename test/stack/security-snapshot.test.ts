import { readAssembly } from '../../local/assembly';
import { synthesized, synthesizeStage } from '../support/stack';

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

it('no policy of any stage allows everything, on anything', () => {
  const policies = Object.values(synthesized().resources).filter(({ Type }) => Type === 'AWS::IAM::Policy');
  for (const { Action, Resource } of policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement)) {
    expect([Action].flat().filter((action) => action.includes('*'))).toEqual([]);
    expect([Resource].flat()).not.toContain('*');
  }
});
