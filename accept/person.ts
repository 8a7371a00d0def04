import { type Reply, requestApi, wrongAnswer } from '../cli/api-request';
import { claimsOf, type Refresh } from '../cli/smoke-tokens';

/** Somebody who has signed in, or, without a token, who has not. */
export class Person {
  /** @param apiUrl of the API's stage, with a slash at its end */
  constructor(
    private readonly apiUrl: string,
    readonly idToken = '',
    readonly username = '',
    readonly refresh?: Refresh,
  ) {}

  get signInId(): string {
    return String(claimsOf(this.idToken).origin_jti);
  }

  get userId(): string {
    return String(claimsOf(this.idToken).sub);
  }

  /** The path of the sessions. */
  get sessions(): string {
    return `/users/${this.userId}/sessions`;
  }

  /** @param route the method and the path: `POST /logout` */
  send(route: string, body?: unknown, type?: string): Promise<Reply> {
    return requestApi(this.apiUrl, route, { token: this.idToken, userAgent: 'accept', body, type });
  }

  readonly list = (): Promise<Reply> => this.send(`GET ${this.sessions}`);

  async register(): Promise<this> {
    expectAnswer(await this.send(`POST ${this.sessions}`, { userAgent: 'accept' }), 201);
    return this;
  }
}

/** @returns the answer in a sentence. @throws what is wrong with it */
export function expectAnswer(reply: Reply, status: number, code?: string): string {
  const wrong = wrongAnswer(reply, status, code);
  if (wrong) throw new Error(wrong);
  return `The answer was ${[status, code].join(' ').trim()}.`;
}
