/**
 * The user's id in a token. Nothing is verified here: the API does that, and refuses another user's id.
 * @throws an error when the token is no JWT with a `sub`
 */
export function userIdOf(token: string): string {
  try {
    const payload = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof sub === 'string' && sub !== '') return sub;
  } catch {
    // Said below, whatever it was: the token itself must not stand in a message.
  }
  throw new TypeError('token() must give an ID or access token of the user pool: a JWT with a sub claim.');
}
