import type { LocalStack } from '../../local/stack';
import { Device, type Reply, send } from '../support/api';
import { startStack, synthesizedTemplate } from '../support/stack';
import { atMost } from '../support/trouble';

const WHO = [
  'anonymous',
  'the own user',
  'another user',
  'an admin',
  'an ended session',
  'an unregistered sign-in',
  'a disabled user',
] as const;
type Who = (typeof WHO)[number];

const NOBODY = '401 UNAUTHORIZED';
const FOREIGN = '403 UNAUTHORIZED_PROFILE_ACCESS';
const ENDED = '401 SESSION_ENDED';
/** Who has no live session: what was ended stays ended, by whatever token. */
const OVER = { 'an ended session': ENDED, 'a disabled user': ENDED } as const;
const FOR_USER_AND_ADMIN: Readonly<Record<Who, string>> = {
  anonymous: NOBODY,
  'the own user': '200',
  'another user': FOREIGN,
  'an admin': '200',
  'an unregistered sign-in': ENDED,
  ...OVER,
};

const forAdmins = (status: string): Readonly<Record<Who, string>> => ({
  anonymous: NOBODY,
  'the own user': FOREIGN,
  'another user': FOREIGN,
  'an admin': status,
  'an unregistered sign-in': ENDED,
  ...OVER,
});

/** Who may do what. A route of the template that has no row here fails a test. */
const MATRIX: Readonly<Record<string, Readonly<Record<Who, string>>>> = {
  'POST /users/{id}/sessions': {
    anonymous: NOBODY,
    'the own user': '200',
    'another user': FOREIGN,
    'an admin': FOREIGN,
    'an unregistered sign-in': '201',
    ...OVER,
  },
  'GET /users/{id}/sessions': FOR_USER_AND_ADMIN,
  'DELETE /users/{id}/sessions': FOR_USER_AND_ADMIN,
  'DELETE /users/{id}/sessions/{sessionId}': FOR_USER_AND_ADMIN,
  // It names nobody: everyone with a session asks for themselves.
  'GET /session': {
    anonymous: NOBODY,
    'the own user': '200',
    'another user': '200',
    'an admin': '200',
    'an unregistered sign-in': ENDED,
    ...OVER,
  },
  'GET /users': forAdmins('200'),
  'GET /cleanups': forAdmins('200'),
  'POST /cleanups': forAdmins('202'),
  // It names nobody: everyone logs out themselves, also when there is nothing left to log out of.
  'POST /logout': {
    anonymous: NOBODY,
    'the own user': '200',
    'another user': '200',
    'an admin': '200',
    'an ended session': '200',
    'an unregistered sign-in': '200',
    'a disabled user': '200',
  },
};

/** The routes of the template, in the matrix's form. */
function routes(): string[] {
  const template = synthesizedTemplate();
  const resources = new Map(template.all('AWS::ApiGateway::Resource'));
  const pathOf = (id: string): string => {
    const resource = resources.get(id);
    return resource ? `${pathOf(resource.ParentId)}/${resource.PathPart}` : '';
  };
  return template
    .all('AWS::ApiGateway::Method')
    .filter(([, { HttpMethod }]) => HttpMethod !== 'OPTIONS')
    .map(([, { HttpMethod, ResourceId }]) => `${HttpMethod} ${pathOf(ResourceId)}`);
}

let stack: LocalStack;
let users = 0;
const someone = () => `user-${++users}`;

/** Someone of that kind, and the two sessions of the user whom the path names. */
async function cast(who: Who): Promise<{ caller?: Device; target: Device; other: Device }> {
  const username = someone();
  const [target, other] = [await Device.register(stack, username), await Device.register(stack, username)];
  if (who === 'the own user') return { caller: target, target, other };
  if (who === 'another user') return { caller: await Device.register(stack, someone()), target, other };
  if (who === 'an unregistered sign-in') return { caller: await Device.signIn(stack, username), target, other };
  if (who === 'anonymous') return { target, other };
  const admin = await Device.register(stack, someone(), { groups: ['admin'] });
  if (who === 'an admin') return { caller: admin, target, other };
  if (who === 'an ended session') {
    const ended = await Device.register(stack, username);
    await target.end(ended.signInId);
    return { caller: ended, target, other };
  }
  await admin.call('DELETE', `/users/${target.userId}/sessions`);
  return { caller: target, target, other };
}

async function outcomeOf(route: string, who: Who): Promise<{ answer: string; untouched: boolean }> {
  const { caller, target, other } = await cast(who);
  const [method = '', pattern = ''] = route.split(' ');
  const query = route === 'GET /users' ? '?username=anybody' : '';
  const path = pattern.replace('{id}', target.userId).replace('{sessionId}', other.signInId) + query;
  const body = route === 'POST /cleanups' ? { dryRun: true } : method === 'POST' ? { userAgent: 'Firefox' } : undefined;
  const reply: Reply = caller
    ? await caller.call(method, path, body)
    : await send(`${stack.apiUrl}${path.slice(1)}`, { method, body });
  const left = who === 'a disabled user' ? 2 : (await target.list()).body.data?.length;
  return { answer: [reply.status, reply.body.error?.code].filter(Boolean).join(' '), untouched: left === 2 };
}

describe('[V8.2.2] who may do what:', () => {
  const outcomes = new Map<string, Awaited<ReturnType<typeof outcomeOf>>>();
  const gate = atMost(6);

  beforeAll(async () => {
    stack = await startStack({ log: () => undefined });
    const all = routes().flatMap((route) => WHO.map((who) => ({ route, who })));
    await Promise.all(
      all.map(({ route, who }) => gate(async () => void outcomes.set(`${route}, ${who}`, await outcomeOf(route, who)))),
    );
  }, 60_000);
  afterAll(() => stack.close());

  it('every route of the template has a row', () => {
    expect(Object.keys(MATRIX).sort()).toEqual(routes().sort());
  });

  const cells = Object.entries(MATRIX).flatMap(([route, row]) => WHO.map((who) => [route, who, row[who]] as const));

  it.each(cells)('%s by %s: %s', (route, who, expected) => {
    const outcome = outcomes.get(`${route}, ${who}`);
    expect(outcome?.answer).toBe(expected);
    // Who is refused has changed nothing.
    if (!expected.startsWith('2')) expect(outcome?.untouched).toBe(true);
  });

  it('[V7.4.2] [V7.4.5] an admin’s ending takes effect at once, on every route that needs a session, for good', () => {
    const refused = [...outcomes].filter(([cell]) => cell.endsWith('a disabled user')).map(([, { answer }]) => answer);
    expect(refused.sort()).toEqual(['200', ...Array(routes().length - 1).fill(ENDED)]);
  });
});
