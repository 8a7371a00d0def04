import { DynamoDBClient, InternalServerError, ThrottlingException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { Refusal } from '../../lambda/domain/errors';
import { dynamoSessionStore } from '../../lambda/dynamodb/session-store';
import { sessionTables } from '../support/stack';

describe('what a database may do to the session store', () => {
  const faulty = mockClient(DynamoDBDocumentClient);
  const store = () => dynamoSessionStore(new DynamoDBClient({ region: 'us-east-1' }), sessionTables());
  const about = { $metadata: {}, message: 'about the fault' };

  beforeEach(() => faulty.reset());
  afterAll(() => faulty.restore());

  it.each([
    ['throttles', new ThrottlingException({ ...about })],
    ['fails', new InternalServerError({ ...about })],
    ['times out', Object.assign(new Error('socket hang up'), { name: 'TimeoutError' })],
    ['cuts the connection', Object.assign(new Error('read'), { code: 'ECONNRESET' })],
  ])('says "try again" when it %s, and keeps the cause', async (_, fault) => {
    faulty.on(GetCommand).rejects(fault);
    const refusal: unknown = await store()
      .find('any')
      .catch((error) => error);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ code: 'TRY_AGAIN', cause: fault });
  });

  it('lets an error that will not pass through as it is: a wrong set-up', async () => {
    const denied = Object.assign(new Error('denied'), { name: 'AccessDeniedException', $fault: 'client' });
    faulty.on(DeleteCommand).rejects(denied);
    await expect(store().delete('any', 'user')).rejects.toBe(denied);
  });

  it('sends what was left unprocessed again', async () => {
    const [first, second] = [{ sessionId: 'first' }, { sessionId: 'second' }];
    const item = { ...first, userId: 'user' };
    faulty.on(QueryCommand).resolves({});
    faulty
      .on(BatchGetCommand)
      .resolvesOnce({
        Responses: { [sessionTables().sessions]: [item] },
        UnprocessedKeys: { [sessionTables().sessions]: { Keys: [second] } },
      })
      .resolves({ Responses: { [sessionTables().sessions]: [{ ...second, userId: 'user' }] } });
    expect(await store().listOf('user', { with: 'first' })).toHaveLength(2);
  });

  it('gives up on what stays unprocessed, and says "try again"', async () => {
    const left = { [sessionTables().sessions]: [{ DeleteRequest: { Key: { sessionId: 'first' } } }] };
    faulty.on(BatchWriteCommand).resolves({ UnprocessedItems: left });
    await expect(store().deleteOver(['first'])).rejects.toMatchObject({ code: 'TRY_AGAIN' });
  });
});
