import { createHash } from 'node:crypto';
import type { Identity } from '../domain/caller';

const MAX_TOKENS = 1_000;

/** Whom the latest good tokens speak for, so that a signature is checked once. No token is kept, only its hash. */
export class VerifiedTokens {
  private readonly kept = new Map<string, { readonly identity: Identity; readonly until: number }>();

  /** @param now epoch milliseconds */
  find(token: string, now: number): Identity | undefined {
    const found = this.kept.get(hashOf(token));
    return found && now < found.until ? found.identity : undefined;
  }

  /** @param until when the token has to be verified again, epoch milliseconds */
  keep(token: string, identity: Identity, until: number): void {
    const [oldest] = this.kept.keys();
    if (oldest !== undefined && this.kept.size >= MAX_TOKENS) this.kept.delete(oldest);
    this.kept.set(hashOf(token), { identity, until });
  }

  forgetAll(): void {
    this.kept.clear();
  }
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64');
