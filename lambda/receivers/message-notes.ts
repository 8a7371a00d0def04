import type { Calls } from '../aws/calls';
import { conditionHolds, digest, toItem } from '../dynamodb/client';
import { LEEWAY_SECONDS } from '../identity/issuer-keys';
import { MAX_AGE_SECONDS } from './message';
import type { ReceiveDeps } from './receive';

/** Keeps hashes next to the marks of sign-ins, whose keys have no colon, for as long as a message counts. */
export const messageNotes =
  (calls: Pick<Calls, 'call'>, table: string): ReceiveDeps['note'] =>
  ({ receiver, claims }, request, doneBy = '') => {
    const signInId = `jti:${digest(receiver.issuer, claims.jti)}`;
    const requestHash = digest(request);
    const purgeAt = Math.ceil(claims.iat) + MAX_AGE_SECONDS + LEEWAY_SECONDS;
    const put = {
      TableName: table,
      Item: toItem({ signInId, requestHash, doneBy, purgeAt }),
      // It is done by this very invocation if an answer was lost and the call is repeated.
      ConditionExpression:
        'attribute_not_exists(signInId) OR (requestHash = :request AND (doneBy = :nobody OR doneBy = :self))',
      ExpressionAttributeValues: toItem({ ':request': requestHash, ':nobody': '', ':self': doneBy }),
    };
    return conditionHolds(calls.call('PutItem', put));
  };
