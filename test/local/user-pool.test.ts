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
      report = resolve;
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

  it('makes a refresh token useless for whoever holds it', async () => {
    const { refreshToken } = await issuer.signIn({ username: 'peggy' });
    const headers = { 'x-amz-target': 'AWSCognitoIdentityProviderService.RevokeToken' };
    const body = JSON.stringify({ Token: refreshToken, ClientId: 'client' });
    expect((await fetch(endpoint, { method: 'POST', headers, body })).status).toBe(200);
    expect(await issuer.refresh(refreshToken)).toBeUndefined();
  });
});
