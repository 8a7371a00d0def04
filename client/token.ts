const NO_TOKEN = 'token() must give an ID or access token of the user pool: a JWT with a sub claim.';

/**
 * The user's id in a token. Nothing is verified here: the API does that, and refuses another user's id.
 * @throws an error when the token is no JWT with a `sub`
 */
export function userIdOf(token: string): string {
  const sub = claimsOf(token)?.sub;
  if (typeof sub === 'string' && sub !== '') return sub;
  throw new TypeError(NO_TOKEN);
}

/**
 * Names the sign-in that a token belongs to: the same for its refreshed tokens, another one for each further sign-in.
 * A token that names none stands for itself.
 */
export function signInOf(token: string): string {
  const claims = claimsOf(token);
  if (!claims) return token;
  const { iss, sub, sid, auth_time, origin_jti } = claims;
  return typeof origin_jti === 'string' ? origin_jti : JSON.stringify([iss, sub, sid, auth_time]);
}

export function claimsOf(token: string): Record<string, unknown> | undefined {
  try {
    const payload = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' && claims !== null ? claims : undefined;
  } catch {
    // Whatever it was, a message must not repeat the token.
    return undefined;
  }
}
