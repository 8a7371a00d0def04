import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoSessionStore } from '../../lambda/dynamodb/session-store';
import { liveSession, NOW } from '../support/sessions';
import { sessionTables, startDatabase } from '../support/stack';
import { storeContract } from './contract';

const { sessions, signIns } = sessionTables();
let database: Awaited<ReturnType<typeof startDatabase>>;
let documents: DynamoDBDocumentClient;

beforeAll(async () => {
  database = await startDatabase();
  documents = DynamoDBDocumentClient.from(database.client, { marshallOptions: { removeUndefinedValues: true } });
});
afterAll(() => database.close());

const open = () => dynamoSessionStore(database.calls, sessionTables());

storeContract('on DynamoDB', () => ({
  store: open(),
  put: (session) => documents.send(new PutCommand({ TableName: sessions, Item: session })),
}));

describe('the session store on DynamoDB, besides', () => {
  it('keeps a sign-in’s mark as long as its tokens can live, under nothing but a hash', async () => {
    const session = liveSession({ sessionId: 'the sign-in’s own id', userId: 'the user’s own id' });
    const after = { sessionIds: ['a session’s own id'], purgeAt: 7 };
    await open().register(session, NOW, { before: undefined, after, ended: [] });
    await open().closeSignIn('the closed sign-in’s own id', 'user', NOW);
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: signIns }));
    const marks = Items.filter(({ markedAt }) => markedAt === NOW);
    expect(marks.length).toBeGreaterThanOrEqual(2);
    for (const { purgeAt } of marks) expect(purgeAt).toBe(NOW / 1_000 + 31 * 86_400);
    expect(JSON.stringify(Items.map(({ signInId }) => signInId))).not.toContain('own id');
  });

  it('keeps a user’s list under a key that no sign-in’s mark can have', async () => {
    const session = liveSession({ sessionId: 'in a list', userId: 'with a list' });
    const after = { sessionIds: [session.sessionId], purgeAt: 7 };
    await open().register(session, NOW, { before: undefined, after, ended: [] });
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: signIns }));
    const [lists, marks] = [true, false].map((isList) => Items.filter((item) => 'sessionIds' in item === isList));
    expect(lists?.length).toBeGreaterThan(0);
    for (const { signInId } of lists ?? []) expect(signInId).toMatch(/^user:/);
    for (const { signInId } of marks ?? []) expect(signInId).toMatch(/^[\w-]{43}$/);
  });

  it('reads an item whose number JavaScript cannot hold', async () => {
    await database.client.send(
      new PutItemCommand({
        TableName: sessions,
        Item: {
          sessionId: { S: 'with-a-long-number' },
          userId: { S: 'user' },
          expiresAt: { N: '12345678901234567890123456789012345678' },
        },
      }),
    );
    expect(await open().find('with-a-long-number')).toMatchObject({ expiresAt: 1.2345678901234568e37 });
  });
});
