import { isRevocationReason, type RevocationReason, readTime } from '../domain/session';
import { isCognitoCall, PAGE_REQUESTS, REASON_OF } from './cognito-calls';

/** Whose sessions an event ends, and why. */
export interface EndRequest {
  readonly userId: string;
  readonly reason: RevocationReason;
  /** Epoch milliseconds, whole seconds: only sessions of sign-ins up to this moment end. */
  readonly signedInBy: number;
}

/** An event that ends nothing, and why; to be logged. */
export interface IgnoredEvent {
  readonly ignored: string;
}

/** An event as EventBridge delivers it. Its fields are only read after its source and type have said what it is. */
export interface OutsideEvent {
  readonly source?: unknown;
  readonly 'detail-type'?: unknown;
  readonly time?: unknown;
  readonly detail?: unknown;
}

export interface OutsideEventOptions {
  /** The stage's user pool. */
  readonly userPoolId: string;
  /** The calls of Cognito's API that end a user's sessions here. */
  readonly endOn: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads an event that may end a user's sessions: a call of Cognito's API or a request to its sign-in page, both through
 * CloudTrail, or an `End Sessions` event of any other source.
 * @throws an error if the event does not say whose sessions end, or up to when: it is retried, and then kept as a dead
 * letter for somebody to look at
 */
export function readOutsideEvent(event: OutsideEvent, options: OutsideEventOptions): EndRequest | IgnoredEvent {
  const { source, 'detail-type': type } = event;
  const detail = fieldsOf(event.detail);
  if (source === 'aws.cognito-idp') {
    if (type === 'AWS API Call via CloudTrail') return readCognitoEvent(detail, 'call', options);
    if (type === 'AWS Service Event via CloudTrail') return readCognitoEvent(detail, 'page', options);
  } else if (type === 'End Sessions') return readRequest(detail, event.time);
  throw new Error(`An event "${type}" of "${source}" does not end sessions.`);
}

function readCognitoEvent(
  detail: Fields,
  kind: 'call' | 'page',
  { userPoolId, endOn }: OutsideEventOptions,
): EndRequest | IgnoredEvent {
  const name = String(detail.eventName);
  // A new password on the sign-in page counts as the call that sets one.
  const call = kind === 'call' ? name : PAGE_REQUESTS.includes(name) ? 'ConfirmForgotPassword' : '';
  if (!isCognitoCall(call) || !endOn.includes(call)) {
    return { ignored: `This stage does not end sessions on ${name}.` };
  }
  const ignored = failureOf(detail) ?? otherPoolOf(detail, userPoolId);
  if (ignored) return ignored;
  // The user's id is believed only where API calls have it. A user name could be chosen to equal another user's id, and
  // anybody can write the page's form fields.
  const { sub } = fieldsOf(detail.additionalEventData);
  if (typeof sub === 'string' && sub !== '') {
    return { userId: sub, reason: REASON_OF[call], signedInBy: secondOf(detail.eventTime, 'eventTime') };
  }
  // AWS does not document that the page's events name the user.
  if (kind === 'page') return { ignored: `The event of ${name} names nobody.` };
  throw new Error(`The event of ${name} names nobody: additionalEventData.sub is missing.`);
}

/**
 * What a user pool's trigger after a confirmation asks for, if that was a password reset: the event to put on the bus.
 * @param now epoch milliseconds
 */
export function endAfterReset(
  { triggerSource, request }: { triggerSource: string; request: { userAttributes: Readonly<Record<string, string>> } },
  now: number,
): { time: number; detail: { userId: string; reason: RevocationReason } } | undefined {
  if (triggerSource !== 'PostConfirmation_ConfirmForgotPassword') return undefined;
  const { sub: userId } = request.userAttributes;
  if (!userId) throw new Error('The trigger names nobody: userAttributes.sub is missing.');
  return { time: now, detail: { userId, reason: 'password-changed' } };
}

function readRequest({ userId, reason }: Fields, time: unknown): EndRequest {
  if (typeof userId !== 'string' || userId === '')
    throw new Error('An End Sessions event needs a userId in its detail.');
  return { userId, reason: isRevocationReason(reason) ? reason : 'requested', signedInBy: secondOf(time, 'time') };
}

/** A failed call did nothing to the user. Events of the sign-in page have an empty code if all went well. */
const failureOf = ({ eventName, errorCode }: Fields): IgnoredEvent | undefined =>
  errorCode === undefined || errorCode === null || errorCode === ''
    ? undefined
    : { ignored: `${eventName} failed: ${errorCode}.` };

/** Calls that people make for themselves name no pool. */
function otherPoolOf(detail: Fields, userPoolId: string): IgnoredEvent | undefined {
  const resources = Array.isArray(detail.resources) ? detail.resources : [];
  const named = [
    fieldsOf(detail.requestParameters).userPoolId,
    fieldsOf(detail.additionalEventData).userPoolId,
    ...resources.map((resource) => /:userpool\/([^/]+)$/.exec(String(fieldsOf(resource).ARN))?.[1]),
  ];
  const other = named.find((id) => id !== undefined && id !== null && id !== userPoolId);
  return other === undefined ? undefined : { ignored: `${detail.eventName} is about another user pool, ${other}.` };
}

function secondOf(time: unknown, field: string): number {
  const milliseconds = typeof time === 'string' ? readTime(time) : undefined;
  if (milliseconds === undefined)
    throw new Error(`The event's ${field} is not a time: up to when sessions end is unknown.`);
  return Math.floor(milliseconds / 1_000) * 1_000;
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
