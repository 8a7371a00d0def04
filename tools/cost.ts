import { readFlags, runCommand, UsageProblem } from '../command/command';
import { DEFAULTS, DOORS, type Door, type Usage } from './cost-model';
import { costReport, costResult } from './cost-report';

/** The flags: what each sets, the least that it may be, and what it means. */
const FLAGS: Readonly<Record<string, readonly [Exclude<keyof Usage, 'door'>, least: number, meaning: string]>> = {
  users: ['users', 0, 'people who use it'],
  'sign-ins-per-day': ['signInsPerDay', 0, 'sign-ins per person and day; each is a session'],
  'requests-per-session': ['requestsPerSession', 1, 'requests through the authorizer, to this API and to yours'],
  'lists-per-session': ['listsPerSession', 0, 'how often the sessions are listed'],
  'log-outs-per-session': ['logOutsPerSession', 0, 'logouts per session, from 0 to 1; the cleanup deletes the rest'],
  'hours-per-session': ['hoursPerSession', 0, 'hours from the first use to the last'],
  'idle-minutes': ['idleMinutes', 1, 'the idle timeout'],
  'call-ms': ['callMs', 0, 'milliseconds that a function waits for one database request'],
  'cpu-ms': ['cpuMs', 0, 'milliseconds of CPU per invocation, on a whole core'],
  'baseline-activity-minutes': ['baselineActivityMinutes', 1, 'minutes between activities that the baseline records'],
};

const USAGE = `Usage: npm run cost -- [flags]
Calculates what a month costs, by part, in dollars, for this backend and for the baseline.
${Object.entries(FLAGS)
  .map(([flag, [name, , meaning]]) => `  ${`--${flag} N`.padEnd(32)}${meaning} (${DEFAULTS[name]})`)
  .join('\n')}
  ${'--door DOOR'.padEnd(32)}what your other APIs come through (${DEFAULTS.door}):
${Object.entries(DOORS)
  .map(([door, { text }]) => `    ${door.padEnd(30)}${text}`)
  .join('\n')}
  --json                          print one line of JSON`;

/** `npm run cost`: what a month costs. */
runCommand(async () => {
  const strings = Object.fromEntries(Object.keys(FLAGS).map((flag) => [flag, { type: 'string' as const }]));
  const { json, door, ...flags } = readFlags(USAGE, {
    ...strings,
    door: { type: 'string' },
    json: { type: 'boolean' },
  }) as Record<string, unknown>;
  const numbers = Object.fromEntries(
    Object.entries(FLAGS).map(([flag, [name, least]]) => [name, numberFrom(flag, flags[flag], DEFAULTS[name], least)]),
  );
  const usage = { ...numbers, door: doorFrom(door) } as unknown as Usage;
  const { requestsPerSession, listsPerSession, logOutsPerSession } = usage;
  if (logOutsPerSession > 1) {
    throw new UsageProblem(`--log-outs-per-session is "${logOutsPerSession}"; a number from 0 to 1 is expected.`);
  }
  const own = 1 + listsPerSession + logOutsPerSession;
  if (requestsPerSession < own) {
    throw new UsageProblem(
      `--requests-per-session is "${requestsPerSession}"; at least ${own} is expected: the registration, the lists and the log-outs are among them.`,
    );
  }
  console.log(json ? JSON.stringify(costResult(usage)) : costReport(usage));
});

function doorFrom(text: unknown): Door {
  if (text === undefined) return DEFAULTS.door;
  if (Object.hasOwn(DOORS, String(text))) return text as Door;
  throw new UsageProblem(`--door is "${text}"; one of ${Object.keys(DOORS).join(', ')} is expected.`);
}

function numberFrom(flag: string, text: unknown, absent: number, least: number): number {
  if (text === undefined) return absent;
  const value = Number(text);
  if (String(text).trim() !== '' && Number.isFinite(value) && value >= least) return value;
  throw new UsageProblem(`--${flag} is "${text}"; a number of at least ${least} is expected.`);
}
