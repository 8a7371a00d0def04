import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { LocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { program, ROOT } from '../support/program';
import { startStack } from '../support/stack';

let stack: LocalStack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

async function run(...flags: string[]) {
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
  const [code] = await once(child, 'close');
  return { code, said };
}
const table = () => ['--table', stack.sessionsTable, '--endpoint', stack.databaseEndpoint];
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
    said: expect.stringContaining(`1 sessions of the user ${device.userId} have ended`),
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
  expect(dry).toEqual({ code: 0, said: expect.stringMatching(/There are \d+ sessions in .*None was ended/) });
  expect(await code(devices[0] as Device)).toBeUndefined();

  expect((await run('--everyone', '--yes', ...table())).code).toBe(0);
  for (const device of devices) expect(await code(device)).toBe('SESSION_ENDED');
  expect((await run('--everyone', '--dry-run', ...table())).said).toContain('There are 0 sessions');
  const { body } = await send(`${stack.url}/_local/events`);
  const revoked = body.events.filter(({ detailType }: any) => detailType === 'Session Revoked');
  const told = revoked.map(({ detail }: any) => detail.sessionId);
  expect(told).toEqual(expect.arrayContaining(devices.map(({ signInId }) => signInId)));
  expect((await Device.register(stack, 'eve')).userId).toBe(devices[0]?.userId);
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
