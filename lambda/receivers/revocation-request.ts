import * as v from 'valibot';
import { header, readBody } from '../http/request';
import { Declined } from './message';
import type { Standard } from './receive';
import { subjectSchema } from './subject';

/** Up to its second version, the draft called it `subject`, and so does Auth0's documentation. */
const schema = v.object({ sub_id: v.optional(subjectSchema), subject: v.optional(subjectSchema) });

/** The Internet-Draft Global Token Revocation, as Okta's Universal Logout sends it. */
export const globalTokenRevocation: Standard = {
  name: 'global-token-revocation',
  success: 204,
  tokenOf({ headers }) {
    const [, token] = /^bearer +([^ ]+)$/i.exec(header(headers, 'authorization') ?? '') ?? [];
    if (token === undefined) throw new Declined(401, 'The token of the caller is missing: Authorization: Bearer.');
    return token;
  },
  read({ claims }, event) {
    if (!claims.sub) throw new Declined(401, 'The token does not say who calls (sub).');
    const { sub_id, subject = sub_id } = readBody(event, schema);
    if (!subject || (sub_id && subject !== sub_id)) throw new Declined(400, 'The body must have one sub_id.');
    return { reason: 'revoked-by-provider', subject };
  },
};
