import { endingOf } from '../../lambda/domain/ended';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import { deletionsIn } from '../../lambda/revocation/stream-records';
import { DAY, HOUR, liveSession, NOW } from '../support/sessions';

const ending = (session: object, byTimeToLive = false, deletedAt = NOW) =>
  endingOf({ ...liveSession(), ...session }, { deletedAt, byTimeToLive }, DEFAULT_POLICY);

describe('why a session is gone', () => {
  it('is told by the rule, with the time at which it was over, where it ended by itself', () => {
    expect(ending({}, false, NOW + 9 * HOUR)).toMatchObject({ reason: 'idle', endedAt: NOW + 8 * HOUR });
    expect(ending({}, true, NOW + 9 * DAY)).toMatchObject({
      reason: 'expired',
      endedAt: NOW + 7 * DAY,
      byTimeToLive: true,
    });
  });

  it('is told by the mark, where it was ended from outside', () => {
    expect(ending({ isActive: false, endReason: 'user-disabled' })).toMatchObject({ reason: 'user-disabled' });
  });

  it('is no more than "terminated" where a live one was deleted, or somebody else wrote the mark', () => {
    expect(ending({})).toMatchObject({ reason: 'terminated', endedAt: NOW });
    expect(ending({ endReason: 'because' })).toMatchObject({ reason: 'terminated' });
  });
});

it('of the change stream only deletions count, and those by time to live are known', () => {
  const OldImage = { sessionId: { S: 'a' }, userId: { S: 'u' }, expiresAt: { N: '12345678901234567890123456789' } };
  const dynamodb = { ApproximateCreationDateTime: NOW / 1_000, OldImage };
  const principal = { principalId: 'dynamodb.amazonaws.com' };
  const found = deletionsIn([
    { eventID: '1', eventName: 'INSERT', dynamodb },
    { eventID: '2', eventName: 'MODIFY', dynamodb },
    { eventID: '3', eventName: 'REMOVE', dynamodb },
    { eventID: '4', eventName: 'REMOVE', dynamodb, userIdentity: principal },
  ]);
  expect(found).toMatchObject([
    { id: '3', byTimeToLive: false, deletedAt: NOW, session: { sessionId: 'a', userId: 'u' } },
    { id: '4', byTimeToLive: true },
  ]);
});
