import { setTimeout as sleep } from 'node:timers/promises';
import { checkContract } from '../../cli/smoke-contract';
import { claimsOf } from '../../cli/smoke-tokens';
import { NotAsked } from '../aws';
import { AUTH_FLOWS } from '../people';
import type { Person } from '../person';
import { type Checks, type OwnStage, ownStage } from '../target';

/** Longer than the resolution of auth_time. */
const OVER_A_SECOND_MS = 1_100;

export const SIGN_IN: Checks = {
  async 'contract.kept'({ apiUrl, signIn }) {
    const { idToken, refresh } = await signIn('contract');
    const outcomes = await checkContract({ url: apiUrl, idToken, refresh });
    const failed = outcomes.filter(({ failure }) => failure !== undefined);
    if (failed.length > 0) throw new Error(failed.map((one) => `${one.route} ${one.what}: ${one.failure}`).join('; '));
    return `${outcomes.filter(({ skipped }) => !skipped).length} of ${outcomes.length} checks passed, none failed.`;
  },
  'sign-in.refreshed': async ({ signIn }) => refreshedTwice(await signIn('refresh')),
  async 'sign-in.rotated'(target) {
    const own = ownStage(target);
    await setRotation(own, { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 }, AUTH_FLOWS.slice(0, 1));
    try {
      return await refreshedTwice(await target.signIn('rotation'));
    } finally {
      await setRotation(own, { Feature: 'DISABLED' }, AUTH_FLOWS);
    }
  },
  async 'sign-in.again'(target) {
    ownStage(target);
    const first = await target.signIn('again');
    await sleep(OVER_A_SECOND_MS);
    assertSame(first.idToken, (await target.signIn('again')).idToken, false);
    return 'Two sign-ins of one user differed in both.';
  },
};

/** Twice, because only the second refresh uses a token that a rotation has issued. */
async function refreshedTwice({ idToken, refresh }: Person): Promise<string> {
  if (!refresh) throw new NotAsked('No refresh token was given.');
  for (const tokens of [await refresh(), await refresh()])
    for (const token of Object.values(tokens)) assertSame(idToken, token, true);
  return 'Two refreshes in a row kept both.';
}

/** @throws an error for a claim that is missing, or that is not the same although it should be, or the other way round */
function assertSame(token: string, other: string, wanted: boolean): void {
  for (const claim of ['origin_jti', 'auth_time']) {
    const [one, two] = [claimsOf(token)[claim], claimsOf(other)[claim]];
    if (one === undefined || (one === two) !== wanted) throw new Error(`${claim} was ${one} first, and then ${two}.`);
  }
}

/** Names every setting of the client, because this call sets the others back to their defaults. */
const setRotation = ({ aws, userPool }: OwnStage, RefreshTokenRotation: object, ExplicitAuthFlows: string[]) =>
  aws.call('cognito-idp', 'UpdateUserPoolClient', {
    UserPoolId: userPool.id,
    ClientId: userPool.clientId,
    EnableTokenRevocation: true,
    PreventUserExistenceErrors: 'ENABLED',
    ExplicitAuthFlows,
    RefreshTokenRotation,
  });
