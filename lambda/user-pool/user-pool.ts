import { Calls } from '../aws/calls';
import { type ConnectionOptions, connectTo, environmentOptions, type Service } from '../aws/connection';
import { type Clock, isTransient } from '../aws/retry';
import { Refusal, tryAgain } from '../domain/errors';

const COGNITO: Service = {
  name: 'cognito-idp',
  target: 'AWSCognitoIdentityProviderService',
  contentType: 'application/x-amz-json-1.1',
  endpointVariable: 'AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER',
  // AWS's API reference says so of AdminUserGlobalSignOut.
  answersNothing: true,
};
/** How many users an answer has at most. */
const MOST_FOUND = 10;
/** In characters: a longer filter is refused by the service. */
const LONGEST_FILTER = 256;

/** A user as the pool keeps them. */
export interface PoolUser {
  /** The `sub` of their tokens. */
  readonly id: string;
  readonly username: string;
  readonly email?: string;
  /** In Cognito's words, such as `CONFIRMED`. */
  readonly status: string;
  readonly enabled: boolean;
}

/** What users are looked up by. */
export type UserAttribute = 'email' | 'username' | 'sub';

export interface UserPool {
  /**
   * Users whose attribute is exactly that, at most 10. An e-mail address is also looked for in small letters.
   * @throws a refusal if the value is longer than the service accepts
   */
  readonly find: (attribute: UserAttribute, value: string) => Promise<PoolUser[]>;
  /**
   * Makes all refresh tokens useless that a user has now. It takes until the next second, so that whoever signs in
   * afterwards is not taken for signed in before.
   * @returns whether the pool has such a user
   */
  readonly signOut: (userId: string) => Promise<boolean>;
  /** The same pool, all of whose calls come to an end by an instant, epoch milliseconds. */
  readonly until: (deadline: number) => UserPool;
}

type Caller = Pick<Calls, 'call'>;

/** A user in Cognito's own words. */
export interface UserRecord {
  readonly Username?: string;
  readonly Attributes?: readonly { readonly Name?: string; readonly Value?: string }[];
  readonly UserStatus?: string;
  readonly Enabled?: boolean;
}

/** Calls of the pool's own region, which its id begins with: it may be another one than the function's. */
export const userPoolCalls = (poolId: string, options: ConnectionOptions, clock: Clock): Calls =>
  new Calls(connectTo({ ...options, region: poolId.split('_')[0] ?? '' }), COGNITO, clock);

/** Where a function finds the service. */
export const userPoolOptions = (): ConnectionOptions => environmentOptions(COGNITO);

/** @throws the refusal `TRY_AGAIN` from each call that may succeed later */
export function userPool(calls: Pick<Calls, 'call' | 'until' | 'clock'>, poolId: string): UserPool {
  const records = recordsIn(calls, poolId);
  return {
    find: async (...by) => (await records(...by)).map(poolUserOf),
    async signOut(userId) {
      // By the user name that the pool itself gives: in some pools people choose it, and could choose another user's id.
      const [user] = await records('sub', userId);
      if (!user) return false;
      try {
        await callOf(calls, 'AdminUserGlobalSignOut', { UserPoolId: poolId, Username: user.Username });
      } catch (error) {
        // Deleted in between.
        if ((error as Error).name === 'UserNotFoundException') return false;
        throw error;
      }
      // The event that comes back names the second of the call, and ends what signed in up to its end. A timer may be a
      // millisecond early.
      await calls.clock.sleep(1_001 - (calls.clock.now() % 1_000));
      return true;
    },
    until: (deadline) => userPool(calls.until(deadline), poolId),
  };
}

/** Finds users as the pool keeps them, by the same rules as `UserPool.find`. */
export const recordsIn =
  (calls: Caller, poolId: string) =>
  async (attribute: UserAttribute, value: string): Promise<UserRecord[]> => {
    const found = await findExactly(calls, poolId, attribute, value);
    const lower = value.toLowerCase();
    // People write addresses with capital letters, and a pool may keep them without.
    const isFound = found.length > 0 || attribute !== 'email' || lower === value;
    return isFound ? found : findExactly(calls, poolId, attribute, lower);
  };

async function findExactly(calls: Caller, poolId: string, attribute: UserAttribute, value: string) {
  const Filter = `${attribute} = "${value.replace(/["\\]/g, '\\$&')}"`;
  if (Filter.length > LONGEST_FILTER) {
    throw new Refusal('INVALID_PROFILE_DATA', `${attribute} is longer than the user pool can look for.`);
  }
  const found: UserRecord[] = [];
  let PaginationToken: string | undefined;
  do {
    const page: { Users?: UserRecord[]; PaginationToken?: string } = await callOf(calls, 'ListUsers', {
      UserPoolId: poolId,
      Filter,
      Limit: MOST_FOUND,
      PaginationToken,
    });
    found.push(...(page.Users ?? []));
    PaginationToken = page.PaginationToken;
  } while (PaginationToken !== undefined && found.length < MOST_FOUND);
  return found.slice(0, MOST_FOUND);
}

async function callOf<Output extends object>(calls: Caller, operation: string, input: object): Promise<Output> {
  try {
    return await calls.call<Output>(operation, input);
  } catch (error) {
    throw isTransient(error) ? tryAgain(error) : error;
  }
}

export const attributeOf = ({ Attributes = [] }: UserRecord, name: string): string | undefined =>
  Attributes.find(({ Name }) => Name === name)?.Value;

function poolUserOf(user: UserRecord): PoolUser {
  const { Username = '', UserStatus = 'UNKNOWN', Enabled = true } = user;
  const email = attributeOf(user, 'email');
  return {
    id: attributeOf(user, 'sub') ?? '',
    username: Username,
    ...(email !== undefined && { email }),
    status: UserStatus,
    enabled: Enabled,
  };
}
