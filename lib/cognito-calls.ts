/** The calls of Cognito's API that can end a user's sessions. */
export const COGNITO_CALLS = [
  'AdminDisableUser',
  'AdminDeleteUser',
  'DeleteUser',
  'AdminUserGlobalSignOut',
  'GlobalSignOut',
  'AdminResetUserPassword',
  'AdminSetUserPassword',
  'ConfirmForgotPassword',
  'ChangePassword',
  'AdminRemoveUserFromGroup',
] as const;
export type CognitoCall = (typeof COGNITO_CALLS)[number];

/** A change of the own password would end the session that made it, and a removal may be from any group. */
const NOT_BY_DEFAULT: ReadonlySet<CognitoCall> = new Set(['ChangePassword', 'AdminRemoveUserFromGroup']);

export const DEFAULT_END_ON = COGNITO_CALLS.filter((call) => !NOT_BY_DEFAULT.has(call));
