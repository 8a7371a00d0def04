import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { NotAsked } from '../aws';
import { expectAnswer, Person } from '../person';
import { type Checks, ownStage, statusAfter, type Target, whileDenied } from '../target';

/** One more than the gateway takes. */
const TOO_LARGE_BYTES = 10 * 1024 * 1024 + 1;
const XML = 'application/xml';
const FORM = 'application/x-www-form-urlencoded';

export const GATEWAY: Checks = {
  'gateway.no-route': async ({ apiUrl }) =>
    expectAnswer(await new Person(apiUrl).send('GET /nowhere'), 403, 'MISSING_AUTHENTICATION_TOKEN'),
  async 'gateway.no-token'({ apiUrl }) {
    const answer = await new Person(apiUrl).send('POST /logout', {});
    const said = expectAnswer(answer, 401, 'UNAUTHORIZED');
    const { timestamp, error } = answer.body;
    if (!error.message || !error.details?.reason || !timestamp) throw new Error('The context of the Deny is lost.');
    return said;
  },
  async 'gateway.too-large'({ signIn }) {
    const body = 'x'.repeat(TOO_LARGE_BYTES);
    return expectAnswer(await (await signIn('gateway')).send('POST /logout', body), 413, 'PAYLOAD_TOO_LARGE');
  },
  async 'gateway.wrong-type'({ signIn }) {
    const person = await signIn('gateway');
    return expectAnswer(await person.send(`POST ${person.sessions}`, '<xml/>', XML), 415, 'UNSUPPORTED_MEDIA_TYPE');
  },
  async 'gateway.trailing-slash'({ signIn }) {
    const person = await (await signIn('slash')).register();
    const { status } = await person.send(`DELETE ${person.sessions}/`);
    if (status >= 500) throw new Error(`The answer was ${status}.`);
    expectAnswer(await person.list(), 200);
    return `The answer was ${status}, and the current session is live.`;
  },
  async 'gateway.header-case'({ apiUrl, signIn }) {
    const { idToken, sessions } = await signIn('gateway');
    const url = new URL(sessions.slice(1), apiUrl);
    const headers = { aUTHORIZATION: `Bearer ${idToken}`, 'cONTENT-tYPE': XML };
    const send = url.protocol === 'https:' ? secureRequest : plainRequest;
    const status = await new Promise((resolve, reject) => {
      const request = send(url, { method: 'POST', headers }, (answer) => resolve(answer.resume().statusCode));
      request.on('error', reject).end('<xml/>');
    });
    // Both were read: without the token it would be 401, and without the type 400.
    if (status !== 415) throw new Error(`The answer was ${status}, not 415.`);
    return 'Both headers were read.';
  },
  async 'gateway.unsigned-logout'({ apiUrl }) {
    const unsigned = [{ alg: 'none' }, { iss: 'https://id.example.com', sub: 'somebody' }].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const form = `logout_token=${unsigned.join('.')}.`;
    const { status, body } = await new Person(apiUrl).send('POST /backchannel-logout', form, FORM);
    if (body?.error?.code === 'MISSING_AUTHENTICATION_TOKEN') throw new NotAsked('This stage has no receivers.');
    if (status !== 400 || body?.error !== 'invalid_request') throw new Error(`The answer was ${status}.`);
    return 'It was refused, without a user’s token.';
  },
  'gateway.authorizer-throws': (target) =>
    whileDenied(target, ['GetItem'], () => toldToTryAgain(target)).finally(() => recovered(target)),
  async 'gateway.authorizer-throttled'(target) {
    const { aws, app, stage } = ownStage(target);
    const FunctionName = `${app}-authorizer-${stage}`;
    await aws.call('lambda', 'PutFunctionConcurrency', { FunctionName, ReservedConcurrentExecutions: 0 });
    try {
      return await toldToTryAgain(target);
    } finally {
      await aws.call('lambda', 'DeleteFunctionConcurrency', { FunctionName });
      await recovered(target);
    }
  },
};

/** Until the authorizer fails, a sign-in that has not registered is refused with 401. */
async function toldToTryAgain(target: Target): Promise<string> {
  const { seen } = await statusAfter(target, 401, await target.signIn('failing'));
  const said = expectAnswer(seen, 503, 'TRY_AGAIN');
  if (!seen.headers.get('retry-after')) throw new Error('The answer has no Retry-After.');
  return said;
}

const recovered = async (target: Target) => statusAfter(target, 503, await target.signIn('failing'));
