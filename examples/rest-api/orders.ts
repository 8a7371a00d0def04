import type { APIGatewayProxyHandler } from 'aws-lambda';

/** The caller is in the request's context: verified, and nothing that a client could have written. */
export const handler: APIGatewayProxyHandler = async ({ requestContext: { authorizer } }) => ({
  statusCode: 200,
  headers: { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'application/json' },
  body: JSON.stringify({ orders: [], of: authorizer?.userId }),
});
