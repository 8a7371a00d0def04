import type { Template } from './template';

export interface LocalAwsOptions {
  /** Of the local run. */
  readonly url: string;
  /** The first and the last part of the stage's names. */
  readonly app: string;
  readonly stage: string;
  /** The database actions that a policy of the sessions table denies. */
  readonly denied: Set<string>;
}

/** What the local run answers to calls of AWS, by the operations' names, in the shapes of the services' models. */
export function localAws(
  template: Template,
  { url, app, stage, denied }: LocalAwsOptions,
): Readonly<Record<string, (input: any) => unknown>> {
  const groups = new Map<string, string[]>();
  const userIds = new Map<string, string>();
  let received = 0;
  const post = async (path: string, body: object): Promise<any> =>
    (await fetch(`${url}/_local/${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
  const signedIn = ({ idToken, accessToken, refreshToken, expiresIn }: Record<string, unknown>) => {
    const tokens = { AccessToken: accessToken, IdToken: idToken, ExpiresIn: expiresIn, TokenType: 'Bearer' };
    return { AuthenticationResult: { ...tokens, ...(refreshToken !== undefined && { RefreshToken: refreshToken }) } };
  };
  /** As CloudTrail reports the call, at once. */
  const reported = (eventName: string) => async (input: any) => {
    await post(`events/${app}-session-user-events-${stage}`, {
      eventName,
      requestParameters: { userPoolId: input.UserPoolId, username: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
      additionalEventData: { sub: userIds.get(input.Username) },
    });
    return {};
  };

  return {
    AdminCreateUser: ({ Username }) => ({ User: { Username, Enabled: true, UserStatus: 'FORCE_CHANGE_PASSWORD' } }),
    AdminSetUserPassword: () => ({}),
    AdminAddUserToGroup({ Username, GroupName }) {
      groups.set(Username, [...(groups.get(Username) ?? []), GroupName]);
      return {};
    },
    async AdminInitiateAuth({ AuthParameters: { USERNAME: username } }) {
      const tokens = await post('sign-in', { username, groups: groups.get(username) });
      userIds.set(username, tokens.userId);
      return signedIn(tokens);
    },
    // Without rotation, a refresh issues no refresh token.
    GetTokensFromRefreshToken: async ({ RefreshToken }) =>
      signedIn({ ...(await post('refresh', { refreshToken: RefreshToken })), refreshToken: undefined }),
    AdminDisableUser: reported('AdminDisableUser'),
    AdminResetUserPassword: reported('AdminResetUserPassword'),
    DescribeTimeToLive({ TableName }) {
      const [, table] = template.all('AWS::DynamoDB::Table').find(([, one]) => one.TableName === TableName) ?? [];
      const { Enabled, AttributeName } = table?.TimeToLiveSpecification ?? {};
      const enabled = { TimeToLiveStatus: 'ENABLED', AttributeName };
      return { TimeToLiveDescription: Enabled ? enabled : { TimeToLiveStatus: 'DISABLED' } };
    },
    PutResourcePolicy({ Policy }) {
      for (const { Action } of JSON.parse(Policy).Statement) for (const action of Action) denied.add(action);
      return { RevisionId: '1' };
    },
    DeleteResourcePolicy() {
      denied.clear();
      return { RevisionId: '1' };
    },
    Invoke() {
      // Nobody waits for an event. How the cleanup ends is in its record.
      post(`events/${app}-session-cleanup-${stage}`, {}).catch(() => undefined);
      return { StatusCode: 202 };
    },
    GetQueueUrl: ({ QueueName }) => ({ QueueUrl: `${url}/${QueueName}` }),
    async ReceiveMessage({ MaxNumberOfMessages }) {
      const { events } = (await (await fetch(`${url}/_local/events`)).json()) as { events: any[] };
      // As the rule of the queue has it.
      const revoked = events.filter(({ detailType }) => detailType === 'Session Revoked');
      const next = revoked.slice(received, received + MaxNumberOfMessages);
      received += next.length;
      return { Messages: next.map(({ detail }) => ({ Body: JSON.stringify({ detail }) })) };
    },
  };
}
