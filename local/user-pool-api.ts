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
/** CloudTrail takes minutes. */
const REPORT_MS = 500;

/** The calls of Cognito's API that the functions, a page or a command make, in the shapes of the service's model. */
export interface UserPoolApi {
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Nothing is reported any more. */
  readonly stop: () => void;
}

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
  const OPERATIONS: Readonly<Record<string, (input: any) => object | Promise<object>>> = {
    ListUsers({ Filter = '', Limit = MOST_USERS }) {
      const [, attribute = '', value = ''] = /^(\w+) = "((?:[^"\\]|\\.)*)"$/.exec(Filter) ?? [];
      const wanted = value.replace(/\\(.)/g, '$1');
      const found = issuer.users().filter((user) => attributesOf(user)[attribute] === wanted);
      return { Users: found.slice(0, Limit).map(recordOf) };
    },
    AdminUserGlobalSignOut({ Username, UserPoolId: userPoolId }) {
      const user = issuer.users().find(({ username }) => username === Username);
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
      return {};
    },
    async RevokeToken({ Token }) {
      await issuer.revoke(String(Token));
      return {};
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
      answer(response, 200, (await OPERATIONS[operation]?.(input)) ?? {});
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

const attributesOf = ({ userId, username, email }: LocalUser): Record<string, string | undefined> => ({
  sub: userId,
  username,
  email,
});

const recordOf = ({ userId, username, email, attributes }: LocalUser) => ({
  Username: username,
  Attributes: Object.entries({ sub: userId, ...(email !== undefined && { email }), ...attributes }).map(
    ([Name, Value]) => ({ Name, Value }),
  ),
  Enabled: true,
  UserStatus: 'CONFIRMED',
});
