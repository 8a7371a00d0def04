import type { RevocationReason } from '../domain/session';

/**
 * The calls of Cognito's API that can end a user's sessions, each with the reason that the event gives. The stack makes
 * its rules of the same names.
 */
export const REASON_OF = {
  AdminDisableUser: 'user-disabled',
  AdminDeleteUser: 'user-deleted',
  DeleteUser: 'user-deleted',
  AdminUserGlobalSignOut: 'signed-out-everywhere',
  GlobalSignOut: 'signed-out-everywhere',
  AdminResetUserPassword: 'password-changed',
  AdminSetUserPassword: 'password-changed',
  ConfirmForgotPassword: 'password-changed',
  ChangePassword: 'password-changed',
  AdminRemoveUserFromGroup: 'removed-from-group',
} as const satisfies Readonly<Record<string, RevocationReason>>;

export type CognitoCall = keyof typeof REASON_OF;
export const COGNITO_CALLS = Object.keys(REASON_OF) as CognitoCall[];

export const isCognitoCall = (name: string): name is CognitoCall => Object.hasOwn(REASON_OF, name);

/** The requests to the pool's own sign-in page that set a new password. Asking for a code, which anybody can, is none. */
export const PAGE_REQUESTS = ['ConfirmForgotPassword_POST', 'ResetPassword_POST'];
