import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { readAssembly } from '../../local/assembly';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { Device, type Reply, send } from '../support/api';
import { putLegacy, putOver, SCENARIOS, type Setting } from '../support/scenarios';
import { HOUR, iso } from '../support/sessions';
import { startStack, synthesizeStage } from '../support/stack';
import { idsOf, Trouble } from '../support/trouble';

const trouble = new Trouble();
const lines: string[] = [];
let stack: LocalStack;
let documents: DynamoDBDocumentClient;
let users = 0;
const someone = () => `user-${++users}`;
const setting = (): Setting => ({ stack, documents, username: someone() });

beforeAll(async () => {
  stack = await startStack({ watch: trouble.watch, log: (line) => lines.push(line) });
  documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
});
afterAll(async () => {
  documents.destroy();
  await stack.close();
});

const hashed = (sessionId: string) => createHash('sha256').update(sessionId).digest('hex').slice(0, 16);

/** Waits for something that log lines say: they come a moment after the answer. */
async function logged<T>(find: () => T | undefined): Promise<T> {
  for (let waited = 0; waited < 30_000; waited += 10) {
    const found = find();
    if (found !== undefined) return found;
    await sleep(10);
  }
  throw new Error('The log does not say it.');
}

/** The security events of the request that was answered so. */
const eventsOf = ({ headers }: Reply, count = 1) =>
  logged(() => {
    const events = lines
      .filter((line) => line.includes(String(headers['x-amzn-requestid'])))
      .map((line) => JSON.parse(line))
      .filter(({ message }) => message === 'security');
    return events.length >= count ? events : undefined;
  });

describe('a security event is one line, in OWASP’s words, with who, whom, which session, from where and why:', () => {
  it('session_created', async () => {
    const device = await Device.signIn(stack, someone());
    const [event, ...more] = await eventsOf(await device.register());
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      level: 'INFO',
      event: 'session_created',
      actor: device.userId,
      subject: device.userId,
      session: hashed(device.signInId),
      address: '127.0.0.1',
      userAgent: 'Firefox',
      route: 'POST /users/{id}/sessions',
      timestamp: expect.any(String),
    });
  });

  it('session_renewed', async () => {
    const { act, devices } = (await SCENARIOS['listing after an hour']?.(setting())) ?? { devices: [] };
    const events = act && (await eventsOf(await act()));
    expect(events).toMatchObject([{ event: 'session_renewed', session: hashed(devices[0]?.signInId ?? '') }]);
  });

  it('session_expired, by logging out', async () => {
    const device = await Device.register(stack, someone());
    const [event] = await eventsOf(await device.logOut());
    expect(event).toMatchObject({
      event: 'session_expired',
      reason: 'logout',
      actor: device.userId,
      session: hashed(device.signInId),
    });
  });

  it('and the request’s own line names the session too, where the route asks for no live one', async () => {
    const device = await Device.register(stack, someone());
    const { headers } = await device.logOut();
    const ofRequest = (line: string) =>
      line.includes(String(headers['x-amzn-requestid'])) && line.includes('"request"');
    const line = await logged(() => lines.find(ofRequest));
    expect(JSON.parse(line)).toMatchObject({ session: hashed(device.signInId), userId: device.userId });
  });

  it('session_expired, revoked from another device, for each of the sessions', async () => {
    const username = someone();
    const [device, ...others] = await Promise.all([1, 2, 3].map(() => Device.register(stack, username)));
    const events = device && (await eventsOf(await device.endOthers(), 2));
    expect(events?.map(({ event, reason, session }) => [event, reason, session]).sort()).toEqual(
      others.map(({ signInId }) => ['session_expired', 'revoked', hashed(signInId)]).sort(),
    );
  });

  it('session_expired, ended for a new one where the stage has a limit', async () => {
    const stage = { sessionLimit: { most: 1, whenReached: 'end-oldest' } } as const;
    const folder = synthesizeStage(stage, { name: 'limited', bundled: true });
    const limited = await startStack({ assembly: readAssembly(folder), log: (line) => lines.push(line) });
    try {
      const username = someone();
      const first = await Device.register(limited, username);
      const second = await Device.signIn(limited, username);
      expect(await eventsOf(await second.register(), 2)).toMatchObject([
        { event: 'session_expired', reason: 'session limit', session: hashed(first.signInId), actor: first.userId },
        { event: 'session_created', session: hashed(second.signInId) },
      ]);
    } finally {
      await limited.close();
    }
  });

  it('session_expired and authz_admin, by an admin', async () => {
    const device = await Device.register(stack, someone());
    const admin = await Device.register(stack, someone(), { groups: ['admin'] });
    const events = await eventsOf(await admin.call('DELETE', `/users/${device.userId}/sessions/${device.signInId}`), 2);
    expect(events).toMatchObject([
      { event: 'session_expired', reason: 'revoked', actor: admin.userId, subject: device.userId },
      { event: 'authz_admin', level: 'WARN', actor: admin.userId, subject: device.userId },
    ]);
  });

  it('authz_admin, by an admin who looks', async () => {
    const admin = await Device.register(stack, someone(), { groups: ['admin'] });
    expect(await eventsOf(await admin.call('GET', '/users/somebody/sessions'))).toMatchObject([
      { event: 'authz_admin', actor: admin.userId, subject: 'somebody' },
    ]);
  });

  it('authz_admin, by an admin who looks at the cleanups or requests a dry run', async () => {
    const admin = await Device.register(stack, someone(), { groups: ['admin'] });
    const about = { event: 'authz_admin', level: 'WARN', actor: admin.userId };
    expect(await eventsOf(await admin.call('GET', '/cleanups'))).toMatchObject([
      { ...about, reason: 'cleanups listed' },
    ]);
    expect(await eventsOf(await admin.call('POST', '/cleanups', { dryRun: true }))).toMatchObject([
      { ...about, reason: 'dry run requested' },
    ]);
  });

  it('authz_fail', async () => {
    const device = await Device.register(stack, someone());
    expect(await eventsOf(await device.call('GET', '/users/somebody/sessions'))).toMatchObject([
      { event: 'authz_fail', level: 'WARN', actor: device.userId, subject: 'somebody' },
    ]);
    expect(await eventsOf(await device.call('GET', '/cleanups'))).toMatchObject([
      { event: 'authz_fail', actor: device.userId, reason: 'Only administrators may do this.' },
    ]);
  });

  it('session_use_after_expire, of a session that is gone and of one that is over, and by registering again', async () => {
    const [gone, idle] = [await Device.register(stack, someone()), await Device.register(stack, someone())];
    await gone.logOut();
    await putLegacy(setting(), idle, { sessionId: idle.signInId, lastActivity: iso(Date.now() - 9 * HOUR) });
    const about = { event: 'session_use_after_expire', level: 'WARN' };
    expect(await eventsOf(await gone.list())).toMatchObject([
      { ...about, actor: gone.userId, session: hashed(gone.signInId), reason: 'ended' },
    ]);
    expect(await eventsOf(await idle.list())).toMatchObject([{ ...about, actor: idle.userId, reason: 'idle' }]);
    expect(await eventsOf(await idle.register())).toMatchObject([{ ...about, session: hashed(idle.signInId) }]);
  });

  it('authn_token_fail, of nobody', async () => {
    const [event] = await eventsOf(await send(`${stack.apiUrl}logout`, { method: 'POST' }));
    expect(event).toMatchObject({ event: 'authn_token_fail', level: 'WARN', address: '127.0.0.1' });
    expect(event).not.toHaveProperty('actor');
  });

  it('input_validation_fail', async () => {
    const device = await Device.signIn(stack, someone());
    expect(await eventsOf(await device.register({ userAgent: 5 }))).toMatchObject([
      { event: 'input_validation_fail', reason: 'userAgent must be a string.' },
    ]);
  });

  it('nothing of a sign-in that registers for the first time or logs out without a session', async () => {
    const device = await Device.signIn(stack, someone());
    const reply = await device.logOut();
    await logged(() => lines.find((line) => line.includes(String(reply.headers['x-amzn-requestid']))));
    await expect(Promise.race([eventsOf(reply), sleep(100)])).resolves.toBeUndefined();
  });

  it('session_expired, by the cleanup, with its counts', async () => {
    await putOver(setting());
    await send(`${stack.url}/_local/events/${stack.ruleNames[0]}`, { method: 'POST', body: {} });
    const line = await logged(() => lines.find((one) => one.includes('"actor":"cleanup"')));
    expect(JSON.parse(line)).toMatchObject({ event: 'session_expired', errors: 0 });
  });
});

it('[V16.2.5] no token, no body, no session id and no Authorization header is in any log line, whatever goes wrong', async () => {
  const secrets: string[] = ['the older secret', 'secret-in-a-body', 'secret-in-a-query', 'secret-in-a-header'];
  for (const prepare of Object.values(SCENARIOS)) {
    for (const fault of ['failing', 'cut off'] as const) {
      const where = setting();
      const { devices, act } = await prepare(where);
      const [device] = devices;
      if (!device) throw new Error('A scenario has a device.');
      await putLegacy(where, device, { sessionId: `old-${device.userId}`, sessionToken: 'the older secret' });
      const ids = devices.flatMap(idsOf);
      await trouble.during(ids, act, { at: 0, fault });
      const { calls } = await trouble.during(ids, act, { at: 2, fault });
      expect(calls.length).toBeGreaterThan(0);
      await act();
      for (const { idToken, accessToken, signInId } of devices) {
        for (const token of [idToken, accessToken]) secrets.push(...token.split('.').slice(1));
        if (signInId) secrets.push(signInId);
      }
    }
  }
  const device = await Device.register(stack, someone());
  secrets.push(...device.idToken.split('.').slice(1), device.signInId);
  await device.register({ userAgent: { marked: 'secret-in-a-body' }, loginTime: 'secret-in-a-body' });
  await device.call('POST', `/users/${device.userId}/sessions`, '{"secret-in-a-body');
  await device.list('?cursor=secret-in-a-query&limit=secret-in-a-query');
  await device.call('GET', `/users/${device.idToken}/sessions`);
  await device.call('DELETE', `/users/${device.userId}/sessions/${device.idToken}`);
  for (const authorization of ['secret-in-a-header', `Bearer ${device.idToken}x`, `Bearer a.secret-in-a-header.b`]) {
    await send(`${stack.apiUrl}logout`, { method: 'POST', headers: { authorization, cookie: 'secret-in-a-header' } });
  }
  const last = await device.logOut();
  await logged(() => lines.find((line) => line.includes(String(last.headers['x-amzn-requestid']))));
  expect(lines.length).toBeGreaterThan(50);
  expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
});
