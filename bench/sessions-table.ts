import { CreateTableCommand, type ProjectionType } from '@aws-sdk/client-dynamodb';

/** Creates a sessions table. Our index projects keys only; the baseline's projects everything. */
export const createSessionsTable = (TableName: string, projection: ProjectionType): CreateTableCommand =>
  new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['sessionId', 'userId', 'createdAt'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S' as const,
    })),
    KeySchema: [{ AttributeName: 'sessionId', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'UserIndex',
        KeySchema: [
          { AttributeName: 'userId', KeyType: 'HASH' },
          { AttributeName: 'createdAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: projection },
      },
    ],
  });
