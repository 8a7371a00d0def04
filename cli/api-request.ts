/** What the API answered. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
  readonly milliseconds: number;
}

export interface RequestOptions {
  readonly token?: string;
  readonly userAgent: string;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  /** @default 'application/json' */
  readonly type?: string;
}

/**
 * @param url of the API's stage, with a slash at its end
 * @param route the method and the path: `POST /logout`
 */
export async function requestApi(url: string, route: string, options: RequestOptions): Promise<Reply> {
  const { token, userAgent, body, type = 'application/json' } = options;
  const [method, path = ''] = route.split(' ');
  const headers = {
    'user-agent': userAgent,
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': type }),
  };
  const begun = performance.now();
  const answer = await fetch(`${url}${path.slice(1)}`, {
    method,
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  const milliseconds = Math.round(performance.now() - begun);
  return { status: answer.status, headers: answer.headers, body: text && JSON.parse(text), milliseconds };
}

/** @returns what is wrong with an answer: status, code or envelope, or that no browser may read it; else undefined */
export function wrongAnswer({ status, headers, body }: Reply, wanted: number, code?: string): string | undefined {
  const actual = body?.error?.code;
  if (status !== wanted || actual !== code) {
    return `${wanted} ${code ?? ''} was expected; it answered ${status} ${actual ?? ''}`.replace(/ +/g, ' ').trim();
  }
  if (!headers.get('access-control-allow-origin')) return 'a browser may not read it: no CORS header';
  return body?.success === (code === undefined) ? undefined : 'it is not in the envelope';
}
