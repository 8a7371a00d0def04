import { readAssembly } from '../../local/assembly';
import type { LocalStack } from '../../local/stack';
import { send } from '../support/api';
import { insightsQuery } from '../support/insights';
import { beginSignIn, refresh, type SecondIssuer, startSecondIssuer, Visitor } from '../support/second-issuer';
import { startStack, synthesizedTemplate, synthesizeStage } from '../support/stack';

// A real second issuer, oidc-provider, signs people in and out; what it sends is not made by the tests.
let provider: SecondIssuer;
let stack: LocalStack;
const lines: any[] = [];
const [whoEnded = insightsQuery('')] = synthesizedTemplate()
  .all('AWS::Logs::QueryDefinition')
  .filter(([, { Name }]) => Name.includes('who-ended'))
  .map(([, { QueryString }]) => insightsQuery(QueryString));

beforeAll(async () => {
  provider = await startSecondIssuer();
  const assembly = readAssembly(synthesizeStage(provider.stage, { bundled: true }));
  stack = await startStack({ assembly, log: (line) => void lines.push(JSON.parse(line)) });
  await provider.register(`${stack.apiUrl}backchannel-logout`);
});
afterAll(async () => {
  await stack.close();
  provider.stop();
});

async function signIn(sub: string, visitor = new Visitor()) {
  const { address, tokens } = beginSignIn(provider.issuer);
  const login = await visitor.visit(address);
  const consent = await visitor.submit(login, { prompt: 'login', login: sub, password: 'any' });
  const back = await visitor.submit(consent, { prompt: 'consent' });
  return { visitor, ...(await tokens(back.address)) };
}
const call = (token: string, method: string, path: string, body?: object) =>
  send(`${stack.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'user-agent': 'Firefox' },
    body,
  });
const register = (token: string) => call(token, 'POST', 'users/me/sessions', { userAgent: 'Firefox' });
const list = (token: string) => call(token, 'GET', 'users/me/sessions');
async function signOut(visitor: Visitor) {
  const confirm = await visitor.visit(`${provider.issuer}/session/end`);
  await visitor.submit(confirm, { logout: 'yes' });
}

it('signing out at the provider ends the session that was registered with its token, refreshed or not', async () => {
  const { visitor, idToken, refreshToken } = await signIn('ann');
  const other = await signIn('ann');
  expect((await register(idToken)).status).toBe(201);
  expect((await register(other.idToken)).status).toBe(201);
  const refreshed = await refresh(provider.issuer, refreshToken);
  expect((await list(refreshed.idToken)).body.data).toHaveLength(2);

  await signOut(visitor);

  for (const token of [idToken, refreshed.idToken]) {
    const { status, body } = await list(token);
    expect([status, body.error.code, body.error.details.reason]).toEqual([401, 'SESSION_ENDED', 'ended']);
    expect((await register(token)).body.error.code).toBe('SESSION_ENDED');
  }
  expect((await list(other.idToken)).body.data).toHaveLength(1);
  expect(provider.complaints).toEqual([]);
  // The events come after the answer, and one ending is one event.
  let events: any[] = [];
  while (events.length === 0) {
    const { body } = await send(`${stack.url}/_local/events`);
    events = body.events.filter(({ detail }: any) => detail.userId === 'staff|ann' && detail.reason);
  }
  expect(events.map(({ detail }) => detail.reason)).toEqual(['signed-out-at-provider']);
  const line = lines.find(({ userId, message }) => message === 'receiver' && userId === 'staff|ann');
  expect(whoEnded.finds(line, { 'USER-ID': 'staff|ann' })).toBe(true);
  expect(whoEnded.fields).toContain('issuer');
  expect(line).toMatchObject({
    route: 'POST /backchannel-logout',
    outcome: 'accepted',
    issuer: provider.issuer,
    userId: 'staff|ann',
    ended: 1,
  });
  expect(JSON.stringify(lines)).not.toContain('eyJ');
});

it('signing out before the registration keeps it from happening', async () => {
  const { visitor, idToken } = await signIn('bob');
  await signOut(visitor);
  const { status, body } = await register(idToken);
  expect([status, body.error.code]).toEqual([401, 'SESSION_ENDED']);
});

it('the route needs no token of a user, and refuses what is not the provider’s', async () => {
  const { idToken, visitor } = await signIn('cyd');
  await register(idToken);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  // An ID token is signed by the provider for this app, too.
  for (const token of [idToken, 'a.b.c', '']) {
    const body = `logout_token=${token}`;
    const answer = await fetch(`${stack.apiUrl}backchannel-logout`, { method: 'POST', headers, body });
    const { error } = (await answer.json()) as { error: string };
    expect([answer.status, answer.headers.get('cache-control'), error]).toEqual([400, 'no-store', 'invalid_request']);
  }
  expect((await list(idToken)).status).toBe(200);
  await signOut(visitor);
});
