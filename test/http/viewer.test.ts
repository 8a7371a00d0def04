import { createHash } from 'node:crypto';
import { connectionOf } from '../../lambda/http/request';
import type { TrustedOrigin } from '../../lambda/http/viewer';

const requestContext = { identity: { sourceIp: '192.0.2.1' } };
const eventOf = (changes: object): any => ({ headers: {}, requestContext, ...changes });
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const trusted: TrustedOrigin = { header: 'X-Origin-Secret', sha256: [sha256('current'), sha256('next')] };
const VIEWER = {
  'CloudFront-Viewer-Address': '203.0.113.7:46532',
  'CloudFront-Viewer-Country': 'DE',
  'CloudFront-Viewer-City': 'K%C3%B6ln',
};
const viewer = (changes: Record<string, string | undefined> = {}) =>
  connectionOf(eventOf({ headers: { 'X-Origin-Secret': 'current', ...VIEWER, ...changes } }), trusted);
const UNTRUSTED = { ipAddress: '192.0.2.1', userAgent: '' };

describe('What CloudFront says of the viewer', () => {
  it('is believed with the secret', () => {
    expect(viewer()).toEqual({
      ipAddress: '203.0.113.7',
      userAgent: '',
      location: { country: 'DE', city: 'Köln' },
    });
  });

  it('is cut at a hundred characters, and within none of them', () => {
    const { location } = viewer({ 'CloudFront-Viewer-City': encodeURIComponent(`${'x'.repeat(99)}🏙🏙`) });
    expect(location?.city).toBe(`${'x'.repeat(99)}🏙`);
  });

  it('is believed with each of several secrets, so that one can replace the other', () => {
    expect(viewer({ 'X-Origin-Secret': 'next' })).toEqual(viewer());
  });

  it.each([
    ['without the secret', undefined],
    ['with another one', 'guess'],
    ['with an empty one', ''],
    ['with the digest in its place', sha256('current')],
    ['with more than the secret', 'current, current'],
  ])('is not believed %s', (_, secret) => {
    expect(viewer({ 'X-Origin-Secret': secret })).toEqual(UNTRUSTED);
  });

  it('is not believed if the stage’s digest is none', () => {
    const event = eventOf({ headers: { 'X-Origin-Secret': '', ...VIEWER } });
    expect(connectionOf(event, { header: 'X-Origin-Secret', sha256: ['', 'zz'] })).toEqual(UNTRUSTED);
  });

  it('is not believed if the stage trusts no origin', () => {
    expect(connectionOf(eventOf({ headers: { 'X-Origin-Secret': 'current', ...VIEWER } }))).toEqual(UNTRUSTED);
  });

  it.each([
    ['2001:db8::1:46532', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001:443', '2001:0db8:0000:0000:0000:0000:0000:0001'],
    ['198.51.100.1:1', '198.51.100.1'],
  ])('has the address of %s, whose last part is the port', (address, expected) => {
    expect(viewer({ 'CloudFront-Viewer-Address': address }).ipAddress).toBe(expected);
  });

  it.each([
    '203.0.113.7',
    '203.0.113.77',
    '2001:db8::ffff',
    '203.0.113.7:1x',
    '203.0.113.7:1, 198.51.100.1',
    'unknown:1',
    '<b>:1',
    '',
    undefined,
  ])('has the connection’s address if it writes %j', (address) => {
    expect(viewer({ 'CloudFront-Viewer-Address': address }).ipAddress).toBe('192.0.2.1');
  });

  it.each(['Germany', 'de', 'D', 'DEU', 'xDE', '', undefined])(
    'has no place if it writes %j as the country',
    (country) => {
      expect(viewer({ 'CloudFront-Viewer-Country': country })).not.toHaveProperty('location');
    },
  );

  it.each(['%E0%A4%A', '', undefined])('has a country alone if it writes %j as the city', (city) => {
    expect(viewer({ 'CloudFront-Viewer-City': city }).location).toEqual({ country: 'DE' });
  });

  it('has no more of a city than a name', () => {
    expect(viewer({ 'CloudFront-Viewer-City': 'x'.repeat(5_000) })?.location?.city).toHaveLength(100);
  });
});
