import type { Fault, Listed } from './fault';
import { cleanup } from './list/cleanup';
import { client } from './list/client';
import { commands } from './list/commands';
import { database } from './list/database';
import { http } from './list/http';
import { identity } from './list/identity';
import { local } from './list/local';
import { receivers } from './list/receivers';
import { revocation } from './list/revocation';
import { sessions } from './list/sessions';
import { stack } from './list/stack';

const LISTS: Readonly<Record<string, readonly Listed[]>> = {
  sessions,
  identity,
  http,
  database,
  cleanup,
  revocation,
  receivers,
  stack,
  local,
  client,
  commands,
};

export const FAULTS: readonly Fault[] = Object.entries(LISTS).flatMap(([group, list]) =>
  list.map(({ name, ...fault }) => ({ id: `${group}/${name}`, ...fault })),
);

/** The suites that could notice a fault in a file. */
export interface Suites {
  readonly suites: readonly string[];
  /** Whether they look at the template of the synthesized stack. */
  readonly template: boolean;
}

/** By the beginning of a file's path; the first one that fits counts. */
const SUITES: readonly (readonly [begins: string, suites: readonly string[], template?: 'template'])[] = [
  ['cli/session-filter', ['test/cli/session-filter']],
  ['cli/end-many', ['test/cli/end-many']],
  ['cli/end-matching', ['test/cli/end-matching']],
  ['lambda/domain/caller', ['test/domain/caller', 'test/domain/current']],
  ['lambda/domain/errors', ['test/domain/errors']],
  ['lambda/domain/end', ['test/domain/end', 'test/domain/end-each']],
  ['lambda/domain/list', ['test/domain/list']],
  ['lambda/domain/register', ['test/domain/register']],
  ['lambda/domain/session-limit', ['test/domain/session-limit', 'test/domain/make-room', 'test/domain/register']],
  ['lambda/domain/session', ['test/domain/session', 'test/domain/current', 'test/domain/fallbacks']],
  ['lambda/identity/identity-of', ['test/identity/identity-of', 'test/identity/sign-in-ids']],
  ['lambda/identity/token-verifier', ['test/identity/token-verifier', 'test/identity/sign-in-ids']],
  ['lambda/identity/', ['test/identity']],
  ['lambda/http/authoriz', ['test/http/authorize', 'test/http/doors']],
  ['lambda/http/doors/', ['test/http/doors', 'test/http/authorize']],
  ['guard/guard', ['test/http/doors']],
  ['guard/', ['test/guard/middleware']],
  ['lambda/http/request', ['test/http/request', 'test/http/authorize']],
  ['lambda/http/route', ['test/http/route', 'test/http/answers']],
  ['lambda/http/audit', ['test/http/audit']],
  ['lambda/http/cursor', ['test/http/cursor']],
  ['lambda/http/schemas', ['test/http/schemas']],
  ['lambda/http/viewer', ['test/http/viewer']],
  ['lambda/http/device', ['test/http/device']],
  ...['lambda/revocation/outside-events', 'lambda/revocation/cognito-calls'].map(
    (begins) => [begins, ['test/revocation/outside-events']] as const,
  ),
  ['lambda/user-pool/', ['test/user-pool']],
  ['lambda/revocation/bus', ['test/store/event-bus']],
  [
    'lambda/revocation/',
    ['test/revocation/announce', 'test/revocation/announce-created', 'test/revocation/announcement'],
  ],
  ['lambda/receivers/message-notes', ['test/receivers/message-notes'], 'template'],
  [
    'lambda/receivers/',
    ['test/receivers/backchannel-logout', 'test/receivers/global-token-revocation', 'test/receivers/mutated-tokens'],
  ],
  ['lambda/runtime/metrics', ['test/stack/monitoring'], 'template'],
  ['lambda/runtime/', ['test/runtime']],
  [
    'lambda/dynamodb/session-store',
    ['test/store/session-store', 'test/store/database-faults', 'test/store/errors'],
    'template',
  ],
  ['lambda/dynamodb/known-devices', ['test/store/known-devices'], 'template'],
  ['lambda/dynamodb/client', ['test/store/errors', 'test/store/session-store'], 'template'],
  ['lambda/aws/retry', ['test/store/retry']],
  ['lambda/aws/', ['test/store/calls', 'test/store/database-faults'], 'template'],
  ['lambda/cleanup/run-log', ['test/store/run-log'], 'template'],
  ['lambda/cleanup/run', ['test/cleanup/sweep', 'test/cleanup/recorded-run']],
  ['lambda/cleanup/', ['test/cleanup/sweep']],
  ...['lib/stage', 'lib/option'].map((begins) => [begins, ['test/stack/stage-edges']] as const),
  ['lib/api', ['test/stack/decisions', 'test/stack/template', 'test/stack/authorizer-cache'], 'template'],
  ['lib/announcements', ['test/stack/decisions', 'test/stack/permissions'], 'template'],
  ['lib/monitoring', ['test/stack/decisions', 'test/stack/monitoring'], 'template'],
  ['lib/saved-queries', ['test/stack/monitoring'], 'template'],
  ...['lib/alarms', 'lib/users'].map((begins) => [begins, ['test/stack/decisions'], 'template'] as const),
  ['lib/receivers', ['test/stack/receivers'], 'template'],
  ['lib/', ['test/stack/decisions', 'test/stack/template'], 'template'],
  ['local/own-part', ['test/local/own-part'], 'template'],
  ['local/policies', ['test/local/policies']],
  ['local/origins', ['test/local/hosts']],
  ['local/gateway-methods', ['test/local/gateway-answers']],
  ['local/gateway.', ['test/local/gateway-answers']],
  ['local/', ['test/local/gateway.test'], 'template'],
  ['client/addresses', ['test/client/addresses']],
  ['client/client', ['test/client/end-others', 'test/client/faults', 'test/client/logout-everywhere']],
  ['client/revoke', ['test/client/logout-everywhere']],
  ['client/sender', ['test/client/session-ended', 'test/client/faults']],
  ['client/transport', ['test/client/faults', 'test/client/requests']],
  ['client/watch', ['test/client/watch']],
  ['client/', ['test/client/session-ended', 'test/client/recipes']],
];

/** @throws an error if there are none */
export function suitesOf(file: string): Suites {
  const found = SUITES.find(([begins]) => file.startsWith(begins));
  if (!found) throw new Error(`No suites are named for ${file}: add them in tools/mutants/faults.ts.`);
  const [, suites, template] = found;
  return { suites, template: template !== undefined };
}
