import type { Listed } from '../fault';

const MESSAGE = 'lambda/receivers/message.ts';
const LOGOUT = 'lambda/receivers/logout-token.ts';
const SUBJECT = 'lambda/receivers/subject.ts';
const RECEIVE = 'lambda/receivers/receive.ts';
const NOTES = 'lambda/receivers/message-notes.ts';

export const receivers: readonly Listed[] = [
  {
    name: 'receiver-of-the-other-standard',
    file: MESSAGE,
    find: 'one.standard === standard && one.issuer === issuer',
    put: 'one.issuer === issuer',
    breaks: 'A provider that may send logout tokens may also send revocations.',
  },
  {
    name: 'old-messages',
    file: MESSAGE,
    find: 'age < -LEEWAY_SECONDS || age > MAX_AGE_SECONDS',
    put: 'age < -LEEWAY_SECONDS',
    breaks: 'A message counts after its jti has been forgotten.',
  },
  {
    name: 'access-token-as-caller',
    file: MESSAGE,
    find: "'application/global-token-revocation+jwt'],",
    put: "'jwt', undefined],",
    breaks: 'A person’s own access token may end everybody’s sessions.',
  },
  {
    name: 'keys-out-of-reach',
    file: MESSAGE,
    find: 'if (error instanceof FetchError || error instanceof JwkValidationError) throw tryAgain(error);',
    put: '',
    breaks: 'While the provider’s keys cannot be fetched, its messages are refused as forged, and nobody is woken.',
  },
  {
    name: 'id-token-as-logout-token',
    file: LOGOUT,
    find: "if (claims.nonce !== undefined) throw new Declined(400, 'A logout token must not have a nonce.');",
    put: '',
    breaks: 'A token with a nonce passes for a logout token.',
  },
  {
    name: 'two-tokens',
    file: LOGOUT,
    find: 'if (token === undefined || more.length > 0)',
    put: 'if (token === undefined)',
    breaks: 'Of two logout tokens one is taken.',
  },
  {
    name: 'unverified-address',
    file: SUBJECT,
    find: "attributeOf(one, 'email_verified') === 'true'",
    put: 'one.Attributes',
    breaks: 'Whoever writes somebody else’s e-mail address into their profile is taken for that person.',
  },
  {
    name: 'two-people',
    file: SUBJECT,
    find: "if (more.length > 0) throw new Declined(422, 'The user pool has several such users.');",
    put: '',
    breaks: 'Of two people with one address, the first one’s sessions end.',
  },
  {
    name: 'another-providers-person',
    file: SUBJECT,
    find: 'providerName === poolProvider',
    put: 'providerName !== undefined',
    breaks: 'A provider ends the sessions of people who do not sign in by it.',
  },
  {
    name: 'another-providers-id',
    file: SUBJECT,
    find: 'if (!userId.startsWith(`${provider.name}|`)) throw notTheirs();',
    put: '',
    breaks: 'A provider ends the sessions of another provider’s people by their ids here.',
  },
  {
    name: 'sign-in-can-register',
    file: RECEIVE,
    find: "await store.closeSignIn(signInId, '', clock());",
    put: '',
    breaks: 'A person who signed out at the provider can still register that sign-in.',
  },
  {
    name: 'another-persons-sign-in',
    file: RECEIVE,
    find: 'if (session.userId !== userId)',
    put: 'if (userId === undefined)',
    breaks: 'A logout token ends another person’s sign-in than its sub’s.',
  },
  {
    name: 'later-sign-ins',
    file: RECEIVE,
    find: 'signedInBy: claims.iat * 1_000',
    put: 'signedInBy: clock()',
    breaks: 'An old message ends the sessions of sign-ins that came after it.',
  },
  {
    name: 'jti-twice',
    file: RECEIVE,
    find: 'if (!(await note(message, request, event.requestContext.requestId))) throw used();',
    put: '',
    breaks: 'A token counts again and again.',
  },
  {
    name: 'jti-of-another-request',
    file: NOTES,
    find: '(requestHash = :request AND (doneBy = :nobody OR doneBy = :self))',
    put: '(doneBy = :nobody OR doneBy = :self)',
    breaks: 'While a request is being carried out, its token can be used for somebody else.',
  },
  {
    name: 'lost-answer',
    file: NOTES,
    find: '(doneBy = :nobody OR doneBy = :self)',
    put: 'doneBy = :nobody',
    breaks: 'A message that was carried out is refused as used if the database’s answer was lost.',
  },
  {
    name: 'members-of-no-format',
    file: SUBJECT,
    find: "v.strictObject({ format: v.literal('opaque'), id }, MEMBERS)",
    put: "v.object({ format: v.literal('opaque'), id })",
    breaks: 'A subject that names two people counts for one of them.',
  },
];
