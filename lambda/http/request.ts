import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as v from 'valibot';
import type { Connection, Identity } from '../domain/caller';
import { Refusal } from '../domain/errors';
import { isoTime } from '../domain/session';
import { type TrustedOrigin, viewerOf } from './viewer';

const MAX_BODY_BYTES = 16 * 1024;
const MAX_ID_LENGTH = 256;
/** What a user pool can look for, in characters. */
const MAX_SEARCH_LENGTH = 240;

/** What the gateway tells of the two sides of a connection. */
type Requested = Pick<APIGatewayProxyEvent, 'headers' | 'requestContext'>;

/**
 * The connection's own address; a header that a client can write is never asked.
 * @param trusted what stands before the API and knows the viewer's address
 */
export const connectionOf = ({ headers, requestContext }: Requested, trusted?: TrustedOrigin): Connection => ({
  ipAddress: requestContext.identity.sourceIp,
  userAgent: header(headers, 'user-agent') ?? '',
  ...viewerOf((name) => header(headers, name), trusted),
});

/** A header's value, whatever the case of its name. */
export function header(headers: Record<string, string | undefined> | null, name: string): string | undefined {
  const key = Object.keys(headers ?? {}).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : headers?.[key];
}

/** All values of the header, whatever the case of its name. */
export const authorizationIn = (headers: Readonly<Record<string, unknown>> | null | undefined): string[] =>
  Object.entries(headers ?? {})
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .flatMap(([, sent]) => (sent ?? []) as string | string[]);

/** @throws an error if the request did not come through the authorizer: then nobody is the caller */
export function callerOf(event: Pick<APIGatewayProxyEvent, 'requestContext'>): Identity {
  const context = event.requestContext.authorizer;
  if (!context?.userId || !context.signInId) {
    throw new Error('The request carries no caller: the route has no authorizer.');
  }
  return {
    userId: context.userId,
    role: context.role === 'admin' ? 'admin' : 'user',
    signInId: context.signInId,
    signedInAt: Number(context.signedInAt),
    ...(context.limitedGroups && { limitedGroups: JSON.parse(context.limitedGroups) }),
  };
}

/** Who the caller is and which session this is, for servers that ask. All times are ISO 8601 UTC. */
export interface SessionCaller extends Pick<Identity, 'userId' | 'role'> {
  readonly sessionId: string;
  readonly loginTime: string;
  /** When the session ends at the latest, however much it is used. */
  readonly expiresAt: string;
}

/** @throws as `callerOf` does */
export function sessionCaller(event: Pick<APIGatewayProxyEvent, 'requestContext'>): SessionCaller {
  const { userId, role, signInId, signedInAt } = callerOf(event);
  const { expiresAt } = event.requestContext.authorizer ?? {};
  return { userId, role, sessionId: signInId, loginTime: isoTime(signedInAt), expiresAt };
}

/** @throws a refusal that names the parameter when it is no id */
export function pathId(event: APIGatewayProxyEvent, name: string): string {
  const raw = event.pathParameters?.[name] ?? '';
  // The gateway hands path parameters on as they were sent.
  let id: string;
  try {
    id = decodeURIComponent(raw);
  } catch {
    throw invalid(`${name} in the path is not valid percent-encoding.`);
  }
  if (id.length === 0 || id.length > MAX_ID_LENGTH) {
    throw invalid(`${name} in the path must have 1 to ${MAX_ID_LENGTH} characters; it has ${id.length}.`);
  }
  return id;
}

/**
 * The user whom the path names; `me` is the caller.
 * @throws as `pathId` does
 */
export function pathUser(event: APIGatewayProxyEvent, caller: Identity): string {
  const id = pathId(event, 'id');
  return id === 'me' ? caller.userId : id;
}

/**
 * Reads a JSON body by its schema.
 * @throws a refusal that names the field and what is expected
 */
export function readBody<T extends v.GenericSchema>(event: APIGatewayProxyEvent, schema: T): v.InferOutput<T> {
  const raw = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString() : (event.body ?? '');
  if (Buffer.byteLength(raw) > MAX_BODY_BYTES) {
    throw new Refusal('PAYLOAD_TOO_LARGE', `The body may have at most ${MAX_BODY_BYTES} bytes.`);
  }
  const type = header(event.headers, 'content-type');
  // text/plain is what a browser's fetch sends for a string when the caller names no type.
  if (raw && type && !/^(application\/([\w.-]+\+)?json|text\/plain)\s*(;|$)/i.test(type)) {
    throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'The body must be JSON: send Content-Type: application/json.');
  }
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch {
    throw invalid(raw ? 'The body is not valid JSON.' : 'The body is missing: a JSON object is expected.');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalid('The body must be a JSON object.');
  }
  const result = v.safeParse(schema, body, { abortPipeEarly: true });
  if (result.success) return result.output;
  const messages = result.issues.map(({ message, path }) =>
    message.startsWith('Invalid key')
      ? `${v.getDotPath({ path } as v.BaseIssue<unknown>) ?? 'A field'} is missing.`
      : message,
  );
  throw invalid(messages.join(' '));
}

/**
 * Whether a logout is asked for everywhere. A body that is missing or broken asks for nothing: nobody stays signed in for
 * that.
 * @throws a refusal if it says something else than true or false
 */
export function wantsEverywhere({ body, isBase64Encoded }: APIGatewayProxyEvent): boolean {
  let parsed: unknown;
  try {
    parsed = JSON.parse(isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString() : (body ?? ''));
  } catch {
    return false;
  }
  const everywhere = Object(parsed).everywhere ?? false;
  if (typeof everywhere === 'boolean') return everywhere;
  throw invalid('everywhere must be true or false.');
}

/** A whole number from the query string. */
export function queryNumber(
  event: APIGatewayProxyEvent,
  name: string,
  range: { min: number; max: number; absent: number },
) {
  const text = event.queryStringParameters?.[name];
  if (text == null) return range.absent;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= range.min && value <= range.max) return value;
  throw invalid(`${name} must be a whole number from ${range.min} to ${range.max}.`);
}

/** The one of some parameters that the query string has. @throws a refusal if it has none, several, or an empty one */
export function queryOneOf<const Name extends string>(
  { queryStringParameters }: APIGatewayProxyEvent,
  names: readonly Name[],
): { readonly name: Name; readonly value: string } {
  const [name, ...more] = names.filter((one) => queryStringParameters?.[one] != null);
  const value = name === undefined ? '' : (queryStringParameters?.[name] ?? '');
  if (name !== undefined && more.length === 0 && value !== '' && value.length <= MAX_SEARCH_LENGTH)
    return { name, value };
  throw invalid(`One of ${names.join(' and ')} must be in the query, with 1 to ${MAX_SEARCH_LENGTH} characters.`);
}

export const invalid = (message: string) => new Refusal('INVALID_PROFILE_DATA', message);
