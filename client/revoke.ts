import { startDeadline } from './deadline';
import { claimsOf } from './token';

const TIMEOUT_MS = 2_000;
/** A user pool of Cognito, by either form of its issuer, or one on this machine. */
const POOL_ISSUER =
  /^(https:\/\/(issuer-)?cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?|http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/[\w-]+)*)\/[\w-]+$/;

/**
 * Makes a refresh token useless at the user pool that issued it. Tried once, and not for long. Even if it fails, the
 * token opens nothing at this API after the logout.
 */
export async function revokeRefreshToken(
  token: () => string | Promise<string>,
  refreshToken: () => string | undefined | Promise<string | undefined>,
  send: typeof fetch,
): Promise<void> {
  const { signal, within, stop } = startDeadline(TIMEOUT_MS, undefined);
  try {
    const { iss, client_id, aud } = claimsOf(await within(Promise.resolve(token()))) ?? {};
    // Asked for last: a token that was due has just been renewed, and the refresh token perhaps with it.
    const Token = await within(Promise.resolve(refreshToken()));
    if (!Token || typeof iss !== 'string' || !POOL_ISSUER.test(iss)) return;
    const sent = send(new URL('.', iss.replace('//issuer-cognito-idp.', '//cognito-idp.')), {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': 'AWSCognitoIdentityProviderService.RevokeToken',
      },
      body: JSON.stringify({ Token, ClientId: client_id ?? aud }),
      credentials: 'omit',
      redirect: 'error',
      keepalive: true,
      signal,
    });
    await within(sent);
  } catch {
    // The person is signed out on this device in any case.
  } finally {
    stop();
  }
}
