import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoSessionStore } from '../../lambda/dynamodb/session-store';
import { NOW } from '../support/sessions';
import { sessionTables, startDatabase } from '../support/stack';
import { storeContract } from './contract';

let database: Awaited<ReturnType<typeof startDatabase>>;

beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database.close());

storeContract('on DynamoDB', () => dynamoSessionStore(database.client, sessionTables()));

describe('the session store on DynamoDB, besides', () => {
  it('keeps a sign-in’s mark as long as its tokens can live, under nothing but a hash', async () => {
    const store = dynamoSessionStore(database.client, sessionTables());
    await store.markSignIn('the sign-in’s own id', { registeredAt: NOW, registration: 'first' });
    const documents = DynamoDBDocumentClient.from(database.client);
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: sessionTables().signIns }));
    const mark = Items.find(({ registeredAt }) => registeredAt === NOW);
    expect(mark?.purgeAt).toBe(NOW / 1_000 + 31 * 86_400);
    expect(JSON.stringify(Items)).not.toContain('the sign-in');
  });

  it('reads an item whose number JavaScript cannot hold', async () => {
    const store = dynamoSessionStore(database.client, sessionTables());
    await database.client.send(
      new PutItemCommand({
        TableName: sessionTables().sessions,
        Item: {
          sessionId: { S: 'with-a-long-number' },
          userId: { S: 'user' },
          expiresAt: { N: '12345678901234567890123456789012345678' },
        },
      }),
    );
    expect(await store.find('with-a-long-number')).toMatchObject({ expiresAt: 1.2345678901234568e37 });
  });
});
