import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient({});
const connections = new ApiGatewayManagementApiClient({ endpoint: process.env.CONNECTIONS_URL });

/** `Session Revoked` on the session backend's bus: closes the connections that the session still has. */
export async function handler({ detail }: { readonly detail: { readonly sessionId: string } }): Promise<void> {
  const pages = paginateQuery(
    { client },
    {
      TableName: process.env.CONNECTIONS_TABLE,
      ConsistentRead: true,
      KeyConditionExpression: 'sessionId = :session',
      ExpressionAttributeValues: { ':session': { S: detail.sessionId } },
    },
  );
  for await (const { Items = [] } of pages) {
    await Promise.all(Items.map(({ connectionId }) => close(connectionId?.S)));
  }
}

async function close(ConnectionId: string | undefined): Promise<void> {
  try {
    await connections.send(new DeleteConnectionCommand({ ConnectionId }));
  } catch (error) {
    // Its client has closed it; time to live deletes the row.
    if (!(error instanceof GoneException)) throw error;
  }
}
