import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ALARM_METRICS, bills, DEFAULTS, LOG_BYTES, METHODS, PARTS, tiered } from '../../tools/cost-model';
import { costReport, costResult } from '../../tools/cost-report';
import prices from '../../tools/prices.json';
import { USER_AGENT } from '../bench/metered-routes';
import { Device } from '../support/api';
import { program, ROOT } from '../support/program';
import { startStack, synthesizedTemplate } from '../support/stack';

async function run(...flags: string[]) {
  const child = spawn(process.execPath, [await program('tools/cost.ts'), ...flags], { cwd: ROOT });
  const read = async (stream: Readable) => (await stream.toArray()).join('');
  const [stdout, stderr, [code]] = await Promise.all([read(child.stdout), read(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

describe('a month is what it is by hand: 30,000 sessions of 10 requests, a registration, a list and half a log-out among them', () => {
  const { ours, baseline, recording } = bills({
    ...DEFAULTS,
    users: 1_000,
    signInsPerDay: 1,
    requestsPerSession: 10,
    listsPerSession: 1,
    logOutsPerSession: 0.5,
    callMs: 10,
    cpuMs: 0.512,
  });
  const sessions = 30_000;
  const million = 1e6;
  // The other 7.5 requests each record a use, as 8 hours allow for 20.
  it.each([
    ['API gateway', ours, (sessions * 10 * 3.5) / million],
    ['reads', ours, (sessions * (7.5 * 1 + 6.5 + 0.5 * 4.5) * 0.125) / million],
    ['writes', ours, (sessions * (7.5 * 1 + 0.5 * 2 + 5) * 0.625) / million],
    // Each request, each new and each ended session invokes a function, each registration, list and log-out another one.
    [
      'functions',
      ours,
      (sessions * (10 + 2 + 2.5) * 0.2) / million +
        sessions * ((7.5 * 2 + 3 + 0.5 * 3 + 1 + 2) * 0.01 + (10 + 2 + 2.5) * 0.001769) * 0.5 * 0.0000133334,
    ],
    // 1,000 sign-ins a day, stored for 8 hours, 8 more until they are idle, and 3 until the cleanup comes.
    [
      'cleanup',
      ours,
      (((120 * 1_000 * 19) / 24) * (490 / 8_192) * 0.125) / million + (sessions * 0.5 * 2 * 0.625) / million,
    ],
    ['events', ours, (2 * sessions) / million],
    ['reads', baseline, (sessions * (7.5 * 0.5 + 1 + 0.5 * 1 + 0.5) * 0.125) / million],
    ['writes', baseline, (sessions * (0.5 * 2 + 2) * 0.625) / million],
    ['writes', recording, (sessions * (7.5 * 2 + 0.5 * 2 + 2) * 0.625) / million],
    ['events', baseline, 0],
  ] as const)('%s', (part, bill, dollars) => {
    expect(bill.parts[part]).toBeCloseTo(dollars, 10);
  });

  it('in total', () => {
    for (const { parts, total } of [ours, baseline, recording]) {
      expect(total).toBeCloseTo(
        PARTS.reduce((sum, part) => sum + parts[part], 0),
        10,
      );
    }
  });
});

describe('the door that other APIs have', () => {
  const small = {
    ...DEFAULTS,
    users: 1_000,
    signInsPerDay: 1,
    requestsPerSession: 10,
    listsPerSession: 1,
    logOutsPerSession: 0.5,
  };
  const rest = bills(small).ours.parts;
  const sessions = 30_000;

  // 2.5 requests of a session are this API's own, whose gateway stays as it is.
  it.each([
    ['http', 2.5 * 3.5 + 7.5 * 1],
    ['http-guard', 2.5 * 3.5 + 7.5 * 1],
    ['guard', 2.5 * 3.5],
  ] as const)('decides what a gateway costs: %s', (door, dollarsAMillion) => {
    const { parts } = bills({ ...small, door }).ours;
    expect(parts['API gateway']).toBeCloseTo((sessions * dollarsAMillion) / 1e6, 8);
    expect([parts.reads, parts.writes]).toEqual([rest.reads, rest.writes]);
  });

  it('saves an invocation of the authorizer and its log lines if it is a guard, and no time', () => {
    const { parts } = bills({ ...small, door: 'guard' }).ours;
    expect(rest.functions - parts.functions).toBeCloseTo((sessions * 7.5 * 0.2) / 1e6, 8);
    expect(parts.logs).toBeLessThan(rest.logs);
  });

  it('brings a million users below $10,000 with HTTP APIs, and below $3,000 without a gateway', () => {
    const totalAt = (door: 'http-guard' | 'guard') => bills({ ...DEFAULTS, door }).ours.total;
    expect(totalAt('http-guard')).toBeLessThan(10_000);
    expect(totalAt('guard')).toBeLessThan(3_000);
  });
});

it('a tier’s price is that of what lies in it', () => {
  expect(tiered(1_500, prices.apiGateway.millionRequests)).toBeCloseTo(333 * 3.5 + 667 * 2.8 + 500 * 2.38, 6);
  expect(tiered(100, prices.apiGateway.millionRequests)).toBe(350);
  expect(tiered(0, prices.apiGateway.millionRequests)).toBe(0);
});

it('twice the users cost twice as much, but for what is there without any', () => {
  const [once, twice] = [1_000, 2_000].map((users) => bills({ ...DEFAULTS, users }).ours.parts);
  for (const part of PARTS.filter((each) => each !== 'metrics and alarms')) {
    expect(twice?.[part]).toBeCloseTo(2 * (once?.[part] ?? Number.NaN), 8);
  }
  expect(twice?.['metrics and alarms']).toBe(once?.['metrics and alarms']);
});

it('half the idle timeout costs twice the recorded uses', () => {
  const written = (idleMinutes: number) => bills({ ...DEFAULTS, idleMinutes }).ours.parts.writes;
  const uses = DEFAULTS.users * DEFAULTS.signInsPerDay * 30 * 20;
  expect(written(240) - written(480)).toBeCloseTo((uses * 0.625) / 1e6, 6);
});

it('the functions are as large as they are taken to be', () => {
  const inApi = synthesizedTemplate()
    .all('AWS::Lambda::Function')
    .filter(([, { DurableConfig }]) => !DurableConfig);
  expect(inApi.length).toBeGreaterThan(5);
  for (const [, { MemorySize, Architectures }] of inApi) expect([MemorySize, Architectures]).toEqual([512, ['arm64']]);
});

it('the stack has as many methods and alarms as are paid for', () => {
  const template = synthesizedTemplate();
  const alarms = template.all('AWS::CloudWatch::Alarm').map(([, { Metrics }]) => Metrics ?? [{ MetricStat: {} }]);
  expect(template.all('AWS::ApiGateway::Method')).toHaveLength(METHODS);
  expect(alarms.flat().filter(({ MetricStat }) => MetricStat)).toHaveLength(ALARM_METRICS);
});

it('the functions’ log lines are as long as they are taken to be, within a twentieth', async () => {
  const lines: string[] = [];
  const stack = await startStack({ log: (line) => lines.push(line) });
  try {
    await Device.register(stack, 'ada', { userAgent: USER_AGENT });
    for (let waited = 0; lines.length < 2 && waited < 30_000; waited += 10)
      await new Promise((go) => setTimeout(go, 10));
  } finally {
    await stack.close();
  }
  const bytes = (message: string) => Buffer.byteLength(lines.find((line) => line.includes(message)) ?? '') + 26;
  expect(bytes('"message":"request"') / LOG_BYTES.handler).toBeCloseTo(1, 1);
  expect(bytes('"message":"security"') / LOG_BYTES.security).toBeCloseTo(1, 1);
});

describe('npm run cost', () => {
  it('calculates with the flags, and prints a line of JSON', async () => {
    const { code, stdout } = await run('--users', '5', '--idle-minutes', '60', '--door', 'http', '--json');
    const usage = { ...DEFAULTS, users: 5, idleMinutes: 60, door: 'http' as const };
    expect([code, JSON.parse(stdout)]).toEqual([0, costResult(usage)]);
  });

  it.each([
    ['--users', 'many'],
    ['--users', ''],
    ['--users', '-1'],
    ['--idle-minutes', '0'],
    ['--log-outs-per-session', '1.5'],
    ['--requests-per-session', '3'],
    ['--user', '3'],
    ['--door', 'front'],
  ])('says what is wrong with %s "%s", and ends with 2', async (flag, value) => {
    const { code, stdout, stderr } = await run(`${flag}=${value}`);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`Error: `);
    expect(stderr).toContain(flag);
  });

  it('says what small teams pay: mostly for metrics and alarms, which there are without any user', () => {
    const { total, parts } = bills({ ...DEFAULTS, users: 100 }).ours;
    expect(parts['metrics and alarms'] / total).toBeGreaterThan(0.9);
    const [row = ''] = /^100 users .*$/m.exec(costReport(DEFAULTS)) ?? [];
    const fixed = parts['metrics and alarms'].toFixed(2);
    expect(row.split(/ {2,}/)).toEqual([
      '100 users',
      `$${total.toFixed(2)}`,
      `$${(total / 100).toFixed(5)}`,
      `$${fixed}`,
    ]);
  });

  it('is in docs/cost.md as it is, without what it assumes', () => {
    const [figures] = costReport(DEFAULTS).split('\n\nWhat this assumes:');
    expect(readFileSync(join(ROOT, 'docs', 'cost.md'), 'utf8')).toContain(`\n${figures}\n`);
  });
});
