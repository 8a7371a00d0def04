import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkContract, type Outcome } from '../../cli/smoke-contract';
import { localSignIn } from '../../cli/smoke-tokens';
import { readAssembly } from '../../local/assembly';
import type { LocalStack } from '../../local/stack';
import { Device } from '../support/api';
import { program, ROOT } from '../support/program';
import { changedAssembly, startStack } from '../support/stack';

const failed = (outcomes: Outcome[]) => outcomes.filter(({ failure }) => failure !== undefined);

describe('on a stage that keeps the contract', () => {
  let stack: LocalStack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.close());

  it('npm run smoke is green, and leaves no session behind', async () => {
    const child = spawn(process.execPath, [await program('cli/smoke.ts')], {
      cwd: ROOT,
      env: { ...process.env, PORT: new URL(stack.url).port },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        said += text;
      });
    }
    const [code] = await once(child, 'close');
    expect({ code, said }).toEqual({ code: 0, said: expect.not.stringMatching(/FAIL|skip/) });
    const device = await Device.register(stack, 'smoke test');
    expect((await device.list()).body.data).toHaveLength(1);
    await device.logOut();
  });

  it('does not end what it did not open', async () => {
    const [device, other] = [await Device.register(stack, 'ada'), await Device.register(stack, 'ada')];
    const outcomes = await checkContract({ url: stack.apiUrl, idToken: device.idToken });
    expect(failed(outcomes)).toEqual([]);
    expect(outcomes.filter(({ skipped }) => skipped).map(({ route }) => route)).toEqual(
      expect.arrayContaining(['DELETE /users/{id}/sessions', 'POST /logout']),
    );
    for (const one of [device, other]) expect((await one.list()).status).toBe(200);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['is missing', { origin_jti: null }, /no origin_jti: enable token revocation/],
    ['is another one', { origin_jti: 'another' }, /origin_jti changed with the refresh/],
  ])('says what to do when after a refresh the sign-in’s id %s', async (_, claims, advice) => {
    const { url, idToken } = await localSignIn(stack.url);
    const other = await Device.signIn(stack, 'smoke test', { claims });
    const refresh = async () => ({ idToken: other.idToken, accessToken: other.accessToken });
    expect(failed(await checkContract({ url, idToken, refresh }))).toEqual([
      { route: 'refresh', what: 'keeps the sign-in’s id', failure: expect.stringMatching(advice) },
    ]);
  });
});

// What the smoke test says must name the route.
it.each([
  ['terminatesession', 'DELETE /users/{id}/sessions/{sessionId}'],
  ['logout', 'POST /logout'],
  ['listcleanups', 'GET /cleanups'],
])('on a stage whose handler %s is broken it is red, and names %s', async (name, route) => {
  const errors = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const folder = changedAssembly((resources) => {
    const broken = Object.values(resources).find(
      ({ Properties }) => Properties?.FunctionName === `aerotage-${name}-dev`,
    );
    broken.Properties.Handler = 'broken.handler';
  });
  const assembly = readAssembly(folder);
  const broken = Object.values(assembly.resources).find(({ Properties }) => Properties.Handler === 'broken.handler');
  writeFileSync(
    join(assembly.assetPath(broken?.Properties.Code.S3Key), 'broken.js'),
    `exports.handler = async () => ({ statusCode: 200, body: '{"success":true,"data":{}}' });`,
  );
  const stack = await startStack({ assembly });
  try {
    const { url, idToken, refresh } = await localSignIn(stack.url);
    const wrong = failed(await checkContract({ url, idToken, refresh }));
    expect(wrong.map((one) => one.route)).toContain(route);
    expect(wrong[0]?.failure).toBeTruthy();
  } finally {
    await stack.close();
    errors.mockRestore();
  }
});
