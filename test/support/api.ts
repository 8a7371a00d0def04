import { request } from 'node:http';
import type { LocalStack } from '../../local/stack';
import { assertDescribed } from './openapi';

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: any;
}

export interface Tokens {
  readonly userId: string;
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/**
 * Sends a request as a client would, with the headers as they are given. What goes to the API, and what comes
 * back, is held against the API's description.
 */
export function send(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string | string[]>; body?: unknown } = {},
): Promise<Reply> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      // A connection of its own: one that is kept may be closed at the other end just when it is used again.
      { agent: false, method, headers: { ...(text && { 'content-type': 'application/json' }), ...headers } },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk) => chunks.push(chunk));
        reply.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const status = reply.statusCode ?? 0;
          try {
            const received = text && JSON.parse(text);
            assertDescribed({ method, url, sent: body }, { status, received });
            resolve({ status, headers: reply.headers, body: received });
          } catch (error) {
            reject(error);
          }
        });
        reply.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

async function tokensFrom(url: string, body: object): Promise<Tokens> {
  const reply = await send(url, { method: 'POST', body });
  if (reply.status !== 200) throw new Error(`No tokens: ${JSON.stringify(reply.body)}`);
  return reply.body;
}

/** A person with a device: signs in, and calls the API with a token of that sign-in. */
export class Device {
  private constructor(
    private readonly stack: Pick<LocalStack, 'url' | 'apiUrl'>,
    private tokens: Tokens,
    readonly userAgent: string,
  ) {}

  static async signIn(
    stack: Pick<LocalStack, 'url' | 'apiUrl'>,
    username: string,
    { userAgent = 'Firefox', ...who }: { userAgent?: string; groups?: string[]; claims?: Record<string, unknown> } = {},
  ): Promise<Device> {
    const tokens = await tokensFrom(`${stack.url}/_local/sign-in`, { username, ...who });
    return new Device(stack, tokens, userAgent);
  }

  /** Signs in and registers. */
  static async register(...parameters: Parameters<typeof Device.signIn>): Promise<Device> {
    const device = await Device.signIn(...parameters);
    const reply = await device.register();
    if (reply.status !== 201) throw new Error(`Not registered: ${JSON.stringify(reply.body)}`);
    return device;
  }

  get userId(): string {
    return this.tokens.userId;
  }

  get idToken(): string {
    return this.tokens.idToken;
  }

  get accessToken(): string {
    return this.tokens.accessToken;
  }

  /** What the ID token says. */
  get claims(): Record<string, any> {
    return JSON.parse(Buffer.from(this.tokens.idToken.split('.')[1] ?? '', 'base64url').toString());
  }

  /** The sign-in that the tokens name. */
  get signInId(): string {
    return this.claims.origin_jti;
  }

  async refresh(): Promise<void> {
    const { refreshToken } = this.tokens;
    this.tokens = await tokensFrom(`${this.stack.url}/_local/refresh`, { refreshToken });
  }

  call(method: string, path: string, body?: unknown, token = this.idToken): Promise<Reply> {
    const headers = { authorization: `Bearer ${token}`, 'user-agent': this.userAgent };
    return send(`${this.stack.apiUrl}${path.replace(/^\//, '')}`, { method, headers, body });
  }

  register(body: Record<string, unknown> = {}): Promise<Reply> {
    return this.call('POST', `/users/${this.userId}/sessions`, { userAgent: this.userAgent, ...body });
  }

  list(query = ''): Promise<Reply> {
    return this.call('GET', `/users/${this.userId}/sessions${query}`);
  }

  end(sessionId: string): Promise<Reply> {
    return this.call('DELETE', `/users/${this.userId}/sessions/${encodeURIComponent(sessionId)}`);
  }

  endOthers(): Promise<Reply> {
    return this.call('DELETE', `/users/${this.userId}/sessions`);
  }

  logOut(): Promise<Reply> {
    return this.call('POST', '/logout', {});
  }
}
