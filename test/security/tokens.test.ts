import { createHmac, createPublicKey } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { Refusal } from '../../lambda/domain/errors';
import { type TokenVerifier, tokenVerifier } from '../../lambda/identity/token-verifier';
import { fetchKeys } from '../../lambda/runtime/wiring';

type Key = { jwk: JWK; sign: (changes?: object, header?: object) => Promise<string> };

let server: Server;
let answer: RequestListener;
let issuer: string;
let key: Key;
let verifier: TokenVerifier;
/** How far the clock has been moved on, in milliseconds. */
let later = 0;

async function newKey(kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    sub: 'user-1',
    iss: issuer,
    aud: 'client',
    token_use: 'id',
    auth_time: now,
    iat: now,
    exp: now + 600,
  };
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' },
    sign: (changes = {}, header = {}) =>
      new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(privateKey),
  };
}

const answering =
  (body: unknown, status = 200): RequestListener =>
  (_, response) =>
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));

const keysOf = (...keys: Key[]) => answering({ keys: keys.map(({ jwk }) => jwk) });

const newVerifier = () =>
  tokenVerifier(
    { issuer, clientIds: ['client'], adminGroup: 'admin', providers: [], acceptUnnamedSignIns: true },
    { fetch: fetchKeys(100), clock: () => Date.now() + later },
  );

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pool`;
  key = await newKey('first');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  answer = keysOf(key);
  later = 0;
  verifier = newVerifier();
});

const refused = { code: 'UNAUTHORIZED' };
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('[V9.2.2] a token', () => {
  it.each([
    ['an ID token', {}],
    ['an access token', { token_use: 'access', aud: undefined, client_id: 'client' }],
  ])('passes by its use: %s', async (_, claims) => {
    expect(await verifier.verify(await key.sign(claims))).toMatchObject({ userId: 'user-1', role: 'user' });
  });

  it.each([
    ['a refresh token', { token_use: 'refresh' }],
    ['one of no use', { token_use: undefined }],
    ['one of a made-up use', { token_use: 'admin' }],
    ['an ID token that names its client as an access token does', { aud: undefined, client_id: 'client' }],
    ['an access token of another client', { token_use: 'access', aud: 'client', client_id: 'other' }],
  ])('does not pass by its use: %s', async (_, claims) => {
    await expect(verifier.verify(await key.sign(claims))).rejects.toMatchObject(refused);
  });
});

describe('[V7.2.1] a forged token is refused:', () => {
  it.each([
    ['the key as PEM', () => createPublicKey({ key: key.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })],
    ['the key as JSON', () => JSON.stringify(key.jwk)],
    ['the modulus', () => String(key.jwk.n)],
  ])('a symmetric one, signed with %s', async (_, secret) => {
    const [, payload] = (await key.sign()).split('.');
    for (const alg of ['HS256', 'RS256']) {
      const signed = `${encode({ alg, kid: 'first' })}.${payload}`;
      const signature = createHmac('sha256', secret()).update(signed).digest('base64url');
      await expect(verifier.verify(`${signed}.${signature}`)).rejects.toMatchObject(refused);
    }
  });

  it.each([
    ['a path', '../../../../dev/null'],
    ['an address', 'http://127.0.0.1/keys'],
    ['5,000 characters', 'x'.repeat(5_000)],
    ['an object', { first: true }],
    ['an array', ['first']],
    ['a number', 1],
    ['null', null],
    ['empty', ''],
    ['the prototype', '__proto__'],
    ['a constructor', 'constructor'],
  ])('one whose kid is %s', async (_, kid) => {
    const [, payload, signature] = (await key.sign()).split('.');
    const token = `${encode({ alg: 'RS256', kid })}.${payload}.${signature}`;
    await expect(verifier.verify(token)).rejects.toMatchObject(refused);
    expect(await verifier.verify(await key.sign())).toBeDefined();
  });

  it('one that brings its own key, or says where to get it', async () => {
    const own = await newKey('first');
    for (const header of [{ jwk: own.jwk }, { jku: `${issuer}/own` }, { x5u: `${issuer}/own` }]) {
      await expect(verifier.verify(await own.sign({}, header))).rejects.toMatchObject(refused);
    }
  });

  it('one with any one bit changed, at whichever position', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const token = await key.sign();
    const decoded = (text: string) =>
      text
        .split('.')
        .map((part) => Buffer.from(part, 'base64url').toString('hex'))
        .join();
    let tried = 0;
    for (let at = 0; at < token.length; at++) {
      const value = alphabet.indexOf(token[at] ?? '');
      for (let bit = 1; bit < 64 && value >= 0; bit *= 2) {
        const changed = token.slice(0, at) + alphabet[value ^ bit] + token.slice(at + 1);
        // The last character of a part has bits that decode to nothing.
        if (decoded(changed) === decoded(token)) continue;
        tried++;
        const outcome = await verifier.verify(changed).catch((error) => error);
        if (outcome?.code !== refused.code) throw new Error(`Bit ${bit} at ${at} changed: ${JSON.stringify(outcome)}`);
      }
    }
    expect(tried).toBeGreaterThan(3_000);
  });
});

describe('when the issuer rotates its keys', () => {
  it('a token of the new key passes, and one of the old key as long as that is still there', async () => {
    await verifier.verify(await key.sign());
    const next = await newKey('next');
    await expect(newVerifier().verify(await next.sign())).rejects.toMatchObject(refused);
    answer = keysOf(key, next);
    later += 1_000;
    expect(await verifier.verify(await next.sign())).toMatchObject({ userId: 'user-1' });
    expect(await verifier.verify(await key.sign())).toMatchObject({ userId: 'user-1' });
    answer = keysOf(next);
    await expect(newVerifier().verify(await key.sign())).rejects.toMatchObject(refused);
  });

  it('a token that has passed passes no more once its key is seen to be gone', async () => {
    const token = await key.sign();
    await verifier.verify(token);
    const next = await newKey('next');
    answer = keysOf(next);
    later += 1_000;
    await verifier.verify(await next.sign());
    await expect(verifier.verify(token)).rejects.toMatchObject(refused);
  });
});

describe('a token that has passed', () => {
  it('passes again for the same user, until it expires', async () => {
    const token = await key.sign();
    const identity = await verifier.verify(token);
    later = 500_000;
    expect(await verifier.verify(token)).toBe(identity);
    later = 700_000;
    await expect(verifier.verify(token)).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/expired/),
    });
  });

  it('does not let another one pass that differs in a single character', async () => {
    const token = await key.sign();
    await verifier.verify(token);
    const other = token.slice(0, -2) + (token.at(-2) === 'A' ? 'B' : 'A') + token.at(-1);
    await expect(verifier.verify(other)).rejects.toMatchObject(refused);
  });

  it('passes no more within an hour of its key’s removal, though no other token makes us fetch keys', async () => {
    const token = await key.sign({ exp: Math.floor(Date.now() / 1_000) + 7_200 });
    await verifier.verify(token);
    answer = keysOf(await newKey('next'));
    later = 59 * 60_000;
    await expect(verifier.verify(token)).rejects.toMatchObject(refused);
  });

  it('passes for an hour, and no longer, while the issuer is down', async () => {
    const token = await key.sign({ exp: Math.floor(Date.now() / 1_000) + 7_200 });
    const identity = await verifier.verify(token);
    answer = (request) => request.socket.destroy();
    later = 59 * 60_000;
    expect(await verifier.verify(token)).toEqual(identity);
    later = 61 * 60_000;
    expect(await verifier.verify(token).catch((error) => error)).not.toBeInstanceOf(Refusal);
    await expect(verifier.verify(token)).rejects.toThrow('could not be fetched');
  });
});

describe('[V16.5.3] while the issuer is in trouble, nobody passes and nobody is called unauthorized:', () => {
  const whole = () => key.jwk;

  it.each<[string, () => RequestListener]>([
    ['is down', () => (request) => request.socket.destroy()],
    ['does not answer', () => () => undefined],
    [
      'answers a byte now and then',
      () => (_, response) => {
        const timer = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(timer));
      },
    ],
    ['breaks off', () => (_, response) => void response.write('{"keys":[', () => response.destroy())],
    ['answers 500', () => answering('', 500)],
    ['answers 404 with keys', () => answering({ keys: [whole()] }, 404)],
    ['redirects', () => (_, response) => response.writeHead(302, { location: `${issuer}/other` }).end()],
    ['answers nothing', () => answering('')],
    ['answers HTML', () => answering('<html>Bad gateway</html>')],
    ['answers half of it', () => (_, response) => response.end(JSON.stringify({ keys: [whole()] }).slice(0, 100))],
    ['answers an array', () => answering([whole()])],
    ['answers null', () => answering('null')],
    ['has keys that are no list', () => answering({ keys: { first: whole() } })],
    ['has no keys', () => answering({ keys: [] })],
    ['has a key that is none', () => answering({ keys: [null] })],
    ['has a key of no type', () => answering({ keys: [{ ...whole(), kty: undefined }] })],
    ['has a key of another type', () => answering({ keys: [{ ...whole(), kty: 'oct', k: 'c2VjcmV0' }] })],
    ['has a key for encryption', () => answering({ keys: [{ ...whole(), use: 'enc' }] })],
    ['answers without an end', () => answering({ keys: [whole()], more: 'x'.repeat(300 * 1024) })],
  ])('it %s; afterwards all is well', async (_, trouble) => {
    answer = trouble();
    await verifier.warmUp();
    const outcome: unknown = await verifier.verify(await key.sign()).catch((error) => error);
    expect(outcome).toBeInstanceOf(Error);
    expect(outcome).not.toBeInstanceOf(Refusal);
    answer = keysOf(key);
    later += 1_000;
    expect(await verifier.verify(await key.sign())).toMatchObject({ userId: 'user-1' });
  });

  it('it goes down after its keys were fetched; tokens of those keys go on passing', async () => {
    await verifier.verify(await key.sign());
    answer = (request) => request.socket.destroy();
    later += 1_000;
    const next = await newKey('next');
    const outcome: unknown = await verifier.verify(await next.sign()).catch((error) => error);
    expect(outcome).toBeInstanceOf(Error);
    expect(outcome).not.toBeInstanceOf(Refusal);
    expect(await verifier.verify(await key.sign())).toMatchObject({ userId: 'user-1' });
  });
});
