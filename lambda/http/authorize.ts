import type { Connection, Identity, SessionCheck, SessionUse } from '../domain/caller';
import { Refusal, sessionEnded, unauthorized } from '../domain/errors';
import { expiresAtOf, isoTime } from '../domain/session';
import { type Audit, aboutRequest, type Happening, securityEventFor } from './audit';
import type { TrustedOrigin } from './viewer';

export interface AuthorizerDeps {
  readonly verify: (token: string) => Promise<Identity>;
  /** The identity's session at this moment, and this use of it recorded. */
  readonly resolveSession: (
    identity: Identity,
    use: Pick<SessionUse, 'now' | 'passive' | 'from'>,
  ) => Promise<SessionCheck>;
  readonly clock: () => number;
  readonly audit: Audit;
}

/** What a door knows of a request. The gateway has verified none of it but the connection. */
export interface DoorRequest {
  readonly requestId: string;
  /** For the log. */
  readonly route: string;
  /** All values of the header Authorization, or what stands for it at this door. */
  readonly credentials: readonly string[];
  readonly connection: Pick<Connection, 'userAgent'> & Partial<Connection>;
  /** Whether the connection may be another server's, which asks for a user: its address is not the user's. */
  readonly isFromServer?: boolean;
  readonly passive: boolean;
  /** Whether a good token is enough. Then the session is not read. @default false */
  readonly withoutSession?: boolean;
}

/** Whether a request may pass. */
export type Decision =
  | {
      readonly allowed: true;
      readonly caller: Identity;
      /** Absent if the route needs none: then the token may reach this one route, and nothing else. */
      readonly session?: { readonly expiresAt: string };
    }
  | {
      readonly allowed: false;
      readonly refusal: Refusal;
      /** Whose token it is, if it is a good one. */
      readonly userId?: string;
      /** Epoch milliseconds. */
      readonly at: number;
    };

export interface DoorOptions {
  /** Our own API's id. The authorizer also answers for other APIs of the team. */
  readonly apiId: string;
  /** `METHOD/path` of our own routes that need a good token but no live session, the path as the gateway names it. */
  readonly routesWithoutSession: readonly string[];
  /** `METHOD/path` of our own routes that other servers call with a user's token. */
  readonly routesForServers: readonly string[];
  /** Whether our own gateway caches answers. Then `passive` is ignored: the cache does not tell such requests apart. */
  readonly answersCached: boolean;
  /** @default - the connection's own address is the client's */
  readonly trustedOrigin?: TrustedOrigin;
}

/** A request at its door: what is asked, and how this door is answered. */
export interface AtDoor {
  readonly request: DoorRequest;
  readonly answer: (decision: Decision) => object;
}

/** Reads the events of one kind of API. @returns undefined if the event is not of this kind */
export type Door = (event: any, options: DoorOptions) => AtDoor | undefined;

/**
 * Decides whether a request may pass, whatever door it came to.
 * @throws an error only if the decision could not be made; then nobody may pass
 */
export async function authorize(deps: AuthorizerDeps, request: DoorRequest): Promise<Decision> {
  const now = deps.clock();
  const { requestId, route, connection, passive } = request;
  let userId: string | undefined;
  const audit = (happening: Happening) =>
    deps.audit({ ...aboutRequest(requestId, route, connection), actor: userId, subject: userId, ...happening });
  try {
    const caller = await deps.verify(bearerToken(request.credentials));
    userId = caller.userId;
    if (request.withoutSession) return { allowed: true, caller };
    const from = request.isFromServer ? undefined : placeOf(connection);
    const check = await deps.resolveSession(caller, { now, passive, from });
    if (check.session) {
      if (check.renewed) audit({ event: 'session_renewed', sessionId: caller.signInId });
      return { allowed: true, caller, session: { expiresAt: expiresAtOf(check.session) } };
    }
    audit({ event: 'session_use_after_expire', sessionId: caller.signInId, reason: check.end ?? check.reason });
    return { allowed: false, refusal: sessionEnded(check.reason), userId, at: now };
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'TRY_AGAIN') throw error;
    const happening = securityEventFor(error);
    if (happening) audit(happening);
    return { allowed: false, refusal: error, userId, at: now };
  }
}

/** Where a request comes from, if the door knows that. */
const placeOf = ({ ipAddress, location }: DoorRequest['connection']): SessionUse['from'] =>
  ipAddress === undefined ? undefined : { ipAddress, location };

function bearerToken(values: readonly string[]): string {
  if (values.length === 0) {
    throw unauthorized('The header Authorization is missing: send Bearer and a token.', 'no-token');
  }
  const token = values.length === 1 && /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(values[0] ?? '')?.[1];
  if (!token) throw unauthorized('The header Authorization must be Bearer and one ID or access token.');
  return token;
}

type FlatStrings = Readonly<Record<string, string>>;

/** A decision as the authorizer passes it on: who the caller is, or why there is none. Gateways carry flat strings only. */
export function contextOf(decision: Decision): FlatStrings {
  if (!decision.allowed) return denialContext(decision);
  const { signedInAt, limitedGroups, ...identity } = decision.caller;
  return {
    ...identity,
    signedInAt: String(signedInAt),
    ...(limitedGroups && { limitedGroups: JSON.stringify(limitedGroups) }),
    ...decision.session,
  };
}

/**
 * What a REST API's gateway response is made of. The gateway inserts the values into a JSON template without escaping,
 * so quotes, backslashes and line breaks are replaced.
 */
function denialContext({ refusal: { code, message, details }, at }: Decision & { allowed: false }): FlatStrings {
  const values = { code, message, timestamp: isoTime(at), reason: details?.reason ?? code };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value.replace(/["\\\p{Cc}\u2028\u2029]/gu, ' ')]),
  );
}
