import type { IncomingMessage } from 'node:http';
import { allowedHosts, localOrigins } from '../../local/origins';

const refused = (headers: object, names: string[] = []) => {
  const origins = localOrigins(names);
  const request = { headers } as IncomingMessage;
  return [origins.refusedHost(request) !== undefined, origins.refusedOrigin(request) !== undefined];
};

describe('the local run answers', () => {
  it.each(['localhost', 'LOCALHOST:3000', '127.0.0.1:3000', '127.1.2.3', '[::1]:8000'])('to %s', (host) => {
    expect(refused({ host })).toEqual([false, false]);
    expect(refused({ host, origin: `http://${host}` })).toEqual([false, false]);
  });

  it.each([
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'xlocalhost',
    '127.0.0.1:3000@evil.example',
    'localhost:x',
    '[::2]',
    '',
  ])('not to "%s", a name that may lead to this machine', (host) => {
    expect(refused({ host })).toEqual([true, false]);
    expect(refused({ host: 'localhost', origin: `http://${host}` })).toEqual([false, true]);
  });

  it('not to a request without a host', () => {
    expect(refused({})).toEqual([true, false]);
  });

  it.each(['null', 'file://localhost', 'ftp://localhost', 'localhost', 'https://'])('no page of %s', (origin) => {
    expect(refused({ host: 'localhost', origin })).toEqual([false, true]);
  });

  it('to the names that it is given, whatever their port', () => {
    expect(refused({ host: 'Box.test:80', origin: 'https://box.test' }, ['box.test'])).toEqual([false, false]);
    expect(refused({ host: 'other.test' }, ['box.test'])).toEqual([true, false]);
  });
});

describe('ALLOWED_HOSTS', () => {
  it('is a list of names, in any case, with spaces or without', () => {
    expect(allowedHosts(' Box.test,other.test , ')).toEqual(['box.test', 'other.test']);
    expect([allowedHosts(undefined), allowedHosts('')]).toEqual([[], []]);
  });

  it.each(['box.test:80', 'http://box.test', 'a b', '*'])('has no ports, addresses or patterns: %s', (text) => {
    expect(() => allowedHosts(`box.test,${text}`)).toThrow(`ALLOWED_HOSTS has "${text}"`);
  });
});
