import type { Listed } from '../fault';

const EVENTS = 'lambda/revocation/outside-events.ts';
const ANNOUNCE = 'lambda/revocation/announce.ts';
const BUS = 'lambda/revocation/bus.ts';
const LOGGER = 'lambda/runtime/logger.ts';

export const revocation: readonly Listed[] = [
  {
    name: 'failed-call',
    file: EVENTS,
    find: 'const ignored = failureOf(detail) ?? otherPoolOf(detail, userPoolId);',
    put: 'const ignored = otherPoolOf(detail, userPoolId);',
    breaks: 'A call that failed ends a user’s sessions.',
  },
  {
    name: 'other-pool',
    file: EVENTS,
    find: 'const ignored = failureOf(detail) ?? otherPoolOf(detail, userPoolId);',
    put: 'const ignored = failureOf(detail);',
    breaks: 'What happens in another user pool ends sessions here.',
  },
  {
    name: 'unchosen-calls',
    file: EVENTS,
    find: '!isCognitoCall(call) || !endOn.includes(call)',
    put: '!isCognitoCall(call)',
    breaks: 'Calls that the stage did not choose end sessions.',
  },
  {
    name: 'forged-source',
    file: EVENTS,
    find: "if (source === 'aws.cognito-idp') {",
    put: "if (String(source).endsWith('cognito-idp')) {",
    breaks: 'An event of any source whose name ends like Cognito’s is believed.',
  },
  {
    name: 'anybody-asks-for-a-code',
    file: 'lambda/revocation/cognito-calls.ts',
    find: "['ConfirmForgotPassword_POST', 'ResetPassword_POST']",
    put: "['ForgotPassword_POST', 'ConfirmForgotPassword_POST', 'ResetPassword_POST']",
    breaks: 'Whoever asks for a code for somebody else ends their sessions.',
  },
  {
    name: 'nobody-named',
    file: EVENTS,
    find: 'throw new Error(`The event of ${name} names nobody: additionalEventData.sub is missing.`);',
    put: 'return { ignored: `The event of ${name} names nobody.` };',
    breaks: 'An event that names nobody is done with, and no dead letter says so.',
  },
  {
    name: 'later-sign-ins-too',
    file: EVENTS,
    find: 'return Math.floor(milliseconds / 1_000) * 1_000;',
    put: 'return milliseconds + 3_600_000;',
    breaks: 'A late event ends the sessions of later sign-ins.',
  },
  {
    name: 'inserts-announced',
    file: ANNOUNCE,
    find: "eventName !== 'REMOVE' || !dynamodb?.OldImage",
    put: '!dynamodb?.OldImage',
    breaks: 'Recorded activity is announced as the end of a session.',
  },
  {
    name: 'time-to-live-hidden',
    file: ANNOUNCE,
    find: "userIdentity?.principalId === 'dynamodb.amazonaws.com'",
    put: 'userIdentity !== undefined && false',
    breaks: 'It is not said that TTL, and not the cleanup, deleted a session.',
  },
  {
    name: 'seconds-for-milliseconds',
    file: ANNOUNCE,
    find: '(dynamodb.ApproximateCreationDateTime ?? 0) * 1_000',
    put: '(dynamodb.ApproximateCreationDateTime ?? 0)',
    breaks: 'Sessions ended in 1970.',
  },
  {
    name: 'events-lost',
    file: BUS,
    find: 'rest = rest.filter((_, index) => Entries[index]?.ErrorCode);',
    put: 'rest = [];',
    breaks: 'Events that the bus did not take are lost.',
  },
  {
    name: 'events-given-up',
    file: BUS,
    find: 'if (failed) throw new NotAccepted',
    put: 'if (failed && rest.length === 0) throw new NotAccepted',
    breaks: 'Events that the bus does not take count as announced.',
  },
  {
    name: 'many-events',
    file: BUS,
    find: 'EVENTS_IN_A_REQUEST = 10',
    put: 'EVENTS_IN_A_REQUEST = 11',
    breaks: 'More events are sent at once than the bus takes.',
  },
  {
    name: 'reason-unread',
    file: 'lambda/revocation/announce.ts',
    find: 'if (isRevocationReason(endReason)) {',
    put: 'if (false) {',
    breaks: 'An ending by an event from outside is announced as inactive.',
  },
  {
    name: 'session-id-in-log',
    file: LOGGER,
    find: "createHash('sha256').update(sessionId).digest('hex').slice(0, 16)",
    put: 'sessionId',
    breaks: 'The log has session ids that a request can be sent with.',
  },
  {
    name: 'error-fields-in-log',
    file: LOGGER,
    find: 'return { name, message, stack, code: Object(value).code, ...(cause instanceof Error && { cause }) };',
    put: 'return { ...value, name, message, stack, code: Object(value).code, cause };',
    breaks: 'An error’s own fields, such as a request with its token, are logged.',
  },
  {
    name: 'server-errors-as-info',
    file: LOGGER,
    find: 'if (line.status >= 500) logger.error(',
    put: 'if (line.status > 500) logger.error(',
    breaks: 'The cause of a 500 is not in the log.',
  },
  {
    name: 'warnings-as-info',
    file: LOGGER,
    find: "ORDINARY.includes(line.event) ? 'info' : 'warn'",
    put: "ORDINARY.includes(line.event) ? 'info' : 'info'",
    breaks: 'Attacks do not stand out in the log.',
  },
  {
    name: 'variable-unnamed',
    file: 'lambda/runtime/environment.ts',
    find: 'if (!value) throw new Error(`The environment variable ${ENV[name]} is missing',
    put: 'if (value === null) throw new Error(`The environment variable ${ENV[name]} is missing',
    breaks: 'A function starts without a variable that it needs.',
  },
  {
    name: 'number-unchecked',
    file: 'lambda/runtime/environment.ts',
    find: 'if (Number.isFinite(value) && value > 0) return value;',
    put: 'if (Number.isFinite(value)) return value;',
    breaks: 'A lifetime of 0 or less is accepted.',
  },
];
