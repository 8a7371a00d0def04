import type { APIGatewayProxyHandler } from 'aws-lambda';
import { databaseCalls, databaseOptions } from '../dynamodb/client';
import { aboutRequest } from '../http/audit';
import { connectionOf } from '../http/request';
import { backchannelLogout } from '../receivers/logout-token';
import { messageVerifier } from '../receivers/message';
import { messageNotes } from '../receivers/message-notes';
import { type ReceiveDeps, receive } from '../receivers/receive';
import { globalTokenRevocation } from '../receivers/revocation-request';
import { recordsIn, userPoolCalls, userPoolOptions } from '../user-pool/user-pool';
import { optional, REQUEST_SECONDS, required } from './environment';
import { logger } from './logger';
import { measureReceived } from './metrics';
import { clock, fetchKeys, poolSignOut, sessionStore } from './wiring';

const LEVELS = { accepted: 'info', refused: 'warn', failed: 'error' } as const;

const store = sessionStore();
const calls = databaseCalls(databaseOptions(), clock);
const table = required('signInsTable');
const pool = required('userPoolId');
const poolCalls = userPoolCalls(pool, userPoolOptions(), clock);
const signOut = poolSignOut(optional('signOutPoolId'));
const verify = messageVerifier(JSON.parse(required('receivers')), fetchKeys(), clock.now);

export const handler: APIGatewayProxyHandler = (event) => {
  const { httpMethod, resource, requestContext } = event;
  const startedAt = clock.now();
  const deadline = startedAt + REQUEST_SECONDS * 1_000;
  const about = aboutRequest(requestContext.requestId, `${httpMethod} ${resource}`, connectionOf(event));
  const deps: ReceiveDeps = {
    verify,
    store: store.until(deadline),
    note: messageNotes(calls.until(deadline), table),
    findUsers: recordsIn(poolCalls.until(deadline), pool),
    signOutAtPool: (userId) => signOut(userId, deadline),
    clock: clock.now,
    tell(outcome, details) {
      const durationMs = clock.now() - startedAt;
      logger[LEVELS[outcome]]('receiver', { ...about, outcome, ...details, durationMs });
      measureReceived(outcome);
    },
  };
  const isLogout = resource === `/${backchannelLogout.name}`;
  return receive(deps, isLogout ? backchannelLogout : globalTokenRevocation, event);
};
