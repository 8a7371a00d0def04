import { createHash } from 'node:crypto';
import type { DatabaseCall, Fault, Watch } from '../../local/faults';
import type { Device } from './api';

/** The database calls that belong together, told from those of others by the ids that they name, or by the function. */
interface Group {
  readonly ids: readonly string[];
  /** In the order of their first sending. */
  readonly calls: DatabaseCall[];
  readonly fault?: { readonly at: number | 'all'; readonly fault: Fault };
  /** Called when one call waits for an answer that never comes: further calls are not of this group. */
  readonly onSilence: () => void;
  isSilent: boolean;
}

/** Sees the database calls of many requests at once, and lets the one call fail that it is asked to. */
export class Trouble {
  /** All calls that were seen. */
  readonly seen: DatabaseCall[] = [];
  private readonly groups = new Set<Group>();

  readonly watch: Watch = (call) => {
    this.seen.push(call);
    const groups = [...this.groups];
    const group =
      groups.find(({ calls }) => calls.some(({ id }) => id === call.id)) ??
      groups.find(
        ({ ids, isSilent }) => !isSilent && ids.some((id) => call.functionName === id || call.body.includes(id)),
      );
    if (!group) return undefined;
    let index = group.calls.findIndex(({ id }) => id === call.id);
    if (index < 0) index = group.calls.push(call) - 1;
    const { at, fault } = group.fault ?? {};
    if (at !== 'all' && at !== index) return undefined;
    if (at === index && fault === 'silent') {
      group.isSilent = true;
      group.onSilence();
    }
    return fault;
  };

  /**
   * Runs something; gives its result, and the calls that name one of the ids.
   * @param onSilence called when the one call that is to be silent is, and others with the same ids may begin
   */
  async during<T>(
    ids: readonly string[],
    run: () => Promise<T>,
    fault?: Group['fault'],
    onSilence: () => void = () => undefined,
  ) {
    const group: Group = { ids, calls: [], fault, onSilence, isSilent: false };
    this.groups.add(group);
    try {
      return { result: await run(), calls: group.calls };
    } finally {
      this.groups.delete(group);
    }
  }
}

/** The ids by which a device's database calls are known: the user's, the sign-in's, and the hash that marks it. */
export function idsOf(device: Device): string[] {
  const { iss, aud, auth_time: signedIn, origin_jti: named } = device.claims;
  const hashed = (...parts: unknown[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
  const signInId = named ?? hashed('pool-auth-time', iss, aud, device.userId, signedIn);
  return [device.userId, signInId, hashed(signInId)];
}

/** Lets so many of what it is given run at once. */
export function atMost(most: number): <T>(run: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running === most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
