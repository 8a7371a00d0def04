import { STAGE_SHAPES } from '../../tools/stage-shapes';
import { rawResources, synthesizeStage } from '../support/stack';

const authorizerOf = (shape: keyof typeof STAGE_SHAPES) => {
  const resources = Object.values(rawResources(synthesizeStage(STAGE_SHAPES[shape] ?? {})));
  return resources.find(({ Type }) => Type === 'AWS::ApiGateway::Authorizer').Properties;
};

it('a cached answer is found by the token and the route, and by nothing else that a client could vary', () => {
  const { AuthorizerResultTtlInSeconds, IdentitySource } = authorizerOf('cached');
  expect(AuthorizerResultTtlInSeconds).toBe(60);
  expect(IdentitySource.split(',')).toEqual([
    'method.request.header.Authorization',
    'context.httpMethod',
    'context.resourcePath',
  ]);
});

it('a stage that caches nothing asks the authorizer about every request, also about one without a token', () => {
  const { AuthorizerResultTtlInSeconds, IdentitySource } = authorizerOf('dev');
  expect([AuthorizerResultTtlInSeconds, IdentitySource]).toEqual([0, undefined]);
});
