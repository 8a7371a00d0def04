import { header } from '../http/request';
import { idOf } from '../identity/identity-of';
import { Declined } from './message';
import type { Standard } from './receive';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const FORM = /^application\/x-www-form-urlencoded\s*(;|$)/i;
const MAX_FORM_LENGTH = 16 * 1024;

/** OpenID Connect Back-Channel Logout 1.0: sections 2.5, 2.6 and 2.8. */
export const backchannelLogout: Standard = {
  name: 'backchannel-logout',
  success: 200,
  failure: 400,
  tokenOf({ headers, body, isBase64Encoded }) {
    if (!FORM.test(header(headers, 'content-type') ?? '')) throw new Declined(400, 'The body must be a form.');
    const form = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString();
    if (form.length > MAX_FORM_LENGTH) throw new Declined(400, 'The form may have at most 16 KB.');
    const [token, ...more] = new URLSearchParams(form).getAll('logout_token');
    if (token === undefined || more.length > 0) throw new Declined(400, 'The form must have one logout_token.');
    return token;
  },
  read({ receiver, claims }) {
    const event: unknown = Object(claims.events)[EVENT];
    const isEvent = typeof event === 'object' && event !== null && !Array.isArray(event);
    if (!isEvent) throw new Declined(400, `The token must have the event ${EVENT}, an object.`);
    // An ID token has one, and must not pass for a logout token.
    if (claims.nonce !== undefined) throw new Declined(400, 'A logout token must not have a nonce.');
    const [sid, sub] = (['sid', 'sub'] as const).map((name) =>
      claims[name] === undefined ? undefined : idOf(claims[name], name),
    );
    if (sid === undefined && sub === undefined) throw new Declined(400, 'The token must have sid, sub or both.');
    const subject = sub === undefined ? undefined : ({ format: 'iss_sub', iss: receiver.issuer, sub } as const);
    return { reason: 'signed-out-at-provider', sid, subject };
  },
};
