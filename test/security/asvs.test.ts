import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { settleStage } from '../../lib/stage';
import { readAssembly } from '../../local/assembly';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { Device, type Reply } from '../support/api';
import { itemOf, putLegacy, type Setting } from '../support/scenarios';
import { DAY, HOUR, iso, MINUTE } from '../support/sessions';
import { changedAssembly, startStack, synthesizedTemplate, synthesizeStage } from '../support/stack';

// Chapter V7 of OWASP's ASVS 5.0, as far as no other test shows it. No cleanup is ever fired here: the limits hold by
// themselves. The stage asks for a sign-in of the last ten minutes to end other sessions.
const RECENT_MINUTES = 10;

let stack: LocalStack;
let documents: DynamoDBDocumentClient;
let users = 0;
const someone = () => `user-${++users}`;
const setting = (): Setting => ({ stack, documents, username: someone() });
const answer = ({ status, body }: Reply) => [status, body.error?.code].filter(Boolean).join(' ');
const ENDED = '401 SESSION_ENDED';

beforeAll(async () => {
  const folder = changedAssembly((resources) => {
    for (const { Properties } of Object.values(resources)) {
      if (/-terminate/.test(Properties?.FunctionName)) {
        Properties.Environment.Variables.RECENT_SIGN_IN_MINUTES = String(RECENT_MINUTES);
      }
    }
  });
  stack = await startStack({ assembly: readAssembly(folder), log: () => undefined });
  documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
}, 60_000);
afterAll(async () => {
  documents.destroy();
  await stack.close();
});

describe('the documented session policy', () => {
  const text = readFileSync(join(__dirname, '..', '..', 'docs', 'security', 'session-policy.md'), 'utf8');
  const documented = [...text.matchAll(/^\| `(\w+)` \| (none|`\d+`) \|/gm)].map(([, option, value]) => [
    option,
    value === 'none' ? undefined : Number(value?.slice(1, -1)),
  ]);

  it('[V7.1.1] [V7.6.1] has the limits that a stage gets', () => {
    const stage: Record<string, unknown> = { ...settleStage('prod') };
    const limits = ['idleMinutes', 'lifetimeHours', 'maxAgeDays', 'signInDays'];
    expect(documented.map(([option]) => option)).toEqual(expect.arrayContaining(limits));
    expect(documented).toEqual(documented.map(([option]) => [option, stage[String(option)]]));
  });

  it('[V7.1.2] says how many sessions a user may have, as a stage gets it', () => {
    expect(settleStage('prod').sessionLimit).toBeUndefined();
    expect(text).toMatch(/By default the number of sessions of one user is \*\*unlimited\*\*/);
    for (const whenReached of ['deny', 'end-oldest'] as const) {
      expect(settleStage('prod', { sessionLimit: { most: 1, whenReached } }).sessionLimit?.most).toBe(1);
      expect(text).toContain(`\`${whenReached}\``);
    }
  });

  it('[V7.1.3] says what the user pool keeps, as the stack sets it', () => {
    const [, client] = synthesizedTemplate().only('AWS::Cognito::UserPoolClient');
    expect(client).toMatchObject({ RefreshTokenValidity: 30 * 24 * 60, EnableTokenRevocation: true });
    expect(client.TokenValidityUnits).toEqual({ RefreshToken: 'minutes' });
    expect(text).toContain('refresh tokens | 30 days (`signInDays`)');
    // Cognito's own default, which the stack leaves alone.
    expect(client.AccessTokenValidity ?? client.IdTokenValidity).toBeUndefined();
    expect(text).toContain('ID and access tokens | 60 minutes');
  });
});

it('[V7.2.2] nothing static opens anything: no API keys, and no secret in a function’s environment', () => {
  const template = synthesizedTemplate();
  expect(template.all('AWS::ApiGateway::Method').filter(([, { ApiKeyRequired }]) => ApiKeyRequired)).toEqual([]);
  const functions = template.all('AWS::Lambda::Function').map(([, { Environment }]) => Environment.Variables);
  expect(
    functions.flatMap((variables) => Object.keys(variables)).filter((name) => /SECRET|PASSWORD|_KEY$/.test(name)),
  ).toEqual([]);
});

it('[V7.2.4] signing in again is a new session, and logging out of the old one leaves its tokens without effect', async () => {
  const username = someone();
  const before = await Device.register(stack, username);
  await before.logOut();
  const after = await Device.register(stack, username);
  expect(after.signInId).not.toBe(before.signInId);
  await before.refresh();
  expect(answer(await before.list())).toBe(ENDED);
  expect(answer(await after.list())).toBe('200');
});

describe('without any cleanup, a session', () => {
  it('[V7.3.1] that was idle too long is over at the next request, for refreshed tokens too', async () => {
    const where = setting();
    const device = await Device.register(stack, where.username);
    const used = (ago: number) =>
      putLegacy(where, device, { sessionId: device.signInId, lastActivity: iso(Date.now() - ago) });
    await used(480 * MINUTE - 10_000);
    expect(answer(await device.list())).toBe('200');
    await used(480 * MINUTE + 1);
    expect(answer(await device.list())).toBe(ENDED);
    await device.refresh();
    expect([answer(await device.list()), answer(await device.register())]).toEqual([ENDED, ENDED]);
  });

  it('[V7.3.2] ends at its absolute limit, however much it is used', async () => {
    const where = setting();
    const device = await Device.register(stack, where.username);
    const put = (lastActivity: number, expiresAt: string) =>
      putLegacy(where, device, { sessionId: device.signInId, lastActivity: iso(lastActivity), expiresAt });
    const expiresAt = iso(Date.now() + HOUR);
    await put(Date.now() - HOUR, expiresAt);
    expect(answer(await device.list())).toBe('200');
    const stored = await itemOf(where, device.signInId);
    expect(stored?.expiresAt).toBe(expiresAt);
    expect(stored?.lastActivity > iso(Date.now() - MINUTE)).toBe(true);
    await put(Date.now(), iso(Date.now() - 1));
    expect(answer(await device.list())).toBe(ENDED);
    await device.refresh();
    expect([answer(await device.list()), answer(await device.register())]).toEqual([ENDED, ENDED]);
  });
});

it('[V7.4.1] logging out ends every token of the sign-in, on every route that needs a session, at once', async () => {
  const device = await Device.register(stack, someone());
  await device.logOut();
  const all = async () => [await device.list(), await device.endOthers(), await device.end('any')];
  expect((await all()).map(answer)).toEqual([ENDED, ENDED, ENDED]);
  await device.refresh();
  expect((await all()).map(answer)).toEqual([ENDED, ENDED, ENDED]);
  const byAccessToken = await device.call('GET', `/users/${device.userId}/sessions`, undefined, device.accessToken);
  expect(answer(byAccessToken)).toBe(ENDED);
});

it('[V7.4.3] [V7.5.2] a user sees all their sessions and ends all others at once', async () => {
  const username = someone();
  const [device, ...others] = [1, 2, 3].map(() => Device.register(stack, username));
  const [own, rest] = [await device, await Promise.all(others)];
  expect((await own?.list())?.body.data).toHaveLength(3);
  expect((await own?.endOthers())?.body.data.deletedSessions).toBe(2);
  for (const other of rest) expect(answer(await other.list())).toBe(ENDED);
  expect((await own?.list())?.body.data).toHaveLength(1);
});

describe('[V7.5.2] where a stage asks for a recent sign-in to end other sessions,', () => {
  const signedIn = (username: string, minutesAgo: number, groups: string[] = []) =>
    Device.register(stack, username, {
      groups,
      claims: { auth_time: Math.floor((Date.now() - minutesAgo * MINUTE) / 1_000) },
    });

  it('the functions that end other sessions are told', () => {
    const { resources } = readAssembly(synthesizeStage({ recentSignInMinutes: RECENT_MINUTES }));
    const told = Object.values(resources)
      .filter(({ Properties }) => Properties.Environment?.Variables.RECENT_SIGN_IN_MINUTES === String(RECENT_MINUTES))
      .map(({ Properties }) => Properties.FunctionName);
    // Logging out everywhere ends the others, too.
    expect(told.sort()).toEqual(
      ['logout', 'terminatesession', 'terminatesessions'].map((name) => `aerotage-${name}-test`),
    );
  });

  it('an older one is told to sign in again, and ends nothing', async () => {
    const username = someone();
    const [device, other] = [await signedIn(username, RECENT_MINUTES + 1), await Device.register(stack, username)];
    for (const reply of [await device.end(other.signInId), await device.endOthers()]) {
      expect(answer(reply)).toBe('401 SIGN_IN_TOO_OLD');
      expect(reply.body.error.message).toMatch(/signed in within the last 10 minutes\. Sign in again/);
    }
    expect(answer(await other.list())).toBe('200');
    expect(answer(await device.logOut())).toBe('200');
  });

  it('a recent one ends them', async () => {
    const username = someone();
    const [device, other] = [await signedIn(username, RECENT_MINUTES - 1), await Device.register(stack, username)];
    expect(answer(await device.end(other.signInId))).toBe('200');
    expect(answer(await device.endOthers())).toBe('200');
  });

  it('[V7.4.5] an admin is not asked to end another user’s, and is for their own', async () => {
    const adminName = someone();
    const admin = await signedIn(adminName, RECENT_MINUTES + 1, ['admin']);
    const [device, own] = [await Device.register(stack, someone()), await Device.register(stack, adminName)];
    expect(answer(await admin.call('DELETE', `/users/${device.userId}/sessions/${device.signInId}`))).toBe('200');
    expect(answer(await admin.call('DELETE', `/users/${device.userId}/sessions`))).toBe('200');
    expect(answer(await admin.end(own.signInId))).toBe('401 SIGN_IN_TOO_OLD');
  });
});

it('[V7.6.1] a session lasts from the identity provider’s sign-in, and a sign-in too old for one is refused', async () => {
  const at = (ago: number) => ({ claims: { auth_time: Math.floor((Date.now() - ago) / 1_000) } });
  const device = await Device.signIn(stack, someone(), at(6 * DAY));
  const { data } = (await device.register()).body;
  expect(Date.parse(data.expiresAt) - device.claims.auth_time * 1_000).toBe(7 * DAY);
  const old = await Device.signIn(stack, someone(), at(7 * DAY + MINUTE));
  expect(answer(await old.register())).toBe('401 SIGN_IN_TOO_OLD');
  await old.refresh();
  expect(answer(await old.register())).toBe('401 SIGN_IN_TOO_OLD');
});

it('[V7.6.2] a good token opens no session but by registering', async () => {
  const device = await Device.signIn(stack, someone());
  for (const reply of [await device.list(), await device.endOthers(), await device.end('any')]) {
    expect(answer(reply)).toBe(ENDED);
  }
  await device.refresh();
  const { Items = [] } = await documents.send(
    new ScanCommand({ TableName: stack.sessionsTable, ConsistentRead: true }),
  );
  expect(Items.filter(({ userId }) => userId === device.userId)).toEqual([]);
  expect(answer(await device.register())).toBe('201');
});
