import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { counted } from '../../command/progress';
import type { Calls } from '../../lambda/aws/calls';
import type { LocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { program, ROOT } from '../support/program';
import { callsTo, startStack } from '../support/stack';

let stack: LocalStack;
let calls: Calls;

beforeAll(async () => {
  stack = await startStack();
  calls = callsTo(stack.databaseEndpoint);
});
afterAll(async () => {
  calls.destroy();
  await stack.close();
});

async function start(...flags: string[]) {
  const child = spawn(process.execPath, [await program('cli/end-sessions.ts'), ...flags], {
    cwd: ROOT,
    env: { ...process.env, DYNAMODB_PORT: new URL(stack.databaseEndpoint).port, PORT: new URL(stack.url).port },
  });
  child.stdin.end();
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said += text;
    });
  }
  const end = once(child, 'close').then(([code]) => ({ code, said }));
  return { child, end };
}
const run = async (...flags: string[]) => (await start(...flags)).end;
const table = () => ['--table', stack.sessionsTable, '--endpoint', stack.databaseEndpoint];
/** Why sessions have ended, as their events say, once there is one for each. */
async function announced(...devices: Device[]): Promise<string[]> {
  for (;;) {
    const { body } = await send(`${stack.url}/_local/events`);
    const ended = body.events.filter(({ detailType }: any) => detailType === 'Session Revoked');
    const found = devices.map(({ signInId }) => ended.find(({ detail }: any) => detail.sessionId === signInId));
    if (found.every(Boolean)) return found.map(({ detail }) => detail.reason);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const code = async (device: Device) => (await device.list()).body.error?.code;

it('ends a user’s sessions, and nobody else’s, once it is confirmed', async () => {
  const [first, second] = [await Device.register(stack, 'ada'), await Device.register(stack, 'ada')];
  const other = await Device.register(stack, 'grace');
  const dry = await run('--user', first.userId, '--dry-run', ...table());
  expect(dry).toEqual({ code: 0, said: expect.stringContaining('has 2 sessions') });
  const unconfirmed = await run('--user', first.userId, ...table());
  expect(unconfirmed).toEqual({ code: 2, said: expect.stringContaining('add --yes') });
  expect(await code(first)).toBeUndefined();

  const done = await run('--user', first.userId, '--yes', ...table());
  expect(done).toEqual({ code: 0, said: expect.stringContaining('2 sessions') });
  expect([await code(first), await code(second), await code(other)]).toEqual([
    'SESSION_ENDED',
    'SESSION_ENDED',
    undefined,
  ]);
});

it.each([
  ['an e-mail address', 'frida@example.org'],
  ['a user name', 'frida'],
])('finds the user by %s', async (_, who) => {
  const device = await Device.register(stack, 'frida', { claims: { email: 'frida@example.org' } });
  const done = await run('--user', who, '--yes', ...table());
  expect(done).toEqual({
    code: 0,
    said: expect.stringContaining(`Ended 1 session of the user ${device.userId}.`),
  });
  expect(await code(device)).toBe('SESSION_ENDED');
});

it('says that a known id has no sessions, and never so of somebody whom nobody knows', async () => {
  const { userId } = await Device.signIn(stack, 'newcomer');
  expect(await run('--user', userId, '--yes', ...table())).toEqual({
    code: 0,
    said: expect.stringContaining('has 0 sessions'),
  });
  for (const [who, what] of [
    ['nobody@example.org', 'address'],
    ['nobody', 'id or user name'],
  ] as const) {
    const { code: exit, said } = await run('--user', who, '--yes', ...table());
    expect([exit, said]).toEqual([1, expect.stringContaining(`Nobody has that ${what}: ${who}. Nothing was done.`)]);
  }
});

it('signs the user out in Cognito, too, if it is asked to', async () => {
  const device = await Device.register(stack, 'heidi');
  await run('--user', device.userId, '--yes', ...table());
  await device.refresh();
  const { said } = await run('--user', device.userId, '--sign-out-at-pool', '--yes', ...table());
  expect(said).toContain('The user is signed out in Cognito.');
  await expect(device.refresh()).rejects.toThrow('No tokens');
});

it('ends everybody’s, with an event each', async () => {
  const devices = await Promise.all(['eve', 'mallory', 'trent'].map((name) => Device.register(stack, name)));
  const dry = await run('--everyone', '--dry-run', ...table());
  expect(dry).toEqual({ code: 0, said: expect.stringMatching(/ has \d+ sessions?\. None was ended/) });
  expect(await code(devices[0] as Device)).toBeUndefined();

  expect((await run('--everyone', '--yes', ...table())).code).toBe(0);
  for (const device of devices) expect(await code(device)).toBe('SESSION_ENDED');
  expect((await run('--everyone', '--dry-run', ...table())).said).toContain('has 0 sessions.');
  await announced(...devices);
  expect((await Device.register(stack, 'eve')).userId).toBe(devices[0]?.userId);
});

describe('by criteria', () => {
  /** Registers a session, and says where it is. */
  async function registerAt(name: string, ipAddress: string, country: string): Promise<Device> {
    const device = await Device.register(stack, name);
    await calls.call('UpdateItem', {
      TableName: stack.sessionsTable,
      Key: { sessionId: { S: device.signInId } },
      UpdateExpression: 'SET ipAddress = :address, locationData = :place',
      ExpressionAttributeValues: { ':address': { S: ipAddress }, ':place': { M: { country: { S: country } } } },
    });
    return device;
  }
  const criteria = ['--address', '203.0.113.0/24', '--country', 'FR', '--agent', 'firefox'];

  it('ends the sessions that meet all of them, once somebody has looked, and announces each as requested', async () => {
    const meant = [await registerAt('peggy', '203.0.113.7', 'FR'), await registerAt('victor', '203.0.113.8', 'FR')];
    const others = [await registerAt('peggy', '203.0.114.7', 'FR'), await registerAt('walter', '203.0.113.9', 'DE')];
    const [peggy] = meant as [Device];
    const shown = new RegExp(
      `^Found 2 live sessions in \\S+ for: .*203\\.0\\.113\\.0/24; country FR \\(France\\); agent with "firefox"\\.\n(.*\n)*  ${peggy.userId} +Firefox +203\\.0\\.113\\.7 +FR +2`,
    );
    const dry = await run(...criteria, '--dry-run', ...table());
    expect(dry).toEqual({ code: 0, said: expect.stringMatching(shown) });
    expect(dry.said).toContain('None was ended.');
    const unconfirmed = await run(...criteria, ...table());
    expect(unconfirmed).toEqual({ code: 2, said: expect.stringMatching(shown) });
    expect(unconfirmed.said).toContain('add --yes');
    for (const device of meant) expect(await code(device)).toBeUndefined();

    const done = await run(...criteria, '--yes', '--rate', '1000', ...table());
    expect(done).toEqual({ code: 0, said: expect.stringMatching(shown) });
    expect(done.said).toContain('2 sessions in ');
    for (const device of meant) {
      expect(await code(device)).toBe('SESSION_ENDED');
      expect((await device.register()).body.error.code).toBe('SESSION_ENDED');
    }
    for (const device of others) expect(await code(device)).toBeUndefined();
    expect(await announced(...meant)).toEqual(['requested', 'requested']);
    expect((await run(...criteria, '--yes', ...table())).said).toContain('Found 0 live sessions');
  });

  it('says how many are not known to meet them', async () => {
    const device = await registerAt('olivia', 'proxy', 'Atlantis');
    const dry = async (...flags: string[]) => (await run(...flags, '--dry-run', ...table())).said;
    const notKnown = 'ncluded: 1 whose address or country is not known.';
    const elsewhere = ['--not-from', '0.0.0.0/0,::/0'];
    expect(await dry(...elsewhere)).toMatch(/^Found 1 live session in/);
    expect(await dry(...elsewhere)).toContain(`\nI${notKnown}`);
    expect(await dry('--address', '255.255.255.255')).toContain(`\nNot i${notKnown}`);
    expect(await dry('--address', '255.255.255.255', '--agent', 'nothing')).not.toContain(notKnown);

    expect((await run(...elsewhere, '--yes', ...table())).code).toBe(0);
    expect(await code(device)).toBe('SESSION_ENDED');
  });

  it('says what has ended if it is interrupted', async () => {
    const devices = await Promise.all(
      Array.from({ length: 30 }, () => Device.register(stack, 'zoe', { userAgent: 'Zoe' })),
    );
    const stored = async () => {
      const { Items } = await calls.call<{ Items: any[] }>('Scan', { TableName: stack.sessionsTable });
      return Items.filter(({ userAgent }) => userAgent.S === 'Zoe');
    };
    const { child, end } = await start('--agent', 'zoe', '--yes', '--rate', '5', ...table());
    while ((await stored()).every(({ isActive }) => isActive.BOOL));
    child.kill('SIGINT');
    const { code: exit, said } = await end;
    const left = await stored();
    expect([exit, left.every(({ isActive }) => isActive.BOOL)]).toEqual([130, true]);
    expect(said).toContain(
      `Ended ${counted(devices.length - left.length, 'session')} in ${stack.sessionsTable}.\nInterrupted.`,
    );
    expect(left.length).toBeGreaterThan(0);
  });

  it.each([
    [['--address', '203.0.113.0/33'], '--address is "203.0.113.0/33"'],
    [['--contry', 'FR'], 'did you mean "--country"?'],
    [['--agent', 'Acme', 'Desk'], 'Unexpected argument'],
    [['--country', 'FR', '--everyone'], 'One of --user WHO, criteria'],
    [['--country', 'FR', '--user', 'sybil'], 'One of --user WHO, criteria'],
    [['--country', 'FR', '--sign-out-at-pool'], 'works with --user only'],
  ])('ends nothing for %p', async (flags, what) => {
    const device = await registerAt('sybil', '192.0.2.7', 'FR');
    expect(await run(...flags, '--yes', ...table())).toEqual({ code: 2, said: expect.stringContaining(what) });
    expect(await code(device)).toBeUndefined();
  });
});

it.each(['--sign-out-at-pool', '--user-pool=eu-west-1_AbCdEfGhI'])('ends nothing for --everyone %s', async (flag) => {
  const device = await Device.register(stack, 'ivan');
  const refused = await run('--everyone', flag, '--yes', ...table());
  expect(refused).toEqual({ code: 2, said: expect.stringContaining('works with --user only') });
  expect(await code(device)).toBeUndefined();
});

it.each([[[]], [['--user', 'a', '--everyone']], [['--everyone', '--rate', '0']]])(
  '%p is wrong usage',
  async (flags) => {
    expect((await run(...flags, '--yes')).code).toBe(2);
  },
);
