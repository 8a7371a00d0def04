import type { Connection, Identity } from '../lambda/domain/caller';
import { Refusal, tryAgain } from '../lambda/domain/errors';
import { type AuthorizerDeps, authorize } from '../lambda/http/authorize';

/** Who sent a request whose token is good and whose session is live. */
export interface GuardedCaller extends Identity {
  /** When the session ends at the latest, however much it is used: ISO 8601 UTC. */
  readonly expiresAt: string;
}

/** What is known of a request besides its token. */
export interface CheckOptions extends Partial<Connection> {
  /** Whether no person made the request, for pages that poll. Then it is not activity. @default false */
  readonly passive?: boolean;
  /** For the security events. @default '' */
  readonly requestId?: string;
  /** For the security events, such as `GET /orders`. @default '' */
  readonly route?: string;
}

export interface SessionGuard {
  /**
   * Reads the session of a token, with strong consistency, and records its use as activity.
   * @param token an ID or access token, or the header Authorization as it came: its value, or all of its values
   * @param options.ipAddress of the user's device, if you know it for sure; absent, no address is recorded
   * @throws a `Refusal` with the contract's `code` and `message`: `UNAUTHORIZED`, `SESSION_ENDED` (`details.reason` says
   * why), or `TRY_AGAIN` if that could not be found out. Nobody passes then.
   */
  check(token: string | readonly string[] | undefined, options?: CheckOptions): Promise<GuardedCaller>;
}

export function guardWith(deps: AuthorizerDeps): SessionGuard {
  return {
    async check(token, { ipAddress, userAgent = '', passive = false, requestId = '', route = '' } = {}) {
      const credentials = [token ?? []].flat().map((one) => (/^[\w-]+\./.test(one) ? `Bearer ${one}` : one));
      const request = { requestId, route, credentials, connection: { ipAddress, userAgent }, passive };
      const decision = await authorize(deps, request).catch((error) => {
        throw error instanceof Refusal ? error : tryAgain(error);
      });
      if (!decision.allowed) throw decision.refusal;
      if (!decision.session) throw new Error('A guard lets nobody pass without a session.');
      return { ...decision.caller, ...decision.session };
    },
  };
}
