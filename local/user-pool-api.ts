import type { IncomingMessage, ServerResponse } from 'node:http';
import { jsonObject, readBody } from './bodies';
import type { DatabaseOptions } from './database';
import type { PutEvent } from './event-bus';
import type { Issuer, LocalUser } from './issuer';
import { DEFAULT_BUS } from './rules';
import { answer, readHead } from './service-calls';
import { ACCOUNT } from './template';

const MOST_BODY_BYTES = 64 * 1024;
const MOST_USERS = 60;
const LONGEST_FILTER = 256;
/** What users can be found by. */
const SEARCHABLE = [
  ...['username', 'email', 'phone_number', 'name', 'given_name', 'family_name', 'preferred_username'],
  ...['cognito:user_status', 'status', 'sub'],
];
/** CloudTrail takes minutes: the event never comes before the answer to whoever asked for the sign-out. */
const REPORT_MS = 1_500;

/** The calls of Cognito's API that the functions, a page or a command make, in the shapes of the service's model. */
export interface UserPoolApi {
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Nothing is reported any more. */
  readonly stop: () => void;
}

/** What an operation answers; undefined for an empty body. */
type Answer = object | undefined;

/** An error that the service answers with. */
class Refused extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

/** @param report takes what CloudTrail reports of a call */
export function userPoolApi(
  issuer: Issuer,
  functionOf: NonNullable<DatabaseOptions['functionOf']>,
  report: (event: PutEvent) => void,
): UserPoolApi {
  const timers: NodeJS.Timeout[] = [];
  const OPERATIONS: Readonly<Record<string, (input: any) => Answer | Promise<Answer>>> = {
    ListUsers({ Filter = '', Limit = MOST_USERS, PaginationToken = '0' }) {
      if (!(Limit >= 0 && Limit <= MOST_USERS)) throw invalid(`Limit must be from 0 to ${MOST_USERS}.`);
      const found = issuer.users().filter(filterOf(Filter));
      const [from, to] = [Number(PaginationToken), Number(PaginationToken) + (Limit || MOST_USERS)];
      return {
        Users: found.slice(from, to).map(recordOf),
        ...(found.length > to && { PaginationToken: String(to) }),
      };
    },
    AdminUserGlobalSignOut({ Username, UserPoolId: userPoolId }) {
      const users = issuer.users();
      // AWS: "it can be any of their alias attributes", or the sub.
      const user =
        users.find(({ username }) => username === Username) ??
        users.find(({ userId, email }) => userId === Username || email === Username);
      if (!user) throw new Refused('UserNotFoundException', 'User does not exist.');
      issuer.signOut(user);
      const time = new Date().toISOString();
      const detail = {
        eventSource: 'cognito-idp.amazonaws.com',
        eventName: 'AdminUserGlobalSignOut',
        eventTime: time.replace(/\.\d+/, ''),
        requestParameters: { userPoolId, username: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
        additionalEventData: { sub: user.userId },
      };
      const about = { bus: DEFAULT_BUS, source: 'aws.cognito-idp', detailType: 'AWS API Call via CloudTrail' };
      timers.push(setTimeout(() => report({ ...about, time, detail }), REPORT_MS));
      return undefined;
    },
    async RevokeToken({ Token, ClientId }) {
      if (!Token || !ClientId) throw invalid('Token and ClientId are expected.');
      if (!(await issuer.revoke(String(Token)))) {
        throw new Refused('UnsupportedTokenTypeException', 'The token is no refresh token of this user pool.');
      }
      return undefined;
    },
  };
  return { serve, stop: () => timers.forEach(clearTimeout) };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { operation, accessKey } = readHead(request);
    const body = await readBody(request, MOST_BODY_BYTES);
    const input = jsonObject(body?.toString() ?? '');
    try {
      if (!Object.hasOwn(OPERATIONS, operation) || !input) throw new Refused('UnknownOperationException', operation);
      assertAllowed(accessKey, operation, String(input.UserPoolId));
      answer(response, 200, await OPERATIONS[operation]?.(input));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      answer(response, 400, { __type: error.type, message: error.message });
    }
  }

  /** A function may what its role allows. Whoever holds a token may revoke it, and a command here may everything. */
  function assertAllowed(accessKey: string, operation: string, poolId: string): void {
    const caller = functionOf(accessKey);
    const [region] = poolId.split('_');
    const resource = `arn:aws:cognito-idp:${region}:${ACCOUNT}:userpool/${poolId}`;
    if (!caller || caller.mayCall({ action: `cognito-idp:${operation}`, resource, facts: {} })) return;
    const message = `${caller.name} is not authorized to perform: cognito-idp:${operation} on resource: ${resource}`;
    throw new Refused('AccessDeniedException', message);
  }
}

const invalid = (message: string) => new Refused('InvalidParameterException', message);

/** Reads a filter by the rules of the service's API reference. */
function filterOf(filter: string): (user: LocalUser) => boolean {
  if (filter.length > LONGEST_FILTER) throw invalid(`Filter must have at most ${LONGEST_FILTER} characters.`);
  if (filter === '') return () => true;
  const [, attribute = '', kind, value = ''] = /^"?([\w:]+)"? *(\^?=) *"((?:[^"\\]|\\.)*)"$/.exec(filter) ?? [];
  if (!SEARCHABLE.includes(attribute)) throw invalid(`The filter cannot be read: ${filter}`);
  const wanted = value.replace(/\\(.)/g, '$1');
  return (user) => {
    const own = attributesOf(user)[attribute];
    return kind === '=' ? own === wanted : own?.startsWith(wanted) === true;
  };
}

const attributesOf = ({ userId, username, email }: LocalUser): Record<string, string | undefined> => ({
  sub: userId,
  username,
  email,
  'cognito:user_status': 'CONFIRMED',
  status: 'Enabled',
});

const recordOf = ({ userId, username, email, attributes }: LocalUser) => ({
  Username: username,
  Attributes: Object.entries({ sub: userId, ...(email !== undefined && { email }), ...attributes }).map(
    ([Name, Value]) => ({ Name, Value }),
  ),
  Enabled: true,
  UserStatus: 'CONFIRMED',
});
