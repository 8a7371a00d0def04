import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SecondApi } from '../../examples/second-api/stack';
import type { StoredSession } from '../../lambda/domain/session';
import { authorize } from '../../lambda/http/authorize';
import { ROUTES, routeKey } from '../../lib/routes';
import { allows } from '../../local/policies';
import { liveSession, NOW } from '../support/sessions';
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

  it('lets a live session in, and refuses an ended one with the reason', async () => {
    const arn = 'arn:aws:execute-api:eu-west-1:123456789012:orders/v1/GET/orders';
    const answer = (session: StoredSession | undefined) =>
      authorize(
        {
          verify: async () => ({ userId: 'user-1', role: 'user', signInId: 'sign-in-1', signedInAt: NOW }),
          resolveSession: async () => (session ? { session, renewed: false } : { reason: 'ended' }),
          clock: () => NOW,
          audit: () => undefined,
        },
        {
          apiId: 'sessions',
          routesWithoutSession: ROUTES.filter(({ needsSession }) => !needsSession).map(routeKey),
          answersCached: false,
        },
        {
          resource: '/orders',
          httpMethod: 'GET',
          methodArn: arn,
          headers: {},
          multiValueHeaders: { Authorization: ['Bearer a.b.c'] },
          requestContext: { apiId: 'orders', identity: { sourceIp: '192.0.2.1' } },
        } as unknown as Parameters<typeof authorize>[2],
      );
    const lets = async (session: StoredSession | undefined) => {
      const { policyDocument } = await answer(session);
      return allows(policyDocument.Statement as any, 'execute-api:Invoke', arn);
    };
    expect(await lets(liveSession())).toBe(true);
    expect(await lets(undefined)).toBe(false);
    expect((await answer(undefined)).context?.code).toBe('SESSION_ENDED');
  });
});
