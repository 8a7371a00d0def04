import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { JwtVerifier } from 'aws-jwt-verify';
import type { Jwks } from 'aws-jwt-verify/jwk';
import { createSessionGuard } from '../guard';
import { answerOrders, timed } from './orders';

export interface GuardOrder {
  readonly who: 'guard' | 'library and SDK';
  readonly tokens: readonly string[];
}

const { AWS_ENDPOINT_URL_DYNAMODB: endpoint, SESSIONS_TABLE, TOKEN_ISSUER = '', TOKEN_CLIENT_IDS = '' } = process.env;
const jwksUri = `${TOKEN_ISSUER}/.well-known/jwks.json`;

let check: ((token: string) => Promise<unknown>) | undefined;

/** What a team would write: the library that AWS gives for tokens, and the SDK for the read. */
async function libraryAndSdk() {
  const verifier = JwtVerifier.create({ issuer: TOKEN_ISSUER, audience: TOKEN_CLIENT_IDS.split(','), jwksUri });
  verifier.cacheJwks((await (await fetch(jwksUri)).json()) as Jwks);
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  // Nothing has to be found out, and connections are kept, as they are by default.
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  return async (token: string) => {
    const { origin_jti: sessionId } = await verifier.verify(token);
    const Key = { sessionId: { S: String(sessionId) } };
    const { Item } = await client.send(new GetItemCommand({ TableName: SESSIONS_TABLE, Key, ConsistentRead: true }));
    if (!Item) throw new Error('The session is not live.');
  };
}

answerOrders(async ({ who, tokens }: GuardOrder) => {
  check ??= who === 'guard' ? createSessionGuard().check : await libraryAndSdk();
  const run = check;
  const { cpuMs } = await timed(async () => {
    for (const token of tokens) await run(token);
  });
  return cpuMs / tokens.length;
});
