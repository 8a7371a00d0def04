/** A requirement of OWASP's ASVS 5.0, in our words, and how it is met. */
export interface Requirement {
  readonly id: string;
  readonly asks: string;
  readonly how: string;
  /** `met` and `in part` are shown by tests that carry the id in their names. */
  readonly verdict: 'met' | 'in part' | 'not ours';
}

const POLICY = '[session policy](session-policy.md)';

/** Chapter V7 whole, and what goes with it from other chapters. */
export const REQUIREMENTS: readonly Requirement[] = [
  {
    id: 'V7.1.1',
    asks: 'The idle limit and the absolute lifetime are written down, fit the other controls, and deviations from NIST SP 800-63B have a reason.',
    how: `The ${POLICY} has both, with the reason; a test compares its numbers with what a stage gets.`,
    verdict: 'met',
  },
  {
    id: 'V7.1.2',
    asks: 'It is written down how many sessions an account may have at once and what happens beyond that.',
    how: `The ${POLICY}: unlimited by default, \`sessionLimit\` with \`deny\` or \`end-oldest\`.`,
    verdict: 'met',
  },
  {
    id: 'V7.1.3',
    asks: 'All systems that keep sessions in a federation are written down, with how their lifetimes and endings fit together.',
    how: `The ${POLICY} names what the user pool keeps and for how long; a test compares that with the stack.`,
    verdict: 'met',
  },
  {
    id: 'V7.2.1',
    asks: 'Session tokens are verified by a trusted backend.',
    how: 'A Lambda authorizer verifies signature, issuer, client, use and times of every request’s token and reads the session.',
    verdict: 'met',
  },
  {
    id: 'V7.2.2',
    asks: 'Sessions rest on tokens that are made for them, not on static keys.',
    how: 'Only tokens that the user pool signs per sign-in open anything; the API has no keys and the functions no secrets.',
    verdict: 'met',
  },
  {
    id: 'V7.2.3',
    asks: 'Reference tokens are unique, random and have 128 bits of entropy.',
    how: 'There are none: the tokens are self-contained and signed. A session’s id alone opens nothing.',
    verdict: 'not ours',
  },
  {
    id: 'V7.2.4',
    asks: 'Signing in, or again, makes a new session token and ends the current one.',
    how: 'Every sign-in has a session of its own and never takes up another. Ending the one before is the application’s call of `POST /logout`: the backend cannot tell which session a new sign-in replaces.',
    verdict: 'in part',
  },
  {
    id: 'V7.3.1',
    asks: 'A session that is not used ends after the documented time.',
    how: 'The authorizer applies the idle limit at every request, whether or not the cleanup has run. Requests that no person made (`?passive=true`) do not count as use.',
    verdict: 'met',
  },
  {
    id: 'V7.3.2',
    asks: 'A session ends after a documented time, whatever its use.',
    how: 'The end is fixed at registration, from the sign-in’s own time. Activity and refreshed tokens do not move it.',
    verdict: 'met',
  },
  {
    id: 'V7.4.1',
    asks: 'After logout or expiry nothing can go on with the session.',
    how: 'One delete ends it; every request reads the session, strongly consistent; a sign-in registers once in its life. By default no answer of the authorizer is kept. With `authorizerCacheSeconds`, an ended session may still be let in for that time.',
    verdict: 'met',
  },
  {
    id: 'V7.4.2',
    asks: 'All sessions end when an account is disabled or deleted.',
    how: 'A rule ends all sessions of a user whom Cognito’s API disables, deletes or signs out, or whose password is reset: within minutes, because CloudTrail reports the call. The account needs a trail that logs management events. For an end with the next request, an admin or `npm run end-sessions` makes one call.',
    verdict: 'met',
  },
  {
    id: 'V7.4.3',
    asks: 'After a change of a factor of authentication the user can end all other sessions.',
    how: '`DELETE /users/{id}/sessions` ends all but the current one, at any time, in several requests if there are thousands (`endOthers()` of the client). The application offers it after a change.',
    verdict: 'met',
  },
  {
    id: 'V7.4.4',
    asks: 'Every page that needs a sign-in has a visible logout.',
    how: 'The pages are the application’s; `POST /logout` is what its button calls.',
    verdict: 'not ours',
  },
  {
    id: 'V7.4.5',
    asks: 'Administrators can end the sessions of a user or of all.',
    how: 'The same two routes, for members of the admin group, by user.',
    verdict: 'met',
  },
  {
    id: 'V7.5.1',
    asks: 'Changing what authentication rests on (e-mail, phone, factors) needs signing in again.',
    how: 'Those are kept and changed in the user pool.',
    verdict: 'not ours',
  },
  {
    id: 'V7.5.2',
    asks: 'Users see their sessions and end any of them, having signed in again.',
    how: 'The list, and ending one or all others. With `recentSignInMinutes` a stage asks for a recent sign-in; by default it does not.',
    verdict: 'met',
  },
  {
    id: 'V7.5.3',
    asks: 'Highly sensitive operations need signing in again or a second check.',
    how: 'The operations are the application’s.',
    verdict: 'not ours',
  },
  {
    id: 'V7.6.1',
    asks: 'Lifetime and ending between the application and the identity provider are as documented; a sign-in that is too old must be made again.',
    how: 'A session counts from the provider’s `auth_time`; a sign-in older than the lifetime cannot register.',
    verdict: 'met',
  },
  {
    id: 'V7.6.2',
    asks: 'A session is opened by an explicit act.',
    how: 'By registering and in no other way: a good token alone opens none.',
    verdict: 'met',
  },
  {
    id: 'V8.2.2',
    asks: 'A caller reaches only the data that they may reach, item by item.',
    how: 'The user’s id is compared with the token’s and is part of every write’s own condition.',
    verdict: 'met',
  },
  {
    id: 'V9.2.2',
    asks: 'A token is of the type that is expected where it is used.',
    how: 'ID and access tokens, told by `token_use`, each with its own claim for the client; no refresh token and no other.',
    verdict: 'met',
  },
  {
    id: 'V16.2.5',
    asks: 'Logs hold sensitive data only as its protection allows: no credentials, session tokens hashed at most.',
    how: 'No token, header or body is logged; a session’s id only hashed. A test looks for marked secrets in every log line.',
    verdict: 'met',
  },
  {
    id: 'V16.5.3',
    asks: 'What fails, fails closed: nothing is carried out although a check or a write has failed.',
    how: 'Every database call of every route is made to fail, one at a time, in four ways; the issuer of the keys too.',
    verdict: 'met',
  },
];
