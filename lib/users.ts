import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccountRecovery, CfnUserPoolGroup, Mfa, UserPool } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Stage } from './stage';

/** Who signs people in: a user pool that exists, or one of our own with a client and the admin group. */
export class Users extends Construct {
  /** The `iss` claim of its tokens. */
  readonly issuer: string;
  readonly clientIds: readonly string[];

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id);
    if (stage.userPool) {
      const { region, urlSuffix } = Stack.of(this);
      this.issuer = `https://cognito-idp.${region}.${urlSuffix}/${stage.userPool.id}`;
      this.clientIds = stage.userPool.clientIds;
      return;
    }
    const userPool = new UserPool(this, 'UserPool', {
      userPoolName: `${stage.app}-users-${stage.name}`,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { sms: false, otp: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      passwordPolicy: {
        minLength: 12,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
      },
      removalPolicy: stage.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      deletionProtection: stage.retainData,
    });
    const client = userPool.addClient('Client', {
      authFlows: { userSrp: true },
      preventUserExistenceErrors: true,
      // With revocation on, Cognito puts origin_jti, the id of the sign-in, into every token.
      enableTokenRevocation: true,
      refreshTokenValidity: Duration.days(stage.signInDays),
    });
    new CfnUserPoolGroup(this, 'Admins', {
      userPoolId: userPool.userPoolId,
      groupName: stage.adminGroup,
      description: 'May see and end the sessions of every user.',
    });
    this.issuer = userPool.userPoolProviderUrl;
    this.clientIds = [client.userPoolClientId];
  }
}
