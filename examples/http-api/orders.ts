import type { APIGatewayProxyHandlerV2WithLambdaAuthorizer } from 'aws-lambda';

/** The caller is in the request's context: verified, and nothing that a client could have written. */
export const handler: APIGatewayProxyHandlerV2WithLambdaAuthorizer<{ userId: string }> = async ({
  requestContext: { authorizer },
}) => ({
  statusCode: 200,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ orders: [], of: authorizer.lambda.userId }),
});
