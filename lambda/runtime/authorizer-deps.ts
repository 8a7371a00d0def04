import type { ConnectionOptions } from '../aws/connection';
import { resolveCurrentSession } from '../domain/caller';
import type { Audit } from '../http/audit';
import type { AuthorizerDeps } from '../http/authorize';
import { tokenVerifier } from '../identity/token-verifier';
import { optional, REQUEST_SECONDS, required, requiredList } from './environment';
import { clock, fetchKeys, locator, sessionStore, stagePolicy } from './wiring';

/**
 * What a decision is made with, as the environment says: in the authorizer's function, and in a guard elsewhere.
 * @param database where it is. @default - as the environment says
 */
export function authorizerDeps(audit: Audit, database?: ConnectionOptions): AuthorizerDeps {
  const verifier = tokenVerifier(
    {
      issuer: required('tokenIssuer'),
      clientIds: requiredList('tokenClientIds'),
      adminGroup: required('adminGroup'),
      adminClaim: optional('adminClaim'),
      acceptUnnamedSignIns: required('acceptUnnamedSignIns') === 'true',
      limitedGroups: Object.keys(JSON.parse(optional('limits') ?? '{}')),
      providers: JSON.parse(required('openIdProviders')),
    },
    { fetch: fetchKeys(), clock: clock.now },
  );
  const store = sessionStore(database);
  const policy = stagePolicy();
  const locate = locator();
  // While the process starts, not in the first request.
  void verifier.warmUp();
  return {
    verify: verifier.verify,
    resolveSession: (identity, use) =>
      resolveCurrentSession(store.until(use.now + REQUEST_SECONDS * 1_000), identity, { ...use, policy, locate }),
    clock: clock.now,
    audit,
  };
}
