import type { Listed } from '../fault';

const FILTER = 'cli/session-filter.ts';
const MATCHING = 'cli/end-matching.ts';

export const commands: readonly Listed[] = [
  {
    name: 'sign-in-address-only',
    file: FILTER,
    find: '[ipAddress, lastIpAddress].filter(isAddress)',
    put: '[ipAddress].filter(isAddress)',
    breaks: 'A session that an intruder goes on with from the network is not found there.',
  },
  {
    name: 'unknown-place-spared',
    file: FILTER,
    find: 'ifUnknown: true,',
    put: 'ifUnknown: false,',
    breaks: 'Who ends what is not from home spares what may be from anywhere.',
  },
  {
    name: 'union-as-country',
    file: FILTER,
    find: 'NO_COUNTRIES.has(code)',
    put: 'false',
    breaks: 'Who ends what is not from EU ends the sessions of everybody in the union.',
  },
  {
    name: 'half-a-look',
    file: 'cli/end-many.ts',
    find: '    throw unreadable[0];',
    put: '',
    breaks: 'Sessions are ended although not all of the table could be looked through, and the count was wrong.',
  },
  {
    name: 'used-session-ended',
    file: MATCHING,
    find: "'lastActivity = :seen'",
    put: "'NOT lastActivity < :seen'",
    breaks: 'A session that is used again just now ends as an idle one.',
  },
  {
    name: 'default-age',
    file: MATCHING,
    find: 'maxAgeDays: Number.POSITIVE_INFINITY',
    put: 'maxAgeDays: 30',
    breaks: 'On a stage with a longer maximum age, old sessions are not ended.',
  },
  {
    name: 'lost-answer-uncounted',
    file: MATCHING,
    find: "return isOurs ? 'marked' : stored;",
    put: 'return stored;',
    breaks: 'A session whose ending got no answer stays stored, and nobody is told.',
  },
];
