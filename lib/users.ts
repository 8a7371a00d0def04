import { Aws, CfnDeletionPolicy, type CfnResource, Duration, Fn, Stack, Token } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { dataRetention } from './data-retention';
import { nameOf } from './names';
import type { Stage } from './options';

/** The user pool's own page, where people sign in to the console. */
export interface SignInPage {
  /** Its address, without a slash at its end. */
  readonly domain: string;
  readonly clientId: string;
}

/** Who signs people in: a user pool that exists, or one of our own with a client and the admin group. */
export class Users extends Construct {
  readonly userPoolId: string;
  readonly userPoolArn: string;
  /** Where the pool's region answers calls of Cognito's API. */
  readonly endpoint: string;
  /** The stack's own user pool; absent if the stage names one. */
  readonly userPool?: cognito.UserPool;
  /** The `iss` claim of its tokens. */
  readonly issuer: string;
  readonly clientIds: readonly string[];
  /** There is one where the stage has the console. */
  readonly signInPage?: SignInPage;

  /** @param consoleOrigin where the console is, if the stage has it */
  constructor(scope: Construct, id: string, stage: Stage, consoleOrigin?: string) {
    super(scope, id);
    if (stage.userPool) {
      this.userPoolId = stage.userPool.id;
      const { region: ownRegion, urlSuffix, partition, account } = Stack.of(this);
      // The pool may be in another region than the stack. Its id begins with its own.
      const region = Token.isUnresolved(this.userPoolId) ? ownRegion : this.userPoolId.split('_')[0];
      this.userPoolArn = `arn:${partition}:cognito-idp:${region}:${account}:userpool/${this.userPoolId}`;
      this.endpoint = `https://cognito-idp.${region}.${urlSuffix}`;
      this.issuer = `${this.endpoint}/${this.userPoolId}`;
      this.clientIds = stage.userPool.clientIds;
      this.signInPage = stage.console?.signIn;
      return;
    }
    const userPool = new cognito.UserPool(this, 'UserPool', {
      userPoolName: nameOf(stage, 'users'),
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      mfa: cognito.Mfa.OPTIONAL,
      mfaSecondFactor: { sms: false, otp: true },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      passwordPolicy: {
        minLength: 12,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
      },
      ...dataRetention(stage),
    });
    const client = userPool.addClient('Client', {
      authFlows: { userSrp: true },
      preventUserExistenceErrors: true,
      // With revocation on, Cognito puts origin_jti, the id of the sign-in, into every token.
      enableTokenRevocation: true,
      refreshTokenValidity: Duration.days(stage.signInDays),
      // Without a page of ours nobody is sent anywhere: no flow and no address is open, whatever domain the pool gets.
      ...(consoleOrigin ? codeGrantFor(consoleOrigin) : { disableOAuth: true }),
    });
    const admins = new cognito.CfnUserPoolGroup(this, 'Admins', {
      userPoolId: userPool.userPoolId,
      groupName: stage.adminGroup,
      description: 'May see and end the sessions of every user.',
    });
    // A pool that stays keeps who is an admin, and the client that apps know by its id. One that is replaced goes.
    for (const part of [client.node.defaultChild as CfnResource, admins]) {
      part.applyRemovalPolicy(dataRetention(stage).removalPolicy, { applyToUpdateReplacePolicy: false });
      part.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.DELETE;
    }
    this.userPool = userPool;
    this.userPoolId = userPool.userPoolId;
    this.userPoolArn = userPool.userPoolArn;
    this.endpoint = `https://cognito-idp.${Stack.of(this).region}.${Stack.of(this).urlSuffix}`;
    this.issuer = userPool.userPoolProviderUrl;
    this.clientIds = [client.userPoolClientId];
    if (stage.console) {
      const domainPrefix = stage.console.signInPrefix ?? `${nameOf(stage, 'sessions')}-${stackHash()}`;
      const domain = userPool.addDomain('SignInPage', { cognitoDomain: { domainPrefix } });
      this.signInPage = { domain: domain.baseUrl(), clientId: client.userPoolClientId };
    }
  }
}

/** By an authorization code only, and back to the console only. */
const codeGrantFor = (origin: string): cognito.UserPoolClientOptions => ({
  oAuth: {
    flows: { authorizationCodeGrant: true },
    scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.PROFILE],
    callbackUrls: [`${origin}/`],
    logoutUrls: [`${origin}/`],
  },
});

/** Eight letters and digits that no other stack has: sign-in pages share one set of names in a region. */
const stackHash = (): string => Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
