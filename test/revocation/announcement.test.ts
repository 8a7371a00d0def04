import { marshall } from '@aws-sdk/util-dynamodb';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import { announce, type StreamRecord } from '../../lambda/revocation/announce';
import { DAY, HOUR, liveSession, NOW } from '../support/sessions';

const TIME_TO_LIVE = { principalId: 'dynamodb.amazonaws.com' };

const announced = (...records: StreamRecord[]) =>
  announce({ publish: async () => undefined, issuer: 'the-stage', policy: DEFAULT_POLICY }, records);

/** What is announced of a session that was deleted. */
async function ofDeleted(session: object, byTimeToLive = false, deletedAt = NOW) {
  const OldImage = marshall({ ...liveSession(), ...session });
  const dynamodb = { ApproximateCreationDateTime: deletedAt / 1_000, OldImage };
  const [one] = await announced({ eventName: 'REMOVE', dynamodb, ...(byTimeToLive && { userIdentity: TIME_TO_LIVE }) });
  return one;
}

describe('why a session is gone', () => {
  it('is told by the rule, with the time at which it was over, where it ended by itself', async () => {
    expect(await ofDeleted({}, false, NOW + 9 * HOUR)).toMatchObject({ reason: 'idle', endedAt: NOW + 8 * HOUR });
    expect(await ofDeleted({}, true, NOW + 9 * DAY)).toMatchObject({
      reason: 'expired',
      endedAt: NOW + 7 * DAY,
      byTimeToLive: true,
    });
  });

  it('is told by the mark, where it was ended from outside', async () => {
    expect(await ofDeleted({ isActive: false, endReason: 'user-disabled' })).toMatchObject({ reason: 'user-disabled' });
  });

  it('is no more than "terminated" where a live one was deleted, or somebody else wrote the mark', async () => {
    expect(await ofDeleted({})).toMatchObject({ reason: 'terminated', endedAt: NOW });
    expect(await ofDeleted({ endReason: 'because' })).toMatchObject({ reason: 'terminated' });
  });
});

it('of the change stream only deletions count, and those by time to live are known', async () => {
  const OldImage = { sessionId: { S: 'a' }, userId: { S: 'u' }, expiresAt: { N: '12345678901234567890123456789' } };
  const dynamodb = { ApproximateCreationDateTime: NOW / 1_000, OldImage };
  const found = await announced(
    { eventID: '1', eventName: 'INSERT', dynamodb },
    { eventID: '2', eventName: 'MODIFY', dynamodb },
    { eventID: '3', eventName: 'REMOVE', dynamodb },
    { eventID: '4', eventName: 'REMOVE', dynamodb, userIdentity: TIME_TO_LIVE },
  );
  expect(found).toMatchObject([
    { id: '3', byTimeToLive: false, deletedAt: NOW, sessionId: 'a', userId: 'u' },
    { id: '4', byTimeToLive: true },
  ]);
});
