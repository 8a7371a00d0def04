import { type Bill, bills, CPU_SHARE, DOORS, type Door, PARTS, type Usage } from './cost-model';
import prices from './prices.json';

/** Of teams: what does not depend on their users decides for the small ones. */
const SIZES = [100, 1_000, 10_000, 100_000, 1_000_000];

const DOOR_NAMES = Object.keys(DOORS) as Door[];
const COLUMNS = ['ours', 'baseline', 'recording'] as const;

/** What `--json` prints: dollars a month. */
export const costResult = (usage: Usage) => ({
  usage,
  prices: { region: prices.region, asOf: prices.asOf },
  month: bills(usage),
});

/** The bills as a table, and what they assume. */
export function costReport(usage: Usage): string {
  const month = bills(usage);
  const row = (label: string, of: (bill: Bill) => string) =>
    label.padEnd(22) + COLUMNS.map((name) => of(month[name]).padStart(16)).join('');
  const { users, signInsPerDay, requestsPerSession, hoursPerSession, idleMinutes, callMs, cpuMs } = usage;
  const often = number(usage.baselineActivityMinutes);
  return [
    `${number(users)} users, ${number(signInsPerDay)} sign-ins a day each, ${number(requestsPerSession)} requests a session.`,
    `Your other APIs: ${DOORS[usage.door].text}.`,
    `Dollars a month, ${prices.region}, prices of ${prices.asOf} (tools/prices.json), on demand, without free tiers.`,
    '',
    `${' '.repeat(22)}${['this backend', 'baseline', '… with activity'].map((name) => name.padStart(16)).join('')}`,
    ...PARTS.map((part) => row(part, ({ parts }) => dollars(parts[part]))),
    row('total', ({ total }) => dollars(total)),
    row('a user and month', ({ total }) => `$${(users > 0 ? total / users : 0).toFixed(5)}`),
    '',
    `${'This backend for'.padEnd(22)}${['a month', 'a user', 'of it fixed'].map((name) => name.padStart(16)).join('')}`,
    ...SIZES.map((size) => sizeRow(usage, size)),
    '',
    'This backend by what your other APIs come through (--door)',
    ...DOOR_NAMES.map((door) => doorRow(usage, door)),
    '',
    'What this assumes:',
    `- We record activity every ${number(idleMinutes / 20)} minutes (a twentieth of the idle timeout), for ${number(hoursPerSession)} hours a session.`,
    '- The baseline (bench/baseline-requests.ts) has no metrics, alarms, events or recorded activity; “… with activity”',
    `  records it every ${often === '1' ? 'minute' : `${often} minutes`}. It keeps the two lines that Lambda logs for each invocation by default.`,
    '- Requests and units are those of test/bench/budgets.ts. A list has 5 sessions; a logout leaves 4 others.',
    '- Other requests go to your other APIs: their gateway and authorizer are counted, their functions and access',
    '  logs are not. The authorizer’s answers are not cached. A guard’s time is counted as that of a function.',
    `- A function has 512 MB on arm64. It is billed ${number(callMs)} ms per database request (the service time of bench:cleanup)`,
    `  and ${number(cpuMs)} ms of CPU, which takes ${(cpuMs / CPU_SHARE).toFixed(1)} ms at ${Math.round(CPU_SHARE * 100)} % of a core. On a developer’s machine, the authorizer took 0.9 ms`,
    '  and the list 1.7 ms. Cold starts are not included.',
    '- Logs are kept for 30 days. Metrics are counted in every hour; a small team pays less.',
    '- The cleanup runs every six hours over the sessions that nobody logged out.',
    `- Queries of logs are not included, such as the dashboard’s sign-ins: $${prices.cloudWatch.perGigabyteQueried} for each GB that they read.`,
    '- Without newDeviceEvents, which take a write unit more at each sign-in, and two on a new device.',
    '- Data transfer to the internet is not included.',
  ].join('\n');
}

function doorRow(usage: Usage, door: Door): string {
  return `${door.padEnd(12)}${DOORS[door].text.padEnd(48)}${dollars(bills({ ...usage, door }).ours.total).padStart(12)}`;
}

function sizeRow(usage: Usage, users: number): string {
  const { total, parts } = bills({ ...usage, users }).ours;
  const cells = [dollars(total), `$${(total / users).toFixed(5)}`, dollars(parts['metrics and alarms'])];
  return `${number(users)} users`.padEnd(22) + cells.map((cell) => cell.padStart(16)).join('');
}

const number = (value: number): string => value.toLocaleString('en');

const dollars = (amount: number): string =>
  amount.toLocaleString('en', { style: 'currency', currency: 'USD', minimumFractionDigits: 2 });
