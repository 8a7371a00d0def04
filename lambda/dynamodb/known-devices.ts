import type { Calls } from '../aws/calls';
import type { Sighting } from '../domain/store';
import { conditionHolds, digest, toItem } from './client';

const DAY_SECONDS = 86_400;

/**
 * Remembers kinds of devices among the marks of the sign-ins, as hashes.
 * @param days for which one is remembered after it was last seen
 * @returns a function that says whether a user has not had such a device from that country in that time. Asked again for
 * the same session, it answers the same.
 */
export function knownDevices(calls: Pick<Calls, 'call'>, { table, days }: { table: string; days: number }) {
  return async ({ userId, sessionId, device, country, at }: Sighting): Promise<boolean> => {
    const now = Math.floor(at / 1_000);
    // A digest has no colon: no sign-in's mark is ever under this key.
    const key = { signInId: `device:${digest(userId, country, ...device)}` };
    const seen = { firstSession: digest(sessionId), purgeAt: now + days * DAY_SECONDS };
    const isKnown = await conditionHolds(
      calls.call('UpdateItem', {
        TableName: table,
        Key: toItem(key),
        UpdateExpression: 'SET purgeAt = :purgeAt',
        // What the table's time to live has not deleted yet is forgotten all the same.
        ConditionExpression: 'purgeAt > :now AND firstSession <> :session',
        ExpressionAttributeValues: toItem({ ':purgeAt': seen.purgeAt, ':now': now, ':session': seen.firstSession }),
      }),
    );
    if (isKnown) return false;
    // Of two sessions at the same moment, one is the first.
    return conditionHolds(
      calls.call('PutItem', {
        TableName: table,
        Item: toItem({ ...key, ...seen }),
        ConditionExpression: 'attribute_not_exists(purgeAt) OR purgeAt <= :now OR firstSession = :session',
        ExpressionAttributeValues: toItem({ ':now': now, ':session': seen.firstSession }),
      }),
    );
  };
}
