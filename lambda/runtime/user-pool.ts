import { type UserPool, userPool, userPoolCalls, userPoolOptions } from '../user-pool/user-pool';
import { clock } from './wiring';

/** The stage's user pool. A request takes `until` its deadline. */
export const userPoolOf = (id: string): UserPool => userPool(userPoolCalls(id, userPoolOptions(), clock), id);

/**
 * Signs users out at the user pool if the stage asks for it. Users of other providers are not in the pool.
 * @param id of the pool; undefined if the stage does not ask
 */
export function poolSignOut(id: string | undefined): (userId: string, deadline: number) => Promise<void> {
  const pool = id === undefined ? undefined : userPoolOf(id);
  return async (userId, deadline) => {
    if (!userId.includes('|')) await pool?.until(deadline).signOut(userId);
  };
}
