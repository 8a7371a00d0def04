import { SERVICE_MS } from '../bench/dynamodb-model';
import { ITEM_BYTES, UNITS_A_DELETION } from '../bench/paper';
import { BUDGETS, type Budget, type Case, countOf, type Taken } from '../test/bench/budgets';
import prices from './prices.json';

/** What a calculation starts from. */
export interface Usage {
  readonly users: number;
  /** Of a user; each is a session. */
  readonly signInsPerDay: number;
  /** All that pass the authorizer: to this API, and to the team's others behind it. */
  readonly requestsPerSession: number;
  readonly listsPerSession: number;
  /** The part of the sessions that is logged out; the cleanup deletes the others. */
  readonly logOutsPerSession: number;
  /** From the first to the last use. */
  readonly hoursPerSession: number;
  readonly idleMinutes: number;
  /** How long a function waits for a request to the database, milliseconds. */
  readonly callMs: number;
  /** CPU time of a function's invocation, milliseconds of a whole core. */
  readonly cpuMs: number;
  /** How often the baseline records activity if it does, minutes. */
  readonly baselineActivityMinutes: number;
  /** What the requests to the team's other APIs come through. Those to this API come through its REST API. */
  readonly door: Door;
}

/** Where sessions are checked: a gateway's authorizer, or a guard in the team's own code, behind a gateway or none. */
export const DOORS = {
  rest: { gateway: 'millionRequests', hasGuard: false, text: 'REST APIs with the authorizer' },
  http: { gateway: 'millionHttpRequests', hasGuard: false, text: 'HTTP APIs with the authorizer' },
  'http-guard': {
    gateway: 'millionHttpRequests',
    hasGuard: true,
    text: 'HTTP APIs, with the guard in their functions',
  },
  guard: { gateway: undefined, hasGuard: true, text: 'no gateway, with the guard in your code' },
} as const;
export type Door = keyof typeof DOORS;

export const PARTS = [
  'API gateway',
  'functions',
  'reads',
  'writes',
  'cleanup',
  'events',
  'storage',
  'logs',
  'metrics and alarms',
] as const;
type Part = (typeof PARTS)[number];

export const DEFAULTS: Usage = {
  users: 1_000_000,
  signInsPerDay: 1.2,
  requestsPerSession: 200,
  listsPerSession: 2,
  logOutsPerSession: 0.3,
  hoursPerSession: 8,
  idleMinutes: 480,
  callMs: SERVICE_MS.write,
  cpuMs: 1,
  baselineActivityMinutes: 1,
  door: 'rest',
};

/** Dollars a month. */
export interface Bill {
  readonly parts: Readonly<Record<Part, number>>;
  readonly total: number;
}

interface Tier {
  /** Null for no end. */
  readonly upTo: number | null;
  readonly each: number;
}

const DAYS = 30;
const MEMORY_GB = 0.5;
/** A function has a whole core from 1,769 MB on. */
export const CPU_SHARE = 512 / 1_769;
/**
 * Lines of the log, with the 26 bytes that the service adds to each: the functions' own as a test measures them, the
 * access log's by its format in `lib/api.ts`, and Lambda's two of an invocation by their documented form.
 */
export const LOG_BYTES = { platform: 490, handler: 350, security: 600, access: 460 };
const CLEANUPS = 4 * DAYS;
const CLEANUP_HOURS = 6;
/** What the service adds to an item, for storage. */
const STORED_OVERHEAD = 100;
const INDEX_ENTRY_BYTES = 120;
const MARK_BYTES = 140;
const MARK_DAYS = 31;
/** What the stack has; a test counts it. */
export const METHODS = 17;
export const ALARM_METRICS = 13;
/** What the cleanup writes; a test counts it. */
export const CLEANUP_METRICS = 8;
/** At most: the cleanup’s, endings 11 reasons, access log 2, gateway 5 of each method. */
const METRICS = CLEANUP_METRICS + 11 + 2 + 5 * METHODS;
const GB = 1e9;

/** What a session's requests take, by what they are for. */
interface Backend {
  readonly of: (name: Case) => Taken;
  /** How many times a session's use is recorded, at most. */
  readonly recorded: number;
  readonly eventsPerSession: number;
  readonly storedBytes: (stored: number, sessions: number) => number;
  /** Whether each registration, log-out and recorded use is a line of the log. */
  readonly audits: boolean;
  /** Whether Lambda writes its own lines of each invocation, as it does by default. */
  readonly platformLogs: boolean;
  /** Dollars. */
  readonly metrics: number;
}

/** The bills of a month: ours, and what the baseline would have cost without and with activity recorded. */
export function bills(usage: Usage): Readonly<Record<'ours' | 'baseline' | 'recording', Bill>> {
  const budget = (name: Case): Budget => BUDGETS[name];
  const minutes = usage.hoursPerSession * 60;
  const baseline: Backend = {
    of: (name) => budget(name).baseline ?? budget(name).ours,
    recorded: 0,
    eventsPerSession: 0,
    // The index holds everything once more.
    storedBytes: (stored) => stored * 2 * (ITEM_BYTES + STORED_OVERHEAD),
    audits: false,
    platformLogs: true,
    metrics: 0,
  };
  return {
    ours: bill(usage, {
      of: (name) => budget(name).ours,
      recorded: minutes / (usage.idleMinutes / 20),
      eventsPerSession: 2,
      storedBytes: (stored, sessions) =>
        stored * (ITEM_BYTES + INDEX_ENTRY_BYTES + 2 * STORED_OVERHEAD) +
        (sessions / DAYS) * MARK_DAYS * (MARK_BYTES + STORED_OVERHEAD),
      audits: true,
      platformLogs: false,
      metrics:
        METRICS * prices.cloudWatch.perMetric +
        ALARM_METRICS * prices.cloudWatch.perAlarmMetric +
        prices.cloudWatch.perDashboard,
    }),
    baseline: bill(usage, baseline),
    recording: bill(usage, { ...baseline, recorded: minutes / usage.baselineActivityMinutes }),
  };
}

function bill(
  usage: Usage,
  { of, recorded, eventsPerSession, storedBytes, audits, platformLogs, metrics }: Backend,
): Bill {
  const { requestsPerSession, listsPerSession: lists, logOutsPerSession: logOuts } = usage;
  const sessions = usage.users * usage.signInsPerDay * DAYS;
  const requests = sessions * requestsPerSession;
  const own = sessions * (1 + lists + logOuts);
  const others = requestsPerSession - 1 - lists - logOuts;
  // Those to the team's other APIs record the use of the session, each once at most.
  const uses = Math.min(recorded, others);

  const perSession: [number, Taken][] = [
    [others - uses, of('authorizer, activity recorded lately')],
    [uses, of('authorizer, records activity')],
    [lists, of('list, 5 sessions')],
    [logOuts, of('log out, 4 others')],
    [1, of('register')],
  ];
  const total = (what: (taken: Taken) => number) =>
    sessions * perSession.reduce((sum, [count, taken]) => sum + count * what(taken), 0);
  const events = sessions * eventsPerSession;
  const { gateway, hasGuard } = DOORS[usage.door];
  const elsewhere = requests - own;
  const isOneApi = gateway === 'millionRequests';
  // Where a guard checks, no authorizer is invoked; its time is the same, and counted as that of a function.
  const checks = requests + own + events;
  const invocations = hasGuard ? checks - elsewhere : checks;
  const milliseconds = (total(countOf) + events) * usage.callMs + (checks * usage.cpuMs) / CPU_SHARE;

  // Stored from the sign-in to the cleanup, as though nobody logged out.
  const stored = (sessions / DAYS) * ((usage.hoursPerSession + usage.idleMinutes / 60 + CLEANUP_HOURS / 2) / 24);
  const cleaned = sessions * (1 - logOuts);
  // A guard writes no log of its own.
  const audited = audits ? sessions * (1 + logOuts + (hasGuard ? 0 : uses)) : 0;
  const platform = platformLogs ? invocations * LOG_BYTES.platform : 0;
  const functionLogs = (platform + own * LOG_BYTES.handler + audited * LOG_BYTES.security) / GB;
  const accessLogs = (own * LOG_BYTES.access) / GB;
  const { dynamodb, lambda, cloudWatch } = prices;
  const units = (read: number, written: number) =>
    (read * dynamodb.perMillionReadUnits + written * dynamodb.perMillionWriteUnits) / 1e6;

  const parts: Record<Part, number> = {
    'API gateway':
      tiered((isOneApi ? requests : own) / 1e6, prices.apiGateway.millionRequests) +
      (gateway && !isOneApi ? tiered(elsewhere / 1e6, prices.apiGateway[gateway]) : 0),
    functions:
      (invocations / 1e6) * lambda.perMillionRequests +
      tiered((milliseconds / 1_000) * MEMORY_GB, lambda.gigabyteSeconds),
    reads: units(
      total((taken) => taken.readUnits),
      0,
    ),
    writes: units(
      0,
      total((taken) => taken.writeUnits),
    ),
    cleanup: units((CLEANUPS * stored * ITEM_BYTES) / 8_192, cleaned * UNITS_A_DELETION),
    events: (events / 1e6) * prices.eventBridge.perMillionEvents,
    storage: (storedBytes(stored, sessions) / GB) * (dynamodb.perGigabyteMonth + dynamodb.perGigabyteMonthOfBackup),
    logs:
      tiered(functionLogs, cloudWatch.gigabytesOfFunctionLogs) +
      accessLogs * cloudWatch.perGigabyteOfAccessLogs +
      (functionLogs + accessLogs) * cloudWatch.perGigabyteMonthOfLogs,
    'metrics and alarms': metrics,
  };
  return { parts, total: Object.values(parts).reduce((sum, each) => sum + each, 0) };
}

/** What an amount costs where the price falls with it. */
export function tiered(amount: number, tiers: readonly Tier[]): number {
  let [dollars, from] = [0, 0];
  for (const { upTo, each } of tiers) {
    const to = Math.min(amount, upTo ?? amount);
    dollars += Math.max(0, to - from) * each;
    from = upTo ?? amount;
  }
  return dollars;
}
