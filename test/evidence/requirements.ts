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
    asks: 'Idle limit and lifetime are documented, with reasons to deviate from NIST SP 800-63B.',
    how: `In the ${POLICY}.`,
    verdict: 'met',
  },
  {
    id: 'V7.1.2',
    asks: 'The documented number of sessions per account, and what happens beyond it.',
    how: `In the ${POLICY}.`,
    verdict: 'met',
  },
  {
    id: 'V7.1.3',
    asks: 'All systems that keep sessions are documented.',
    how: `In the ${POLICY}.`,
    verdict: 'met',
  },
  {
    id: 'V7.2.1',
    asks: 'A trusted backend verifies session tokens.',
    how: 'The authorizer verifies every token and reads its session.',
    verdict: 'met',
  },
  {
    id: 'V7.2.2',
    asks: 'Sessions use tokens made for them, not static keys.',
    how: 'The issuer signs tokens per sign-in. The API has no keys, the functions no secrets.',
    verdict: 'met',
  },
  {
    id: 'V7.2.3',
    asks: 'Reference tokens are unique, random and have 128 bits of entropy.',
    how: 'There are none: tokens are self-contained and signed.',
    verdict: 'not ours',
  },
  {
    id: 'V7.2.4',
    asks: 'Every sign-in makes a new session token and ends the current one.',
    how: 'Every sign-in has its own session. The application ends the old one.',
    verdict: 'in part',
  },
  {
    id: 'V7.3.1',
    asks: 'An unused session ends after the documented time.',
    how: 'The authorizer applies the idle limit at every request.',
    verdict: 'met',
  },
  {
    id: 'V7.3.2',
    asks: 'A session ends after a documented time, whatever its activity.',
    how: 'Neither activity nor refreshed tokens move the end.',
    verdict: 'met',
  },
  {
    id: 'V7.4.1',
    asks: 'After logout or expiry the session cannot be used.',
    how: 'One delete ends it, every request reads it, and a sign-in registers only once. `authorizerCacheSeconds` delays this.',
    verdict: 'met',
  },
  {
    id: 'V7.4.2',
    asks: 'All sessions end when an account is disabled or deleted.',
    how: 'CloudTrail reports it within minutes; the account needs a trail. An admin or `npm run end-sessions` ends them at once.',
    verdict: 'met',
  },
  {
    id: 'V7.4.3',
    asks: 'After changing an authentication factor the user can end all other sessions.',
    how: '`DELETE /users/{id}/sessions`; the application offers it.',
    verdict: 'met',
  },
  {
    id: 'V7.4.4',
    asks: 'Every page behind the sign-in has a visible logout.',
    how: 'The pages are the application’s.',
    verdict: 'not ours',
  },
  {
    id: 'V7.4.5',
    asks: 'Administrators can end the sessions of a user or of all.',
    how: 'The users’ routes; `npm run end-sessions -- --everyone`.',
    verdict: 'met',
  },
  {
    id: 'V7.5.1',
    asks: 'Changing e-mail address, phone or factors needs a new sign-in.',
    how: 'The user pool changes them.',
    verdict: 'not ours',
  },
  {
    id: 'V7.5.2',
    asks: 'Users see their sessions and, after a new sign-in, end any of them.',
    how: 'They end one or all others. Only `recentSignInMinutes` requires a recent sign-in.',
    verdict: 'met',
  },
  {
    id: 'V7.5.3',
    asks: 'Highly sensitive operations need a new sign-in or a second check.',
    how: 'They are the application’s.',
    verdict: 'not ours',
  },
  {
    id: 'V7.6.1',
    asks: 'Lifetimes at application and identity provider are as documented; an old sign-in must be repeated.',
    how: 'A session’s lifetime starts at `auth_time`; an older sign-in cannot register.',
    verdict: 'met',
  },
  {
    id: 'V7.6.2',
    asks: 'Only an explicit act opens a session.',
    how: 'Only registering does.',
    verdict: 'met',
  },
  {
    id: 'V8.2.2',
    asks: 'Callers reach only the items that they may reach.',
    how: 'The user’s id is part of every write’s condition.',
    verdict: 'met',
  },
  {
    id: 'V9.2.2',
    asks: 'A token is accepted only where its type is expected.',
    how: 'Only ID and access tokens are accepted, each by its own claims.',
    verdict: 'met',
  },
  {
    id: 'V16.2.5',
    asks: 'Logs hold no credentials, and session tokens only hashed.',
    how: 'No token, header or body is logged, and session ids only hashed.',
    verdict: 'met',
  },
  {
    id: 'V16.5.3',
    asks: 'Nothing is carried out if a check or a write has failed.',
    how: 'Tests make every database call fail in four ways, and the issuer too.',
    verdict: 'met',
  },
];
