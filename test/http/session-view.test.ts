import { sessionView } from '../../lambda/http/session-view';
import { HOUR, iso, liveSession, MINUTE, NOW } from '../support/sessions';

const view = (changes: object = {}) => sessionView({ ...liveSession(), ...changes }, 'session-1');

describe('a session as an answer shows it', () => {
  it('has the contract’s fields, and no other that is stored', () => {
    const stored = { sessionToken: 'secret', PK: 'x', lastActivity: iso(NOW + 1), loginTime: NOW - HOUR };
    expect(view(stored)).toEqual({
      id: 'session-1',
      ipAddress: '192.0.2.1',
      lastIpAddress: '192.0.2.1',
      userAgent: 'Firefox',
      loginTime: iso(NOW - HOUR),
      lastActivity: iso(NOW + 1),
      expiresAt: liveSession().expiresAt,
      isCurrent: true,
      device: { browser: 'Firefox', os: 'Unknown system', type: 'unknown' },
    });
  });

  it('is the current one by its id alone', () => {
    expect(sessionView(liveSession(), undefined).isCurrent).toBe(false);
    expect(sessionView(liveSession(), 'session-2').isCurrent).toBe(false);
  });

  it('began when it was created if the sign-in’s time cannot be read', () => {
    expect(view({ loginTime: 'never', createdAt: iso(NOW - 1) }).loginTime).toBe(iso(NOW - 1));
    expect(view({ loginTime: 'never', createdAt: 'never', expiresAt: 'never' })).toMatchObject({
      loginTime: iso(0),
      expiresAt: iso(0),
    });
  });

  it('has an empty text for what is stored as something else', () => {
    expect(view({ ipAddress: 1, userAgent: undefined })).toMatchObject({ ipAddress: '', userAgent: '' });
  });

  it.each<[object, string]>([
    [{ lastIpAddress: '198.51.100.9' }, '198.51.100.9'],
    [{ lastIpAddress: 1 }, '192.0.2.1'],
    [{ lastIpAddress: undefined }, '192.0.2.1'],
    [{ ipAddress: 1 }, ''],
  ])('with %j was last used from %j', (changes, address) => {
    expect(view(changes).lastIpAddress).toBe(address);
  });

  it.each<[unknown, object | undefined]>([
    ['{"city":"Berlin","country":"Germany"}', { city: 'Berlin', country: 'Germany' }],
    [
      { city: 'Berlin', country: 'Germany', ip: '192.0.2.1' },
      { city: 'Berlin', country: 'Germany' },
    ],
    [{ country: 'Germany' }, { country: 'Germany' }],
    [{ country: 'Germany', city: '' }, { country: 'Germany' }],
    [{ country: 'Germany', city: 1 }, { country: 'Germany' }],
    [{ city: 'Berlin' }, undefined],
    [{ city: 'Berlin', country: '' }, undefined],
    [{ country: 1 }, undefined],
    ['Berlin', undefined],
    ['null', undefined],
    ['1', undefined],
    [null, undefined],
    [7, undefined],
    [undefined, undefined],
  ])('whose location is stored as %j has the location %j', (locationData, location) => {
    expect(view({ locationData }).location).toEqual(location);
    expect('location' in view({ locationData })).toBe(location !== undefined);
  });

  it('gives ISO times whatever was stored', () => {
    const stored = { loginTime: NOW / 1_000, lastActivity: NOW, expiresAt: NOW + MINUTE };
    expect(view(stored)).toMatchObject({
      loginTime: iso(NOW),
      lastActivity: iso(NOW),
      expiresAt: iso(NOW + MINUTE),
    });
  });
});
