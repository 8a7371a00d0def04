import type { Sighting } from '../../lambda/domain/store';
import { type AnnounceCreatedDeps, announceCreated } from '../../lambda/revocation/announce';
import type { BusEvent } from '../../lambda/revocation/bus';
import { iso, MINUTE, NOW } from '../support/sessions';
import { inserted } from '../support/stream-records';

const DEVICE = { browser: 'Firefox', os: 'Windows', type: 'desktop' };

async function announced(records: object[], changes: Partial<AnnounceCreatedDeps> = {}): Promise<BusEvent[]> {
  const events: BusEvent[] = [];
  await announceCreated(
    {
      publish: async (batch) => void events.push(...batch),
      issuer: 'the-stage',
      describe: (session) => ({
        device: DEVICE,
        ipAddress: String(session.ipAddress),
        ...(session.locationData !== undefined && { location: { country: 'DE' } }),
      }),
      ...changes,
    },
    records,
  );
  return events;
}

describe('a registered session', () => {
  it('is announced as CAEP’s session-established, with its device and place, and no token', async () => {
    const [event] = await announced([inserted({ locationData: { country: 'DE' } })]);
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
          'https://schemas.openid.net/secevent/caep/event-type/session-established': { event_timestamp: NOW / 1_000 },
        },
        userId: 'user-1',
        sessionId: 'session-1',
        device: DEVICE,
        location: { country: 'DE' },
        ipAddress: '192.0.2.1',
      },
    });
  });

  it('says whether the device is new if the stage remembers devices', async () => {
    const asked: Sighting[] = [];
    const isNewDevice = async (sighting: Sighting) => {
      asked.push(sighting);
      return asked.length === 1;
    };
    const second = inserted({ sessionId: 'session-2', locationData: { country: 'DE' } });
    const events = await announced([inserted(), second], { isNewDevice });
    expect(events.map(({ detail }: any) => detail.newDevice)).toEqual([true, false]);
    const common = { userId: 'user-1', device: ['Firefox', 'Windows', 'desktop'], at: NOW };
    expect(asked).toEqual([
      { ...common, sessionId: 'session-1', country: '' },
      { ...common, sessionId: 'session-2', country: 'DE' },
    ]);
  });

  it('is announced again if the bus did not take it', async () => {
    const publish = () => Promise.reject(new Error('the bus is down'));
    await expect(announced([inserted()], { publish })).rejects.toThrow('the bus is down');
  });
});

describe('nothing is announced', () => {
  it.each<[string, object]>([
    ['a deletion', inserted({}, { eventName: 'REMOVE' })],
    ['activity', inserted({}, { eventName: 'MODIFY' })],
    ['an item of the older backend', inserted({ purgeAt: undefined })],
    ['an imported session', inserted({ createdAt: iso(NOW - 6 * MINUTE) })],
  ])('for %s', async (_, record) => {
    expect(await announced([record])).toEqual([]);
  });
});
