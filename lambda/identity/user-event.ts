import type { OutsideReason } from '../domain/ended';

/** Whose sessions an event ends, and why. */
export interface UserEnd {
  readonly userId: string;
  readonly reason: OutsideReason;
}

/** The calls of Cognito's API after which a user's sessions are over. */
export const ENDING_CALLS: Readonly<Record<string, OutsideReason>> = {
  AdminDisableUser: 'user-disabled',
  AdminDeleteUser: 'user-deleted',
  DeleteUser: 'user-deleted',
  AdminUserGlobalSignOut: 'signed-out-everywhere',
  GlobalSignOut: 'signed-out-everywhere',
  AdminResetUserPassword: 'password-changed',
  AdminSetUserPassword: 'password-changed',
  ConfirmForgotPassword: 'password-changed',
  ChangePassword: 'password-changed',
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface EndingEvent {
  readonly detail?: {
    readonly eventName?: string;
    readonly errorCode?: string;
    readonly requestParameters?: { readonly username?: unknown } | null;
    readonly additionalEventData?: { readonly sub?: unknown } | null;
    /** Of an event that is not Cognito's. */
    readonly userId?: unknown;
  };
}

/**
 * Reads an event: Cognito's API call, as CloudTrail tells it, or any provider's `{userId}`.
 * @returns undefined for a call that failed: nothing happened to the user
 * @throws an error when it does not say whose sessions it is about: then somebody has to look at it
 */
export function readUserEvent({ detail = {} }: EndingEvent): UserEnd | undefined {
  const { eventName, errorCode, requestParameters, additionalEventData, userId } = detail;
  if (errorCode) return undefined;
  if (eventName === undefined) {
    if (typeof userId === 'string' && userId !== '') return { userId, reason: 'requested' };
    throw new Error('The event names nobody: its detail needs a userId.');
  }
  const reason = ENDING_CALLS[eventName];
  if (!reason) throw new Error(`${eventName} is no call that ends sessions.`);
  // The user's id; the user name may be hidden, or be an e-mail address. Where it is an id itself, it is the user's.
  const { sub } = additionalEventData ?? {};
  if (typeof sub === 'string' && sub !== '') return { userId: sub, reason };
  const { username } = requestParameters ?? {};
  if (typeof username === 'string' && UUID.test(username)) return { userId: username, reason };
  throw new Error(
    `The event of ${eventName} names nobody: neither additionalEventData.sub nor a user name that is an id.`,
  );
}
