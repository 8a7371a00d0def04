import type { APIGatewayProxyEventV2 } from 'aws-lambda';
// In your own project: from 'session-backend/guard'.
import { createSessionGuard, lambdaGuard } from '../../guard';

/** Is called for live sessions only. The guard answers everybody else. */
export const handler = lambdaGuard(createSessionGuard())(async (_: APIGatewayProxyEventV2, caller) => ({
  statusCode: 200,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ orders: [], of: caller.userId }),
}));
