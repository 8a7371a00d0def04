import { createHash } from 'node:crypto';
import type { Identity } from '../domain/caller';

const MOST = 1_000;

/**
 * Whom the latest good tokens speak for, so that a signature is checked once and not with each request. What may change
 * while a token lives (its session, its issuer's keys) is not kept here, and no token is: only its hash.
 */
export class VerifiedTokens {
  private readonly kept = new Map<string, { readonly identity: Identity; readonly expiresAt: number }>();

  /** @param now epoch milliseconds */
  find(token: string, now: number): Identity | undefined {
    const found = this.kept.get(hashOf(token));
    return found && now < found.expiresAt ? found.identity : undefined;
  }

  /** @param expiresAt the token's own end, epoch milliseconds */
  keep(token: string, identity: Identity, expiresAt: number): void {
    const [oldest] = this.kept.keys();
    if (oldest !== undefined && this.kept.size >= MOST) this.kept.delete(oldest);
    this.kept.set(hashOf(token), { identity, expiresAt });
  }

  forgetAll(): void {
    this.kept.clear();
  }
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64');
