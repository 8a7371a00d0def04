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
    asks: 'Idle limit and absolute lifetime are documented, fit the other controls, and deviations from NIST SP 800-63B have a reason.',
    how: `The ${POLICY} has both, with the reason; a test compares its numbers with what a stage gets.`,
    verdict: 'met',
  },
  {
    id: 'V7.1.2',
    asks: 'The documentation says how many sessions an account may have at once, and what happens beyond that.',
    how: `The ${POLICY}: unlimited by default, \`sessionLimit\` with \`deny\` or \`end-oldest\`.`,
    verdict: 'met',
  },
  {
    id: 'V7.1.3',
    asks: 'The documentation names all systems that keep sessions in a federation, and how their lifetimes and endings fit together.',
    how: `The ${POLICY} names what the user pool keeps and for how long; a test compares that with the stack.`,
    verdict: 'met',
  },
  {
    id: 'V7.2.1',
    asks: 'Session tokens are verified by a trusted backend.',
    how: 'For every request a Lambda authorizer verifies the token’s signature, issuer, client, use and times, and reads the session.',
    verdict: 'met',
  },
  {
    id: 'V7.2.2',
    asks: 'Sessions use tokens made for them, not static keys.',
    how: 'Only tokens that the user pool signs per sign-in are accepted. The API has no keys, the functions no secrets.',
    verdict: 'met',
  },
  {
    id: 'V7.2.3',
    asks: 'Reference tokens are unique, random and have 128 bits of entropy.',
    how: 'There are none: tokens are self-contained and signed. A session’s id alone gives no access.',
    verdict: 'not ours',
  },
  {
    id: 'V7.2.4',
    asks: 'Every sign-in makes a new session token and ends the current one.',
    how: 'Every sign-in has its own session. The application ends the previous one with `POST /logout`, because the backend cannot tell which session a new sign-in replaces.',
    verdict: 'in part',
  },
  {
    id: 'V7.3.1',
    asks: 'An unused session ends after the documented time.',
    how: 'The authorizer applies the idle limit at every request, whether or not the cleanup has run. Passive requests (`?passive=true`) are not activity.',
    verdict: 'met',
  },
  {
    id: 'V7.3.2',
    asks: 'A session ends after a documented time, whatever its activity.',
    how: 'The end is fixed at registration, from the time of the sign-in. Activity and refreshed tokens do not move it.',
    verdict: 'met',
  },
  {
    id: 'V7.4.1',
    asks: 'After logout or expiry the session cannot be used.',
    how: 'One delete ends it; every request reads the session with strong consistency; a sign-in registers only once. Answers of the authorizer are not cached by default. With `authorizerCacheSeconds`, an ended session may be accepted for that time.',
    verdict: 'met',
  },
  {
    id: 'V7.4.2',
    asks: 'All sessions end when an account is disabled or deleted.',
    how: 'If Cognito’s API disables, deletes or signs out a user, or resets the password, a rule ends all their sessions within minutes, when CloudTrail reports the call. The account needs a trail that logs management events. An admin or `npm run end-sessions` can end them at the next request.',
    verdict: 'met',
  },
  {
    id: 'V7.4.3',
    asks: 'After changing an authentication factor the user can end all other sessions.',
    how: '`DELETE /users/{id}/sessions` ends all but the current one, in several requests if there are thousands (the client’s `endOthers()`). The application offers it after a change.',
    verdict: 'met',
  },
  {
    id: 'V7.4.4',
    asks: 'Every page behind the sign-in has a visible logout.',
    how: 'The pages are the application’s; its button calls `POST /logout`.',
    verdict: 'not ours',
  },
  {
    id: 'V7.4.5',
    asks: 'Administrators can end the sessions of a user or of all.',
    how: 'Members of the admin group use the same two routes with a user’s id; `npm run end-sessions` ends everybody’s.',
    verdict: 'met',
  },
  {
    id: 'V7.5.1',
    asks: 'Changing e-mail address, phone or factors needs a new sign-in.',
    how: 'The user pool keeps and changes them.',
    verdict: 'not ours',
  },
  {
    id: 'V7.5.2',
    asks: 'Users see their sessions and, after a new sign-in, end any of them.',
    how: 'Users list their sessions and end one or all others. With `recentSignInMinutes` this needs a recent sign-in; by default it does not.',
    verdict: 'met',
  },
  {
    id: 'V7.5.3',
    asks: 'Highly sensitive operations need a new sign-in or a second check.',
    how: 'The operations are the application’s.',
    verdict: 'not ours',
  },
  {
    id: 'V7.6.1',
    asks: 'Lifetime and ending between application and identity provider are as documented; an old sign-in must be repeated.',
    how: 'A session’s lifetime starts at the provider’s `auth_time`; a sign-in older than the lifetime cannot register.',
    verdict: 'met',
  },
  {
    id: 'V7.6.2',
    asks: 'Only an explicit act opens a session.',
    how: 'Only registering opens one; a good token alone does not.',
    verdict: 'met',
  },
  {
    id: 'V8.2.2',
    asks: 'Callers reach only the items that they may reach.',
    how: 'The user’s id is compared with the token’s and is part of every write’s condition.',
    verdict: 'met',
  },
  {
    id: 'V9.2.2',
    asks: 'A token is accepted only where its type is expected.',
    how: 'Only ID and access tokens are accepted, by `token_use`, each with its own claim for the client.',
    verdict: 'met',
  },
  {
    id: 'V16.2.5',
    asks: 'Logs hold no credentials, and session tokens only hashed.',
    how: 'No token, header or body is logged, and session ids only hashed. A test searches every log line for marked secrets.',
    verdict: 'met',
  },
  {
    id: 'V16.5.3',
    asks: 'Failures fail closed: nothing is carried out if a check or a write has failed.',
    how: 'Tests make every database call of every route fail, one at a time, in four ways, and the issuer of the keys too.',
    verdict: 'met',
  },
];
