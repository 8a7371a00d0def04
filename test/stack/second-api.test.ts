import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SecondApi } from '../../examples/second-api/stack';
import { synthesized } from '../support/stack';

const template = Template.fromStack(new SecondApi(new App(), 'Orders', { sessions: 'aerotage-sessions-dev' }));

describe('a second API with the exported authorizer', () => {
  it('imports what the session backend exports', () => {
    const [{ Properties }] = Object.values(template.findResources('AWS::ApiGateway::Authorizer')) as [any];
    expect(JSON.stringify(Properties)).toContain('{"Fn::ImportValue":"aerotage-sessions-dev-authorizer-arn"}');
    expect(synthesized().exports).toContain('aerotage-sessions-dev-authorizer-arn');
  });

  it('asks it before every request, and keeps no answer', () => {
    template.allResourcesProperties('AWS::ApiGateway::Authorizer', {
      Type: 'REQUEST',
      AuthorizerResultTtlInSeconds: 0,
    });
    template.allResourcesProperties('AWS::ApiGateway::Method', { AuthorizationType: 'CUSTOM' });
    template.hasResourceProperties('AWS::ApiGateway::GatewayResponse', {
      ResponseType: 'ACCESS_DENIED',
      StatusCode: '401',
    });
  });
});
