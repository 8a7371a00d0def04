import type { Clock } from '../../lambda/aws/retry';
import { userPool, userPoolCalls } from '../../lambda/user-pool/user-pool';
import { LOCAL_CREDENTIALS } from '../../local/database';
import { type ScriptedService, scriptedService } from '../support/scripted-service';

const POOL = 'eu-west-1_AbCdEfGhI';
const ADA = {
  Username: 'ada',
  Attributes: [
    { Name: 'sub', Value: 'id-of-ada' },
    { Name: 'email', Value: 'ada@example.org' },
  ],
  Enabled: false,
  UserStatus: 'CONFIRMED',
};

let service: ScriptedService;
/** When the last call came. */
let calledAt: number;
/** Passes by itself, and at once when somebody waits. */
let skipped: number;
const clock: Clock = {
  now: () => Date.now() + skipped,
  sleep: async (milliseconds) => {
    skipped += milliseconds;
  },
};
/** What the service answers, by operation, one after the other. */
let answers: Record<string, Record<string, any>[]>;

const operationOf = (request: { headers: Record<string, unknown> }) =>
  String(request.headers['x-amz-target']).split('.')[1] ?? '';
const pool = () => {
  const options = { endpoint: service.endpoint, region: 'us-east-1', credentials: LOCAL_CREDENTIALS };
  return userPool(userPoolCalls(POOL, options, clock), POOL);
};
const sent = () => service.requests.map((request) => ({ operation: operationOf(request), ...request.body }));

beforeEach(async () => {
  skipped = 0;
  answers = {};
  service = await scriptedService((request) => {
    calledAt = clock.now();
    const operation = operationOf(request);
    // It has no body if all goes well.
    return answers[operation]?.shift() ?? (operation === 'AdminUserGlobalSignOut' ? undefined : {});
  });
});
afterEach(() => service.close());

describe('looking users up', () => {
  it('asks for exactly that attribute, in the pool’s own region, and says who they are', async () => {
    answers.ListUsers = [{ Users: [ADA, { Username: 'no mail', Attributes: [{ Name: 'sub', Value: 'other' }] }] }];
    expect(await pool().find('email', 'ada@example.org')).toEqual([
      { id: 'id-of-ada', username: 'ada', email: 'ada@example.org', status: 'CONFIRMED', enabled: false },
      { id: 'other', username: 'no mail', status: 'UNKNOWN', enabled: true },
    ]);
    expect(sent()).toEqual([
      { operation: 'ListUsers', UserPoolId: POOL, Filter: 'email = "ada@example.org"', Limit: 10 },
    ]);
    expect(service.requests[0]?.headers.authorization).toContain('/eu-west-1/cognito-idp/aws4_request');
  });

  it('finds an address also as pools keep it, in small letters, and a user name only as it is', async () => {
    answers.ListUsers = [{ Users: [] }, { Users: [ADA] }, { Users: [] }];
    expect(await pool().find('email', 'Ada@Example.org')).toHaveLength(1);
    expect(await pool().find('username', 'Ada')).toEqual([]);
    expect(sent().map(({ Filter }) => Filter)).toEqual([
      'email = "Ada@Example.org"',
      'email = "ada@example.org"',
      'username = "Ada"',
    ]);
  });

  it('lets no value end its own quotation marks', async () => {
    await pool().find('username', 'a" or \\"');
    expect(sent()[0].Filter).toBe('username = "a\\" or \\\\\\""');
  });

  it.each([
    ['email', `${'a'.repeat(250)}@b.c`],
    ['username', '"'.repeat(128)],
  ] as const)('says that it cannot look for a longer %s than the service accepts', async (attribute, value) => {
    const refused = { code: 'INVALID_PROFILE_DATA', message: expect.stringContaining(attribute) };
    await expect(pool().find(attribute, value)).rejects.toMatchObject(refused);
    expect(sent()).toEqual([]);
  });

  it('goes on while pages come, and stops at 10', async () => {
    answers.ListUsers = [
      { Users: [], PaginationToken: '1' },
      { Users: Array(7).fill(ADA), PaginationToken: '2' },
      { Users: Array(7).fill(ADA), PaginationToken: '3' },
    ];
    expect(await pool().find('email', 'shared@example.org')).toHaveLength(10);
    expect(sent().map(({ PaginationToken }) => PaginationToken)).toEqual([undefined, '1', '2']);
  });

  it('says to try again when the service is too busy for a moment', async () => {
    answers.ListUsers = Array(3).fill({ status: 400, __type: 'TooManyRequestsException', message: 'Rate exceeded' });
    await expect(pool().find('email', 'a@b.c')).rejects.toMatchObject({ code: 'TRY_AGAIN' });
    expect(service.requests).toHaveLength(3);
  });

  it('fails at once if it may not ask', async () => {
    answers.ListUsers = [{ status: 400, __type: 'AccessDeniedException', message: 'no' }];
    await expect(pool().find('email', 'a@b.c')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(service.requests).toHaveLength(1);
  });
});

describe('signing a user out', () => {
  it('goes by the user name that the pool has for the id: people may choose another user’s id as their name', async () => {
    answers.ListUsers = [{ Users: [ADA] }];
    expect(await pool().signOut('id-of-ada')).toBe(true);
    expect(sent()).toMatchObject([
      { operation: 'ListUsers', Filter: 'sub = "id-of-ada"' },
      { operation: 'AdminUserGlobalSignOut', UserPoolId: POOL, Username: 'ada' },
    ]);
  });

  it('takes until the next second: the event that comes back ends nothing that signs in afterwards', async () => {
    answers.ListUsers = [{ Users: [ADA] }];
    await pool().signOut('id-of-ada');
    expect(Math.floor(clock.now() / 1_000)).toBeGreaterThan(Math.floor(calledAt / 1_000));
  });

  it('signs out nobody if the pool has no such user', async () => {
    expect(await pool().signOut('nobody')).toBe(false);
    expect(sent()).toHaveLength(1);
  });

  it('signs out nobody if the user is deleted in between', async () => {
    answers.ListUsers = [{ Users: [ADA] }];
    answers.AdminUserGlobalSignOut = [{ status: 400, __type: 'UserNotFoundException', message: 'no' }];
    expect(await pool().signOut('id-of-ada')).toBe(false);
  });

  it('ends by its deadline', async () => {
    await expect(pool().until(Date.now()).signOut('id-of-ada')).rejects.toMatchObject({ code: 'TRY_AGAIN' });
    expect(sent()).toEqual([]);
  });
});
