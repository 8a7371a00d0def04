import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { StoredSession } from '../domain/session';

/** A record of the table's change stream, as far as it is read. */
export interface StreamRecord {
  readonly eventID?: string;
  readonly eventName?: string;
  readonly userIdentity?: { readonly principalId?: string };
  readonly dynamodb?: { readonly ApproximateCreationDateTime?: number; readonly OldImage?: unknown };
}

/** A session that was deleted from the table. */
export interface Deletion {
  readonly id: string;
  readonly session: StoredSession;
  /** Epoch milliseconds. */
  readonly deletedAt: number;
  readonly byTimeToLive: boolean;
}

/** @returns the deletions among records of the stream */
export function deletionsIn(records: readonly StreamRecord[]): Deletion[] {
  return records.flatMap(({ eventID = '', eventName, userIdentity, dynamodb }) => {
    if (eventName !== 'REMOVE' || !dynamodb?.OldImage) return [];
    const image = dynamodb.OldImage as Parameters<typeof unmarshall>[0];
    return {
      id: eventID,
      session: unmarshall(image, { wrapNumbers: Number }) as StoredSession,
      deletedAt: (dynamodb.ApproximateCreationDateTime ?? 0) * 1_000,
      byTimeToLive: userIdentity?.principalId === 'dynamodb.amazonaws.com',
    };
  });
}
