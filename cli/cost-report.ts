import { type Bill, bills, CPU_SHARE, PARTS, type Usage } from './cost-model';
import prices from './prices.json';

const COLUMNS = ['ours', 'incumbent', 'recording'] as const;

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
  const often = number(usage.incumbentActivityMinutes);
  return [
    `${number(users)} users, ${number(signInsPerDay)} sign-ins a day each, ${number(requestsPerSession)} requests a session.`,
    `Dollars a month, ${prices.region}, prices of ${prices.asOf} (cli/prices.json), on demand, without free tiers.`,
    '',
    `${' '.repeat(22)}${['this backend', 'incumbent', '… recording use'].map((name) => name.padStart(16)).join('')}`,
    ...PARTS.map((part) => row(part, ({ parts }) => dollars(parts[part]))),
    row('total', ({ total }) => dollars(total)),
    row('a user and month', ({ total }) => `$${(users > 0 ? total / users : 0).toFixed(5)}`),
    '',
    'What this assumes:',
    '- The incumbent is the pattern of bench/incumbent-requests.ts: no metrics, no alarms, no events, and no record of a',
    `  session’s use; the last column records one every ${often === '1' ? 'minute' : `${often} minutes`}, as an idle timeout needs. It logs as`,
    '  ours does, but no security events.',
    '- Requests and units are the metered ones of bench/budgets.ts: a list is one of 5 sessions, a log-out leaves 4 others.',
    `- Use is recorded once in a twentieth of the idle timeout at most: every ${number(idleMinutes / 20)} minutes, for ${number(hoursPerSession)} hours a session.`,
    '- What is no registration, list or log-out goes to your other APIs: their requests are counted at the gateway and the',
    '  authorizer, their functions and access logs are not. The authorizer’s answers are not cached.',
    `- A function has 512 MB on arm64. It is billed ${number(callMs)} ms for each request to the database, the service time that`,
    `  bench:cleanup models, and ${number(cpuMs)} ms of CPU, which at ${Math.round(CPU_SHARE * 100)} % of a core takes ${(cpuMs / CPU_SHARE).toFixed(1)} ms. The CPU was measured with`,
    '  the authorizer’s and the list’s bundles on a developer’s machine, 0.9 and 1.7 ms. Cold starts are left out.',
    '- Logs are what the functions and the gateway write; with the incumbent, Lambda’s own two lines of each invocation, too,',
    '  as it writes them by default. Kept 30 days.',
    '- The cleanup runs every six hours over sessions that nobody logged out; data transfer to the internet is left out.',
  ].join('\n');
}

const number = (value: number): string => value.toLocaleString('en');

const dollars = (amount: number): string =>
  amount.toLocaleString('en', { style: 'currency', currency: 'USD', minimumFractionDigits: 2 });
