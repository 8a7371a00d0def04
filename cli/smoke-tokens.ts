import { UsageProblem } from '../command/command';
import { Problem } from '../command/problem';

export interface RefreshedTokens {
  readonly idToken: string;
  readonly accessToken: string;
}

export type Refresh = () => Promise<RefreshedTokens>;

/** A token's claims, unverified: the stage verifies. */
export function claimsOf(token: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  } catch {
    throw new Problem('The token is not a JWT. An ID token of the user pool is expected.');
  }
}

/** Signs in at the local run, and finds out where its API is. */
export async function localSignIn(server: string) {
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${server}${path}`, { method: 'POST', body: JSON.stringify(body) });
    return (await answer.json()) as Record<string, string>;
  };
  try {
    const { apiPath } = (await (await fetch(`${server}/_local/health`)).json()) as { apiPath: string };
    const { idToken = '', refreshToken = '' } = await post('/_local/sign-in', { username: 'smoke test' });
    const refresh: Refresh = async () => {
      const fresh = await post('/_local/refresh', { refreshToken });
      return { idToken: fresh.idToken ?? '', accessToken: fresh.accessToken ?? '' };
    };
    return { url: `${server}${apiPath}`, idToken, refresh };
  } catch {
    throw new Problem(
      `Nothing answers at ${server}. Run npm start, set PORT, or give the address of a stage with --url.`,
    );
  }
}

/** Refreshes at a user pool's token endpoint. */
const refresherOf =
  (endpoint: string, refreshToken: string, clientId: string): Refresh =>
  async () => {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: refreshToken,
    });
    const answer = await fetch(endpoint, { method: 'POST', body });
    const tokens = (await answer.json().catch(() => ({}))) as Record<string, string>;
    if (!answer.ok || !tokens.id_token || !tokens.access_token) {
      throw new Problem(`The token endpoint answered ${answer.status} ${tokens.error ?? ''}: no new tokens.`);
    }
    return { idToken: tokens.id_token, accessToken: tokens.access_token };
  };

/** How a command's flags name a deployed stage and a sign-in there. */
export interface DeployedFlags {
  readonly url?: string;
  readonly 'id-token'?: string;
  readonly 'refresh-token'?: string;
  readonly 'token-endpoint'?: string;
}

/** @throws a usage problem for a flag that is missing or wrong */
export function deployedSignIn(flags: DeployedFlags): { url: string; idToken: string; refresh?: Refresh } {
  if (flags.url === undefined) throw new UsageProblem('--id-token needs --url.');
  if (!URL.canParse(flags.url)) throw new UsageProblem(`--url is "${flags.url}"; the URL of the stage is expected.`);
  const idToken = flags['id-token'];
  if (!idToken) throw new UsageProblem('--url needs --id-token.');
  const { aud } = claimsOf(idToken);
  const [refreshToken, endpoint] = [flags['refresh-token'], flags['token-endpoint']];
  if ((refreshToken === undefined) !== (endpoint === undefined)) {
    throw new UsageProblem('--refresh-token and --token-endpoint need each other.');
  }
  const refresh = refreshToken && endpoint ? refresherOf(endpoint, refreshToken, String(aud)) : undefined;
  return { url: flags.url.replace(/\/?$/, '/'), idToken, refresh };
}
