import { ADMIN_GROUP, type Config } from './config';
import { hostedIdentity } from './hosted-identity';
import { localIdentity } from './local-identity';
import type { Tokens } from './tokens';

/** What a person gives to sign in where this page asks for it. */
export interface Credentials {
  readonly username: string;
  readonly asAdmin: boolean;
  /** What the person had is over: a page that still knows them asks them to sign in nevertheless. */
  readonly again: boolean;
}

/** Who signs people in. */
export interface Identity {
  /** Whether this page asks for a name itself; another page does otherwise. */
  readonly asksHere: boolean;
  /** Signs in, or leaves for the page that does and never resolves. */
  readonly signIn: (credentials: Credentials) => Promise<Tokens>;
  /** The tokens that a person comes back with from the page that signs in, if this is such a return. */
  readonly comeBack: () => Promise<Tokens | undefined>;
  /** @throws `SignInExpired` when there are no new ones */
  readonly refresh: (tokens: Tokens) => Promise<Tokens>;
  /** Makes the refresh token useless. Tried once, and not for long. */
  readonly revoke: (tokens: Tokens) => Promise<void>;
  /** Ends the sign-in at the page that keeps one. @returns whether this page is being left for that */
  readonly signOut: () => boolean;
}

export const identityFor = ({ cognito, adminGroup = ADMIN_GROUP }: Config): Identity =>
  cognito ? hostedIdentity(cognito) : localIdentity(adminGroup);
