const text = { type: 'string' };
const failure = {
  type: 'object',
  properties: { error: text, error_description: text },
  required: ['error', 'error_description'],
};
const answer = (description: string, schema?: object) => ({
  description,
  ...(schema && { content: { 'application/json': { schema } } }),
});

const id = { type: 'string', minLength: 1, maxLength: 256 };
const subject = (format: string, ids: object) => ({
  type: 'object',
  properties: { format: { const: format }, ...ids },
  required: ['format', ...Object.keys(ids)],
});

/**
 * The routes for identity providers, which a stage has only if it names one (docs/providers.md). They follow their own
 * standards, and no client of ours sends anything to them: nobody's token is needed, and the client has no types of them.
 */
export const RECEIVERS = {
  '/backchannel-logout': {
    post: {
      summary: 'Take a logout token of an identity provider',
      description:
        'OpenID Connect Back-Channel Logout 1.0. Only in a stage whose option `receivers` names the provider.',
      security: [],
      requestBody: {
        required: true,
        content: {
          'application/x-www-form-urlencoded': {
            schema: { type: 'object', properties: { logout_token: text }, required: ['logout_token'] },
          },
        },
      },
      responses: {
        200: answer('The sign-in, or all of the person, has ended'),
        400: answer('Nothing has ended, or it could not be ended', failure),
        429: answer('TOO_MANY_REQUESTS'),
      },
    },
  },
  '/global-token-revocation': {
    post: {
      summary: 'End all sign-ins of a person whom an identity provider names',
      description:
        'The Internet-Draft Global Token Revocation, with the caller’s signed token as bearer token. Only in a stage whose option `receivers` names the provider.',
      security: [],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              properties: {
                sub_id: {
                  anyOf: [
                    subject('iss_sub', { iss: id, sub: id }),
                    subject('email', { email: { type: 'string', format: 'email' } }),
                    subject('opaque', { id }),
                  ],
                },
              },
              required: ['sub_id'],
            },
          },
        },
      },
      responses: {
        204: answer('All sign-ins of the person have ended'),
        400: answer('The body names nobody in a known way, or the token was used', failure),
        401: answer('The caller’s token does not count', failure),
        403: answer('Not a person of this provider', failure),
        404: answer('Nobody', failure),
        422: answer('Two people', failure),
        429: answer('TOO_MANY_REQUESTS'),
        503: answer('Send it again', failure),
      },
    },
  },
};
