import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../lambda/aws/retry';
import { conditionHolds, mapErrors } from '../../lambda/dynamodb/client';
import { dynamoSessionStore } from '../../lambda/dynamodb/session-store';

const failing = (error: object) => Promise.reject(Object.assign(new Error('of the service'), error));
const conditionFailed = { name: 'ConditionalCheckFailedException', status: 400 };
const cancelled = (...reasons: string[]) => ({ name: 'TransactionCanceledException', status: 400, reasons });

describe('a write with a condition', () => {
  it('says whether it was done', async () => {
    expect(await conditionHolds(Promise.resolve({}))).toBe(true);
    expect(await conditionHolds(failing(conditionFailed))).toBe(false);
    expect(await conditionHolds(failing(cancelled('None', 'ConditionalCheckFailed')))).toBe(false);
    expect(await conditionHolds(failing(cancelled('TransactionConflict', 'ConditionalCheckFailed')))).toBe(false);
  });

  it.each([cancelled('ValidationError'), { name: 'AccessDeniedException', status: 400 }])(
    'fails if something else is wrong: %j',
    async (error) => {
      await expect(conditionHolds(failing(error))).rejects.toMatchObject(error);
    },
  );

  it('is to be tried again if that may help, with its cause', async () => {
    const error = { name: 'ThrottlingException', status: 400 };
    const expected = { code: 'TRY_AGAIN', cause: expect.objectContaining(error) };
    await expect(conditionHolds(failing(error))).rejects.toMatchObject(expected);
    await expect(mapErrors(failing(error))).rejects.toMatchObject(expected);
  });
});

describe('what the store reads', () => {
  /** A store on calls that a test sees; nothing is found. */
  function recorded() {
    const calls: { operation: string; input: any }[] = [];
    const client: Parameters<typeof dynamoSessionStore>[0] = {
      async call<Output>(operation: string, input: object) {
        calls.push({ operation, input });
        return {} as Output;
      },
      clock: systemClock,
      until: () => {
        throw new Error('There is no deadline here.');
      },
    };
    const tables = { sessions: 'sessions', userIndex: 'UserIndex', signIns: 'sign-ins', signInDays: 30 };
    return { calls, store: dynamoSessionStore(client, tables) };
  }

  it('is strongly consistent wherever the table allows it: what has just ended is not found', async () => {
    const { calls, store } = recorded();
    await store.find('session-1');
    await store.read(['session-1'], 'user-1');
    await store.findList('session-1', 'user-1');
    await store.findRegistration('session-1');
    const consistent = calls.map(({ operation, input }) => {
      const batches: { ConsistentRead?: boolean }[] = Object.values(input.RequestItems ?? {});
      return [operation, input.ConsistentRead ?? batches[0]?.ConsistentRead];
    });
    expect(consistent).toEqual([
      ['GetItem', true],
      ['BatchGetItem', true],
      ['BatchGetItem', true],
      // Always consistent.
      ['TransactGetItems', undefined],
    ]);
  });

  it('is only the ids of the index, newest first, and no more than is asked for', async () => {
    const { calls, store } = recorded();
    await store.idsOf('user-1', 5);
    await store.idsOf('user-1');
    const keys: Record<string, AttributeValue> = { ':user': { S: 'user-1' } };
    const query = { IndexName: 'UserIndex', ProjectionExpression: 'sessionId', ScanIndexForward: false };
    expect(calls).toMatchObject([
      { operation: 'Query', input: { ...query, ExpressionAttributeValues: keys, Limit: 5 } },
      { operation: 'Query', input: query },
    ]);
    expect(calls[1]?.input).not.toHaveProperty('Limit');
  });
});
