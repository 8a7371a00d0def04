import { CreateTableCommand, type ProjectionType } from '@aws-sdk/client-dynamodb';

/** Makes a sessions table: with our index, of keys only, or with the baseline's, of everything. */
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
