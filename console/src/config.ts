/** What `/config.json` says: it is written when the page is deployed, and by the local run when it is served. */
export interface Config {
  /** Of the API's stage; relative to the page, or absolute. */
  readonly apiUrl: string;
  /** Where people sign in when it is deployed; the local run signs them in itself. */
  readonly cognito?: {
    /** Of the user pool: `https://….auth.REGION.amazoncognito.com`, or one of your own. */
    readonly domain: string;
    /** Of an app client without a secret, with the authorization code grant and this page as callback. */
    readonly clientId: string;
  };
  /** Where the cleanup's log is in CloudWatch; only when it is deployed. */
  readonly cleanupLog?: { readonly region: string; readonly group: string };
  /** @default ADMIN_GROUP */
  readonly adminGroup?: string;
  /** The claim whose value `admin` makes an admin, too, if the API's stage names one. */
  readonly adminClaim?: string;
}

export const ADMIN_GROUP = 'admin';

/** @throws an error when there is none, or it is not what is expected */
export async function loadConfig(): Promise<Config> {
  const response = await fetch('/config.json', { cache: 'no-cache' });
  const config: Config = await response.json();
  const { apiUrl, cognito } = config;
  if (!response.ok || typeof apiUrl !== 'string') throw new Error('config.json must name apiUrl.');
  if (cognito && !(cognito.domain && cognito.clientId)) throw new Error('cognito must name domain and clientId.');
  return { ...config, apiUrl: new URL(apiUrl, location.href).href };
}
