import * as v from 'valibot';
import type { RunView } from '../domain/cleanup-log';
import { STATUS } from './answers';
import type { SessionAnswer } from './session-answer';

/**
 * What the answers are, for the description of the API and for the tests that hold every answer against it. No
 * function loads this: an answer is made from what the schema says, not checked by it.
 */
const time = v.pipe(v.string(), v.isoTimestamp());

const sessionSchema: v.GenericSchema<unknown, SessionAnswer> = v.strictObject({
  id: v.string(),
  ipAddress: v.string(),
  userAgent: v.string(),
  loginTime: time,
  lastActivity: time,
  expiresAt: time,
  isCurrent: v.boolean(),
  location: v.optional(v.strictObject({ city: v.optional(v.string()), country: v.string() })),
  device: v.strictObject({
    browser: v.string(),
    os: v.string(),
    type: v.picklist(['desktop', 'mobile', 'tablet', 'tv', 'bot', 'unknown']),
  }),
});

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const runSchema: v.GenericSchema<unknown, RunView> = v.strictObject({
  id: v.string(),
  state: v.picklist(['running', 'completed', 'failed', 'unfinished']),
  dryRun: v.boolean(),
  requestedBy: v.optional(v.string()),
  startedAt: time,
  finishedAt: v.optional(time),
  result: v.optional(
    v.strictObject({
      totalSessions: count,
      expiredSessions: count,
      inactiveSessions: count,
      orphanedSessions: count,
      deletedSessions: count,
      errors: count,
    }),
  ),
  throttles: v.optional(count),
  failure: v.optional(v.string()),
});

const success = (entries: v.ObjectEntries) => v.strictObject({ success: v.literal(true), ...entries });

export const oneSession = success({ data: sessionSchema });
export const sessionPage = success({ data: v.array(sessionSchema), nextCursor: v.optional(v.string()) });
export const terminated = success({ data: v.strictObject({ message: v.literal('Session terminated successfully') }) });
export const othersTerminated = success({
  data: v.strictObject({ message: v.string(), deletedSessions: v.number(), sessionIds: v.array(v.string()) }),
});
export const loggedOut = success({
  data: v.strictObject({ message: v.literal('Logout successful'), sessionId: v.optional(v.string()) }),
});

export const oneRun = success({ data: runSchema });
export const latestRuns = success({ data: v.array(runSchema) });

/** The codes that the gateway answers with by itself, besides those of the handlers. */
const GATEWAY_CODES = ['MISSING_AUTHENTICATION_TOKEN', 'TOO_MANY_REQUESTS', 'INTERNAL_SERVER_ERROR'] as const;

export const failure = v.strictObject({
  success: v.literal(false),
  error: v.strictObject({
    code: v.picklist([...Object.keys(STATUS), ...GATEWAY_CODES]),
    message: v.string(),
    details: v.optional(v.unknown()),
  }),
  // A handler's is ISO 8601, the gateway's own is epoch milliseconds: its templates know no other time.
  timestamp: v.union([time, v.number()]),
});
