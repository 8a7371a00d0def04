import { DEFAULT_POLICY } from '../../lambda/domain/session';
import { announce } from '../../lambda/revocation/announce';
import type { BusEvent } from '../../lambda/revocation/bus';
import { HOUR, iso, NOW } from '../support/sessions';
import { removed } from '../support/stream-records';

async function announced(...records: object[]): Promise<BusEvent[]> {
  const events: BusEvent[] = [];
  const publish = async (batch: readonly BusEvent[]) => void events.push(...batch);
  const endings = await announce({ publish, issuer: 'the-stage', policy: DEFAULT_POLICY }, records);
  expect(endings).toHaveLength(events.length);
  return events;
}

describe('an ended session', () => {
  it('is announced as CAEP’s session-revoked, with the same id each time', async () => {
    const [event] = await announced(removed({ lastActivity: iso(NOW - 9 * HOUR) }));
    expect(event).toEqual({
      time: NOW,
      detail: {
        iss: 'the-stage',
        jti: 'event-1',
        iat: NOW / 1_000,
        sub_id: {
          format: 'complex',
          user: { format: 'opaque', id: 'user-1' },
          session: { format: 'opaque', id: 'session-1' },
        },
        events: {
          'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {
            event_timestamp: (NOW - HOUR) / 1_000,
            initiating_entity: 'policy',
            reason_admin: { en: 'The session was not used for longer than its idle timeout.' },
          },
        },
        reason: 'idle',
        userId: 'user-1',
        sessionId: 'session-1',
        byTimeToLive: false,
      },
    });
  });

  it.each<[string, object, object]>([
    ['terminated', {}, {}],
    ['inactive', { isActive: false }, {}],
    ['expired', { expiresAt: iso(NOW - 1) }, {}],
    ['user-disabled', { isActive: false, endReason: 'user-disabled' }, {}],
    ['password-changed', { isActive: false, endReason: 'password-changed' }, {}],
    ['expired', {}, { userIdentity: { principalId: 'dynamodb.amazonaws.com' } }],
  ])('is announced with its reason: %s', async (reason, session, record) => {
    const [event] = await announced(removed(session, record));
    expect(event?.detail).toMatchObject({ reason, byTimeToLive: 'userIdentity' in record });
  });

  it('names who did it only where that is known', async () => {
    const events = await announced(removed({}), removed({ endReason: 'user-disabled' }), removed({ isActive: false }));
    const initiators = events.map(({ detail }: any) => Object.values<any>(detail.events)[0].initiating_entity);
    expect(initiators).toEqual([undefined, 'admin', 'policy']);
  });
});

it('what was written or changed, or has no image, is not announced', async () => {
  const others = [{ eventName: 'MODIFY' }, { eventName: 'INSERT' }, { dynamodb: undefined }, { dynamodb: {} }];
  expect(await announced(...others.map((changes) => removed({}, changes)))).toEqual([]);
});

it('what the bus does not take is an error: the stream sends it again', async () => {
  const publish = () => Promise.reject(new Error('not taken'));
  const deps = { publish, issuer: 'the-stage', policy: DEFAULT_POLICY };
  await expect(announce(deps, [removed({})])).rejects.toThrow('not taken');
});
