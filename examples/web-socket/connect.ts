import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

/** A connection lasts at most this long: the service's own limit. */
const CONNECTION_SECONDS = 2 * 3_600;

const client = new DynamoDBClient({});

interface ConnectEvent {
  readonly requestContext: {
    readonly connectionId: string;
    /** From the session backend's authorizer. */
    readonly authorizer: { readonly signInId: string };
  };
}

/** `$connect`: remembers which session has this connection. */
export async function handler({ requestContext }: ConnectEvent) {
  const purgeAt = Math.ceil(Date.now() / 1_000) + CONNECTION_SECONDS;
  await client.send(
    new PutItemCommand({
      TableName: process.env.CONNECTIONS_TABLE,
      Item: {
        sessionId: { S: requestContext.authorizer.signInId },
        connectionId: { S: requestContext.connectionId },
        purgeAt: { N: String(purgeAt) },
      },
    }),
  );
  return { statusCode: 200 };
}
