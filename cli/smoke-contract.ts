import { type Reply, requestApi, wrongAnswer } from './api-request';
import { claimsOf, type Refresh } from './smoke-tokens';

export interface Outcome {
  readonly route: string;
  readonly what: string;
  /** What was wrong; absent when nothing was. */
  readonly failure?: string;
  /** Why it was not checked. */
  readonly skipped?: string;
}

export interface Target {
  /** Of the stage, with a slash at its end. */
  readonly url: string;
  readonly idToken: string;
  readonly refresh?: Refresh;
}

const REGISTER = 'POST /users/{id}/sessions';
const LIST = 'GET /users/{id}/sessions';
const END = 'DELETE /users/{id}/sessions/{sessionId}';
const END_OTHERS = 'DELETE /users/{id}/sessions';
const LOG_OUT = 'POST /logout';
const SESSION = 'GET /session';
const CLEANUPS = 'GET /cleanups';
const USERS = 'GET /users';
const COUNT = 'POST /cleanups';
const USER_AGENT = 'smoke test';
const DEVICE_NAME = 'Smoke test';

/** Runs the contract from outside, in an order that leaves nothing behind. */
export async function checkContract({ url, idToken, refresh }: Target): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const { sub, origin_jti: signInId } = claimsOf(idToken);
  const own = { id: String(sub) };
  let sessionId = '';
  let created = false;

  async function call(route: string, parameters: Record<string, string> = {}, options: CallOptions = {}) {
    const { token = idToken, body, query = '' } = options;
    const filled = route.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(parameters[name] ?? ''));
    return requestApi(url, `${filled}${query}`, { token, body, userAgent: USER_AGENT });
  }

  /** One check: the first sentence that its test returns is the failure. */
  async function check(route: string, what: string, test: () => Promise<string | undefined>): Promise<void> {
    const failure = await test().catch((error: Error) => error.message);
    outcomes.push({ route, what, ...(failure !== undefined && { failure }) });
  }
  const skip = (route: string, what: string, skipped: string) => outcomes.push({ route, what, skipped });
  const refuses = (route: string, what: string, status: number, code: string, ask: () => Promise<Reply>) =>
    check(route, what, async () => wrongAnswer(await ask(), status, code));

  await check('OPTIONS /logout', 'lets a browser ask first', async () => {
    const answer = await fetch(`${url}logout`, { method: 'OPTIONS', headers: { origin: 'https://example.com' } });
    return answer.ok && answer.headers.get('access-control-allow-methods') ? undefined : `answered ${answer.status}`;
  });
  await refuses('GET /nowhere', 'is no route', 403, 'MISSING_AUTHENTICATION_TOKEN', () => call('GET /nowhere'));
  await refuses(LIST, 'wants a token', 401, 'UNAUTHORIZED', () => call(LIST, own, { token: '' }));
  const forged = `${idToken.split('.').slice(0, 2).join('.')}.${Buffer.alloc(256).toString('base64url')}`;
  await refuses(LIST, 'refuses a forged token', 401, 'UNAUTHORIZED', () => call(LIST, own, { token: forged }));
  await refuses(REGISTER, 'wants a userAgent', 400, 'INVALID_PROFILE_DATA', () => call(REGISTER, own, { body: {} }));

  await check(REGISTER, 'registers the sign-in', async () => {
    const reply = await call(REGISTER, own, { body: { userAgent: USER_AGENT, deviceName: DEVICE_NAME } });
    created = reply.status === 201;
    sessionId = reply.body?.data?.id ?? '';
    if (reply.body?.error?.code === 'SESSION_ENDED')
      return 'this sign-in has had its session: sign in anew for a token';
    const wrong = wrongAnswer(reply, reply.status === 200 ? 200 : 201);
    if (wrong) return wrong;
    if (signInId !== undefined && sessionId !== signInId) return 'the session is not that of the token’s sign-in';
    const { device, isCurrent } = reply.body.data;
    if (created && device?.name !== DEVICE_NAME) return 'the session does not have the name of its device';
    return isCurrent === true ? undefined : 'the session is not the current one';
  });
  // Without a session every other check would fail for that alone.
  if (!sessionId) return outcomes;

  await check(REGISTER, 'answers with the same session again', async () => {
    const reply = await call(REGISTER, own, { body: { userAgent: USER_AGENT } });
    return wrongAnswer(reply, 200) ?? (reply.body.data.id === sessionId ? undefined : 'it is another session');
  });
  let others = 0;
  await check(LIST, 'has the current session first', async () => {
    const reply = await call(LIST, own);
    others = (reply.body?.data?.length ?? 0) - 1;
    const [first] = reply.body?.data ?? [];
    return wrongAnswer(reply, 200) ?? (first?.id === sessionId && first.isCurrent ? undefined : 'it is not');
  });
  await refuses(LIST, 'checks its limit', 400, 'INVALID_PROFILE_DATA', () => call(LIST, own, { query: '?limit=0' }));
  await check(LIST, 'is closed to other users', async () => {
    const reply = await call(LIST, { id: 'somebody-else' });
    // An admin's token may.
    return reply.status === 200 ? undefined : wrongAnswer(reply, 403, 'UNAUTHORIZED_PROFILE_ACCESS');
  });
  await check(SESSION, 'says whose token it is', async () => {
    const reply = await call(SESSION);
    const { userId, sessionId: current } = reply.body?.data ?? {};
    return wrongAnswer(reply, 200) ?? (userId === sub && current === sessionId ? undefined : 'it is another caller');
  });
  await check(USERS, 'is closed to all but admins', async () => {
    const reply = await call(USERS, {}, { query: '?username=nobody' });
    if (reply.status !== 200) return wrongAnswer(reply, 403, 'UNAUTHORIZED_PROFILE_ACCESS');
    return Array.isArray(reply.body.data) ? undefined : 'what an admin gets is no list';
  });
  await check(CLEANUPS, 'is closed to all but admins', async () => {
    const reply = await call(CLEANUPS);
    if (reply.status !== 200) return wrongAnswer(reply, 403, 'UNAUTHORIZED_PROFILE_ACCESS');
    return Array.isArray(reply.body.data) ? undefined : 'what an admin gets is no list';
  });
  // Asked for rightly by an admin, it would read the whole table.
  await refuses(COUNT, 'starts no cleanup that deletes', 400, 'INVALID_PROFILE_DATA', () =>
    call(COUNT, {}, { body: { dryRun: false } }),
  );
  await refuses(END, 'spares the current session', 400, 'CANNOT_TERMINATE_CURRENT_SESSION', () =>
    call(END, { ...own, sessionId }),
  );
  await refuses(END, 'does not find what there is not', 404, 'SESSION_NOT_FOUND', () =>
    call(END, { ...own, sessionId: 'no-such-session' }),
  );
  if (others === 0) {
    await check(END_OTHERS, 'ends none where there are no others', async () => {
      const reply = await call(END_OTHERS, own);
      return wrongAnswer(reply, 200) ?? (reply.body.data.deletedSessions === 0 ? undefined : 'it ended some');
    });
  } else skip(END_OTHERS, 'ends the others', `this user has ${others} more, which are not ours to end`);

  if (refresh) await checkRefresh(refresh);
  else skip('refresh', 'keeps the sign-in’s id', 'no --refresh-token was given');
  await refuses(LOG_OUT, 'wants true or false for everywhere', 400, 'INVALID_PROFILE_DATA', () =>
    call(LOG_OUT, {}, { body: { everywhere: 'yes' } }),
  );
  if (created) await checkLogout();
  else skip(LOG_OUT, 'ends the session', 'it was there before, and is not ours to end');
  return outcomes;

  async function checkRefresh(fresh: Refresh): Promise<void> {
    await check('refresh', 'keeps the sign-in’s id', async () => {
      const { idToken: id, accessToken: access } = await fresh();
      const named = [idToken, id, access].map((token) => claimsOf(token).origin_jti);
      if (named.some((one) => one === undefined)) {
        return 'a token has no origin_jti: enable token revocation on the pool’s client (EnableTokenRevocation), and sign in anew';
      }
      if (new Set(named).size > 1) {
        return 'origin_jti changed with the refresh: a session would end with each. Do not use this pool’s client so; tell us its settings';
      }
      return wrongAnswer(await call(LIST, own, { token: access }), 200);
    });
  }

  async function checkLogout(): Promise<void> {
    await check(LOG_OUT, 'ends the session', async () => {
      const reply = await call(LOG_OUT, {}, { body: {} });
      return wrongAnswer(reply, 200) ?? (reply.body.data.sessionId === sessionId ? undefined : 'it ended another one');
    });
    await refuses(LIST, 'refuses the ended session', 401, 'SESSION_ENDED', () => call(LIST, own));
    await refuses(SESSION, 'refuses the ended session', 401, 'SESSION_ENDED', () => call(SESSION));
    await refuses(REGISTER, 'opens no second session for a sign-in', 401, 'SESSION_ENDED', () =>
      call(REGISTER, own, { body: { userAgent: USER_AGENT } }),
    );
    await refuses(LOG_OUT, 'ends nothing everywhere without a session', 401, 'SESSION_ENDED', () =>
      call(LOG_OUT, {}, { body: { everywhere: true } }),
    );
    await check(LOG_OUT, 'changes nothing the second time', async () =>
      wrongAnswer(await call(LOG_OUT, {}, { body: {} }), 200),
    );
  }
}

interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly query?: string;
}
