import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { readAssembly } from '../../local/assembly';
import type { LocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { startStack, synthesizeStage } from '../support/stack';

// A provider by which people sign in at the user pool: it names them by what the pool knows of them.
const AUDIENCE = 'https://api.example.com/global-token-revocation';
let okta: Server;
let issuer: string;
let stack: LocalStack;
let caller: (jti: string) => Promise<string>;

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }] });
  okta = createServer((_, response) => response.end(keys));
  await new Promise<void>((resolve) => okta.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(okta.address() as AddressInfo).port}`;
  caller = (jti) =>
    new SignJWT({ iss: issuer, aud: AUDIENCE, sub: 'okta-client', jti })
      .setProtectedHeader({ alg: 'RS256', kid: 'k', typ: 'global-token-revocation+jwt' })
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
  const receivers = [
    { standard: 'global-token-revocation', issuer, audience: AUDIENCE, poolProvider: 'Okta' } as const,
  ];
  stack = await startStack({
    assembly: readAssembly(synthesizeStage({ receivers, signOutAtPool: true }, { bundled: true })),
    log: () => undefined,
  });
});
afterAll(async () => {
  await stack.close();
  okta.closeAllConnections();
  okta.close();
});

let requests = 0;
async function revoke(sub_id: object): Promise<number> {
  const headers = {
    authorization: `Bearer ${await caller(`request-${++requests}`)}`,
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ sub_id });
  return (await fetch(`${stack.apiUrl}global-token-revocation`, { method: 'POST', headers, body })).status;
}
const registered = (username: string, claims: Record<string, unknown>) => Device.register(stack, username, { claims });
const byOkta = (userId: string) => [{ providerName: 'Okta', userId }];

it.each([
  ['a verified e-mail address', (number: number) => ({ format: 'email', email: `Ann-${number}@example.com` })],
  ['the provider’s own id', (number: number) => ({ format: 'iss_sub', iss: issuer, sub: `00u-${number}` })],
])('%s ends the sessions of the user, and their refresh tokens at the pool', async (_, subject) => {
  const number = requests + 1;
  const claims = { email: `ann-${number}@example.com`, email_verified: true, identities: byOkta(`00u-${number}`) };
  const device = await registered(`Okta_00u-${number}`, claims);
  expect(await revoke(subject(number))).toBe(204);
  const { status, body } = await device.list();
  expect([status, body.error.code]).toEqual([401, 'SESSION_ENDED']);
  await expect(device.refresh()).rejects.toThrow('No tokens');
  let events: any[] = [];
  while (events.length === 0) {
    events = (await send(`${stack.url}/_local/events`)).body.events.filter(
      ({ detail }: any) => detail.userId === device.userId && detail.reason,
    );
  }
  expect(events.map(({ detail }) => detail.reason)).toEqual(['revoked-by-provider']);
});

it.each([
  ['has not verified the address', { email_verified: false, identities: byOkta('00u-x') }, 404],
  ['does not sign in by the provider', { email_verified: true }, 403],
])('a user who %s keeps the session', async (name, claims, expected) => {
  const email = `${name.length}@example.com`;
  const device = await registered(name, { email, ...claims });
  expect(await revoke({ format: 'email', email })).toBe(expected);
  expect((await device.list()).status).toBe(200);
});
