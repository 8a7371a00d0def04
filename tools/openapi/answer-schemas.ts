import * as v from 'valibot';
import type { RunView, WhyEnded } from '../../lambda/cleanup/recorded-run';
import { STATUS } from '../../lambda/domain/errors';
import type { SessionCaller } from '../../lambda/http/request';
import type { SessionView } from '../../lambda/http/session-view';
import type { PoolUser } from '../../lambda/user-pool/user-pool';

/**
 * What the answers are, for the description of the API and for the tests that hold every answer against it. No
 * function loads this: an answer is made from what the schema says, not checked by it.
 */
const time = v.pipe(v.string(), v.isoTimestamp());

const timeOf = (what: string) => v.pipe(time, v.description(what));
const textOf = (what: string) => v.pipe(v.string(), v.description(what));

const location = v.pipe(
  v.strictObject({ city: v.optional(v.string()), country: v.string() }),
  v.title('SessionLocation'),
  v.description('Where the last address is, as far as that is known. The country is two letters, ISO 3166.'),
);

const device = v.pipe(
  v.strictObject({
    name: v.optional(textOf('What the person or the app called the device at registration. Show it first.')),
    browser: textOf('"Firefox", or "Unknown browser".'),
    os: textOf('"Windows", or "Unknown system".'),
    type: v.picklist(['desktop', 'mobile', 'tablet', 'tv', 'bot', 'unknown']),
  }),
  v.title('SessionDevice'),
  v.description('The device in words, from the user agent. A client can send any user agent: it proves nothing.'),
);

const sessionSchema: v.GenericSchema<unknown, SessionView> = v.pipe(
  v.strictObject({
    id: textOf('Names the session when it is to be ended.'),
    ipAddress: textOf('The address it was registered from, IPv4 or IPv6.'),
    lastIpAddress: textOf('The address it was last used from, recorded with `lastActivity`.'),
    userAgent: textOf('What the device said of itself, at most 1,000 characters: show `device` to people.'),
    loginTime: timeOf('When the person signed in.'),
    lastActivity: timeOf('When it was last used, exact to a twentieth of the idle timeout (24 minutes of 8 hours).'),
    expiresAt: timeOf('When it ends at the latest, however much it is used.'),
    isCurrent: v.pipe(
      v.boolean(),
      v.description('Whether the request came from it. At most one in a list is, and it comes first.'),
    ),
    location: v.optional(location),
    device,
  }),
  v.title('Session'),
  v.description('A live session: one sign-in of one person on one device. All times are ISO 8601 UTC.'),
);

const callerSchema: v.GenericSchema<unknown, SessionCaller> = v.pipe(
  v.strictObject({
    userId: v.string(),
    role: v.picklist(['user', 'admin']),
    sessionId: textOf('Of the session, which is also the sign-in’s.'),
    loginTime: timeOf('When the person signed in.'),
    expiresAt: timeOf('When the session ends at the latest, however much it is used.'),
  }),
  v.title('Caller'),
  v.description('Whose token it is, with a session that is live at this moment.'),
);

const countOf = (what: string) => v.pipe(v.number(), v.integer(), v.minValue(0), v.description(what));

const result = v.pipe(
  v.strictObject({
    totalSessions: countOf('Examined.'),
    expiredSessions: countOf('Over because their time was.'),
    inactiveSessions: countOf('Over because they were marked so.'),
    orphanedSessions: countOf('Over because of their age, or because their times cannot be read.'),
    deletedSessions: countOf('Deleted; in a dry run 0: the three above say what would go.'),
    errors: countOf('Sessions that should be gone and are not.'),
  }),
  v.title('CleanupResult'),
  v.description('Sessions, each counted once: expired + inactive + orphaned = deleted + errors.'),
);

const why: v.GenericSchema<unknown, WhyEnded> = v.pipe(
  v.strictObject({
    expired: countOf('Past the end of their sign-in.'),
    idle: countOf('Unused for longer than their idle timeout. With `expired`, they are `expiredSessions`.'),
    inactive: countOf('Marked as ended.'),
    orphaned: countOf('Too old, or without a readable time.'),
  }),
  v.title('WhyEnded'),
  v.description('The reasons behind the result.'),
);

const runSchema: v.GenericSchema<unknown, RunView> = v.pipe(
  v.strictObject({
    id: textOf('Names the run.'),
    state: v.pipe(
      v.picklist(['running', 'completed', 'failed', 'unfinished']),
      v.description('`unfinished`: it began, and its time is over without an end.'),
    ),
    dryRun: v.pipe(v.boolean(), v.description('A dry run deleted nothing.')),
    requestedBy: v.optional(textOf('The id of the admin who asked for it. Absent: the schedule began it.')),
    startedAt: timeOf('When it began, or was asked for.'),
    finishedAt: v.optional(timeOf('When it came to its end.')),
    result: v.optional(result),
    why: v.optional(why),
    throttles: v.optional(countOf('Requests that the table refused for their number; they were sent again.')),
    failure: v.optional(textOf('Why it failed: a sentence.')),
  }),
  v.title('CleanupRun'),
  v.description('A run of the cleanup.'),
);

const success = (entries: v.ObjectEntries) => v.strictObject({ success: v.literal(true), ...entries });

export const caller = success({ data: callerSchema });
export const oneSession = success({ data: sessionSchema });
export const sessionPage = success({
  data: v.array(sessionSchema),
  nextCursor: v.optional(textOf('Pass it on as `cursor` for the next page. Absent on the last one.')),
});
export const terminated = success({ data: v.strictObject({ message: v.literal('Session terminated successfully') }) });
export const othersTerminated = success({
  data: v.strictObject({
    message: v.string(),
    deletedSessions: v.number(),
    sessionIds: v.array(v.string()),
    remaining: v.optional(
      v.pipe(v.literal(true), v.description('There are more: at most 1,000 are ended at once. Send it again.')),
    ),
  }),
});
export const loggedOut = success({
  data: v.strictObject({
    message: v.literal('Logout successful'),
    sessionId: v.optional(textOf('The current session, if it was ended.')),
    deletedSessions: v.optional(countOf('Of a logout everywhere: how many sessions this call ended.')),
    remaining: v.optional(
      v.pipe(
        v.literal(true),
        v.description('Of a logout everywhere: there are more, and the current one is live. Send it again.'),
      ),
    ),
  }),
});

const user: v.GenericSchema<unknown, PoolUser> = v.pipe(
  v.strictObject({
    id: textOf('The user’s id, the `sub` of their tokens.'),
    username: v.string(),
    email: v.optional(v.string()),
    status: textOf('In Cognito’s words, such as CONFIRMED.'),
    enabled: v.boolean(),
  }),
  v.title('PoolUser'),
  v.description('A user of the user pool.'),
);
export const foundUsers = success({ data: v.array(user) });

export const oneRun = success({ data: runSchema });
export const latestRuns = success({ data: v.array(runSchema) });

/** The codes that the gateway answers with by itself, besides those of the handlers. */
const GATEWAY_CODES = ['MISSING_AUTHENTICATION_TOKEN', 'TOO_MANY_REQUESTS', 'INTERNAL_SERVER_ERROR'] as const;

const code = v.pipe(
  v.picklist([...Object.keys(STATUS), ...GATEWAY_CODES]),
  v.title('ApiErrorCode'),
  v.description('The codes of the API’s refusals.'),
);

export const failure = v.pipe(
  v.strictObject({
    success: v.literal(false),
    error: v.strictObject({ code, message: v.string(), details: v.optional(v.unknown()) }),
    // The gateway's templates know no time in ISO 8601.
    timestamp: v.pipe(
      v.union([time, v.number()]),
      v.description('ISO 8601; epoch milliseconds where the gateway answers by itself.'),
    ),
  }),
  v.title('Failure'),
  v.description('What a refusal, or a failure, answers with.'),
);
