import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAssembly } from '../../local/assembly';
import type { LocalStack } from '../../local/stack';
import { Device } from '../support/api';
import { changedAssembly, startStack } from '../support/stack';

const LOGOUT = 'aerotage-logout-dev';

let stack: LocalStack;
beforeEach(async () => {
  stack = await startStack();
});
afterEach(() => stack.close());

const logoutOf = (resources: Record<string, any>) =>
  Object.values(resources).find(({ Properties }) => Properties?.FunctionName === LOGOUT).Properties;

/** The stack as it was, but with other code of the logout. */
function withCode(code: string, change: (resources: Record<string, any>) => void = () => undefined) {
  const hash = createHash('sha256').update(code).digest('hex');
  const folder = changedAssembly((resources) => {
    logoutOf(resources).Code.S3Key = `${hash}.zip`;
    change(resources);
  });
  const asset = join(folder, `asset.${hash}`);
  mkdirSync(asset);
  writeFileSync(join(asset, 'index.js'), code);
  return readAssembly(folder);
}

const answering = (text: string) =>
  `exports.handler = async () => ({ statusCode: 200, headers: {}, body: JSON.stringify({ success: true, data: { message: 'Logout successful', sessionId: '${text}' } }) });`;

/** Answers when a file is there. */
const waiting = (file: string, text: string) => `
const { existsSync } = require('node:fs');
exports.handler = async () => {
  require('node:fs').writeFileSync('${file}.called', '');
  while (!existsSync('${file}')) await new Promise((resolve) => setTimeout(resolve, 10));
  return { statusCode: 200, headers: {}, body: JSON.stringify({ success: true, data: { message: 'Logout successful', sessionId: '${text}' } }) };
};`;

const logOut = async (device: Device) => (await device.call('POST', '/logout', {})).body.data?.sessionId;

it('new code of a function answers the next request, and the others go on', async () => {
  const device = await Device.register(stack, 'ada');

  expect(await stack.reload(withCode(answering('new')))).toEqual({ functions: [LOGOUT], needsRestart: false });

  expect(await logOut(device)).toBe('new');
  expect((await device.list()).status).toBe(200);
});

it('the same code is not loaded again', async () => {
  const same = readAssembly(changedAssembly(() => undefined));
  expect(await stack.reload(same)).toEqual({ functions: [], needsRestart: false });
});

it('a call that is under way ends in the code that it began in', async () => {
  const device = await Device.register(stack, 'ada');
  const file = join(process.env.TMPDIR ?? '', 'go-on');
  await stack.reload(withCode(waiting(file, 'old')));
  const old = logOut(device);
  while (!existsSync(`${file}.called`)) await new Promise((resolve) => setTimeout(resolve, 10));

  await stack.reload(withCode(answering('new')));

  expect(await logOut(device)).toBe('new');
  writeFileSync(file, '');
  expect(await old).toBe('old');
});

it('code that does not start is said, and the old code goes on', async () => {
  const device = await Device.register(stack, 'ada');

  await expect(stack.reload(withCode('throw new Error("a slip");'))).rejects.toThrow(/does not start: a slip/);

  expect(await logOut(device)).toBe(device.signInId);
});

it('a change of anything else needs a new start', async () => {
  const { needsRestart } = await stack.reload(
    withCode(answering('new'), (resources) => {
      logoutOf(resources).Environment.Variables.NEW = 'x';
    }),
  );
  expect(needsRestart).toBe(true);
});
