import type { Identity } from './identity';
import { sendOnce } from './send-once';
import { SignInExpired, type Tokens } from './tokens';

/** The local run's own issuer, which signs in whoever asks. */
export function localIdentity(adminGroup: string): Identity {
  return {
    asksHere: true,
    signIn: ({ username, asAdmin }) =>
      post('/_local/sign-in', { username, ...(asAdmin && { groups: [adminGroup] }) }, 'The sign-in was refused.'),
    comeBack: async () => undefined,
    refresh: ({ refreshToken }) => post('/_local/refresh', { refreshToken }, 'The refresh token is no good any more.'),
    async revoke({ refreshToken }) {
      await sendOnce('/_local/revoke', JSON.stringify({ refreshToken }));
    },
    signOut: () => false,
  };
}

async function post(path: string, body: unknown, refused: string): Promise<Tokens> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status >= 400 && response.status < 500) throw new SignInExpired(refused);
  if (!response.ok) throw new TypeError(`The issuer answered with ${response.status}.`);
  const { idToken, accessToken, refreshToken } = await response.json();
  return { idToken, accessToken, refreshToken };
}
