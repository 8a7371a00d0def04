import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lambda/aws/retry';
import { userPool, userPoolCalls } from '../../lambda/user-pool/user-pool';
import { LOCAL_CREDENTIALS } from '../../local/database';
import type { PutEvent } from '../../local/event-bus';
import { type Issuer, localIssuer } from '../../local/issuer';
import { close, listen } from '../../local/server';
import { userPoolApi } from '../../local/user-pool-api';

const POOL = 'us-east-1_Pool';
const folder = mkdtempSync(join(tmpdir(), 'user-pool-'));
/** The next event that CloudTrail reports. */
let report: (event: PutEvent) => void = () => undefined;
/** What functions may do, by their access keys. */
const allowed: Record<string, string[]> = {
  reader: [`cognito-idp:ListUsers arn:aws:cognito-idp:us-east-1:000000000000:userpool/${POOL}`],
};
let issuer: Issuer;
let server: Server;
let endpoint: string;

const start = () => localIssuer(folder, 'http://127.0.0.1/_local/user-pool', 'client');
const poolFor = (accessKeyId = LOCAL_CREDENTIALS.accessKeyId) => {
  const credentials = { ...LOCAL_CREDENTIALS, accessKeyId };
  return userPool(userPoolCalls(POOL, { endpoint, region: 'us-east-1', credentials }, systemClock), POOL);
};
async function post(operation: string, input: object): Promise<[status: number, text: string]> {
  const headers = { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` };
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(input) });
  return [response.status, await response.text()];
}

beforeAll(async () => {
  issuer = await start();
  const functionOf = (key: string) =>
    allowed[key] && {
      name: key,
      mayCall: ({ action, resource }: { action: string; resource: string }) =>
        allowed[key]?.includes(`${action} ${resource}`) ?? false,
    };
  const api = userPoolApi(issuer, functionOf, (event) => report(event));
  server = createServer((request, response) => void api.serve(request, response));
  endpoint = `http://127.0.0.1:${await listen(server, 0, 'none', 'the user pool')}/_local/`;
});
afterAll(async () => {
  await close(server);
  rmSync(folder, { recursive: true });
});

describe('the local user pool', () => {
  it('knows who has signed in, by e-mail address, user name and id, also after a restart', async () => {
    const { userId } = await issuer.signIn({ username: 'ada "the first"', claims: { email: 'ada@example.org' } });
    await issuer.signIn({ username: 'bob@example.org' });
    const ada = {
      id: userId,
      username: 'ada "the first"',
      email: 'ada@example.org',
      status: 'CONFIRMED',
      enabled: true,
    };
    expect(await poolFor().find('email', 'ada@example.org')).toEqual([ada]);
    expect(await poolFor().find('username', 'ada "the first"')).toEqual([ada]);
    expect(await poolFor().find('sub', userId)).toEqual([ada]);
    expect(await poolFor().find('email', 'bob@example.org')).toHaveLength(1);
    expect(await poolFor().find('email', 'ada')).toEqual([]);
    expect((await start()).users().map(({ username }) => username)).toEqual(
      expect.arrayContaining(['ada "the first"', 'bob@example.org']),
    );
  });

  it('signs a user out: no refresh token from before works, also after a restart, and later sign-ins do', async () => {
    const before = await issuer.signIn({ username: 'eve' });
    const other = await issuer.signIn({ username: 'mallory' });
    const reported = new Promise<PutEvent>((resolve) => {
      report = (event) => {
        if (JSON.stringify(event).includes(before.userId)) resolve(event);
      };
    });
    expect(await poolFor().signOut(before.userId)).toBe(true);
    expect(await issuer.refresh(before.refreshToken)).toBeUndefined();
    expect(await issuer.refresh(other.refreshToken)).toBeDefined();
    expect(await (await start()).refresh(before.refreshToken)).toBeUndefined();
    let after = await issuer.signIn({ username: 'eve' });
    // In the very millisecond of the sign-out, nobody can tell which came first.
    while (!(await issuer.refresh(after.refreshToken))) after = await issuer.signIn({ username: 'eve' });
    expect(await reported).toMatchObject({
      bus: 'default',
      source: 'aws.cognito-idp',
      detail: { eventName: 'AdminUserGlobalSignOut', additionalEventData: { sub: before.userId } },
    });
  });

  it('lets a function do what its role allows, and no more', async () => {
    const { userId } = await issuer.signIn({ username: 'trent' });
    expect(await poolFor('reader').find('sub', userId)).toHaveLength(1);
    await expect(poolFor('reader').signOut(userId)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('says that it does not know a user, or a call', async () => {
    const calls = userPoolCalls(POOL, { endpoint, region: 'us-east-1', credentials: LOCAL_CREDENTIALS }, systemClock);
    await expect(calls.call('AdminUserGlobalSignOut', { Username: 'nobody' })).rejects.toMatchObject({
      name: 'UserNotFoundException',
    });
    await expect(calls.call('constructor', {})).rejects.toMatchObject({ name: 'UnknownOperationException' });
  });

  it('makes a refresh token useless for whoever holds it, and answers with an empty body, however often', async () => {
    const { refreshToken } = await issuer.signIn({ username: 'peggy' });
    for (let time = 1; time <= 2; time++) {
      expect(await post('RevokeToken', { Token: refreshToken, ClientId: 'client' })).toEqual([200, '']);
    }
    expect(await issuer.refresh(refreshToken)).toBeUndefined();
  });

  it('revokes nothing but refresh tokens of its own, for whoever names a client', async () => {
    const { refreshToken, accessToken } = await issuer.signIn({ username: 'victor' });
    const unsupported = [400, expect.stringContaining('UnsupportedTokenTypeException')];
    const invalid = [400, expect.stringContaining('InvalidParameterException')];
    expect(await post('RevokeToken', { Token: accessToken, ClientId: 'client' })).toEqual(unsupported);
    expect(await post('RevokeToken', { Token: 'none', ClientId: 'client' })).toEqual(unsupported);
    expect(await post('RevokeToken', { Token: refreshToken })).toEqual(invalid);
    expect(await post('RevokeToken', { ClientId: 'client' })).toEqual(invalid);
    expect(await issuer.refresh(refreshToken)).toBeDefined();
  });

  it('signs out also by the id or the e-mail address, and answers with an empty body', async () => {
    const { userId } = await issuer.signIn({ username: 'walter', claims: { email: 'walter@example.org' } });
    for (const Username of [userId, 'walter@example.org']) {
      const before = await issuer.signIn({ username: 'walter' });
      expect(await post('AdminUserGlobalSignOut', { UserPoolId: POOL, Username })).toEqual([200, '']);
      expect(await issuer.refresh(before.refreshToken)).toBeUndefined();
    }
  });

  it('lists all users without a filter, and those whose attribute begins so, a page at a time', async () => {
    for (const letter of 'abc') await issuer.signIn({ username: `page-${letter}@example.org` });
    const list = async (input: object) => JSON.parse((await post('ListUsers', { UserPoolId: POOL, ...input }))[1]);
    const named = ({ Users }: { Users: { Username: string }[] }) => Users.map(({ Username }) => Username);
    expect(named(await list({}))).toEqual(issuer.users().map(({ username }) => username));
    const first = await list({ Filter: 'email ^= "page-"', Limit: 2 });
    expect(named(first)).toEqual(['page-a@example.org', 'page-b@example.org']);
    const { PaginationToken } = first;
    const second = await list({ Filter: '"email"^="page-"', Limit: 2, PaginationToken });
    expect(named(second)).toEqual(['page-c@example.org']);
    expect(second).not.toHaveProperty('PaginationToken');
  });

  it.each([
    ['it cannot read', { Filter: 'email = ada' }],
    ['has more than one condition', { Filter: 'email = "a" or email = "b"' }],
    ['is about a custom attribute', { Filter: 'custom:role = "admin"' }],
    ['is too long', { Filter: `username = "${'x'.repeat(256)}"` }],
    ['comes with too high a limit', { Limit: 61 }],
  ])('refuses a filter that %s', async (_, input) => {
    const refused = [400, expect.stringContaining('InvalidParameterException')];
    expect(await post('ListUsers', { UserPoolId: POOL, ...input })).toEqual(refused);
  });
});
