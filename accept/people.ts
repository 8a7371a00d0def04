import { randomBytes } from 'node:crypto';
import type { Refresh } from '../cli/smoke-tokens';
import type { Aws } from './aws';
import { Person } from './person';
import type { OwnStage, Target } from './target';

/** What its client must allow. Cognito refuses the second one while refresh tokens rotate. */
export const AUTH_FLOWS = ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'];

/** Signs people in at a user pool, whose users it makes. */
export function signingIn(aws: Aws, apiUrl: string, userPool: OwnStage['userPool']): Target['signIn'] {
  const { id: UserPoolId, clientId: ClientId } = userPool;
  const passwords = new Map<string, string>();
  const call = (operation: string, input: object) => aws.call('cognito-idp', operation, input);

  return async (name, isAdmin = false) => {
    // A password reset sends a mail. AWS takes mails to this address and drops them.
    const Username = `success+${name}@simulator.amazonses.com`;
    const user = { UserPoolId, Username };
    const Password = passwords.get(name) ?? `aA1!${randomBytes(18).toString('base64url')}`;
    if (!passwords.has(name)) {
      const attribute = (Name: string, Value: string) => ({ Name, Value });
      const UserAttributes = [attribute('email', Username), attribute('email_verified', 'true')];
      await call('AdminCreateUser', { ...user, UserAttributes, MessageAction: 'SUPPRESS' });
      await call('AdminSetUserPassword', { ...user, Password, Permanent: true });
      if (isAdmin) await call('AdminAddUserToGroup', { ...user, GroupName: 'admin' });
      passwords.set(name, Password);
    }
    const AuthParameters = { USERNAME: Username, PASSWORD: Password };
    const asked = { UserPoolId, ClientId, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH', AuthParameters };
    const { AuthenticationResult: first } = await call('AdminInitiateAuth', asked);
    let { RefreshToken } = first;
    const refresh: Refresh = async () => {
      const { AuthenticationResult: fresh } = await call('GetTokensFromRefreshToken', { RefreshToken, ClientId });
      // If refresh tokens rotate, the next refresh needs the new one.
      RefreshToken = fresh.RefreshToken ?? RefreshToken;
      return { idToken: fresh.IdToken, accessToken: fresh.AccessToken };
    };
    return new Person(apiUrl, first.IdToken, Username, refresh);
  };
}
