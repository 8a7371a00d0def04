import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { hashed } from '../../lambda/runtime/logger';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { fieldOf, insightsQuery } from '../support/insights';
import { putOver } from '../support/scenarios';
import { startStack, synthesized, synthesizedTemplate } from '../support/stack';

const RUNBOOK = readFileSync(join(__dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');
const ORIGIN = { header: 'X-Origin-Secret', secret: 'of the distribution' };
const template = synthesizedTemplate();
/** Lambda's own line of an invocation that took too long, as AWS documents it. */
const TIMED_OUT = { type: 'platform.report', record: { status: 'timeout', errorType: 'Sandbox.Timedout' } };

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:156.0) Gecko/20100101 Firefox/156.0';
const END_REQUESTS = 'aerotage-session-end-requests-dev';

const lines: any[] = [];
let stack: LocalStack;
let ada: Device;
let phone: Device;
let admin: Device;
/** The id of a session that the cleanup could not delete. */
let over: string;

const fire = (rule: string, detail: object = {}) =>
  send(`${stack.url}/_local/events/${rule}`, { method: 'POST', body: detail });

/** Waits for a line: it comes a moment after what it is about. */
async function logged(is: (line: any) => boolean): Promise<any> {
  for (let waited = 0; waited < 30_000; waited += 10) {
    const found = lines.find(is);
    if (found) return found;
    await sleep(10);
  }
  throw new Error('The log does not say it.');
}

/** A stack that knows places from what stands in front of it, and whose cleanup may delete nothing. */
function assembly() {
  const changed = synthesized();
  const sha256 = [createHash('sha256').update(ORIGIN.secret).digest('hex')];
  for (const { Properties } of Object.values(changed.resources)) {
    const variables = Properties.Environment?.Variables;
    if (variables?.LOCATION) variables.TRUSTED_ORIGIN = JSON.stringify({ header: ORIGIN.header, sha256 });
    for (const statement of Properties.PolicyDocument?.Statement ?? []) {
      if (statement.Action === 'dynamodb:BatchWriteItem') statement.Action = 'dynamodb:ListTables';
    }
  }
  return changed;
}

/** A dry run, a cleanup that has nothing to delete, and one that fails; gives the id of what it should have deleted. */
async function cleanUps(): Promise<string> {
  const [rule = ''] = stack.ruleNames;
  await fire(rule, { dryRun: true });
  await fire(rule);
  const documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
  const id = await putOver({ stack, documents, username: 'old' });
  documents.destroy();
  await fire(rule);
  await logged(({ _aws, Errors }) => _aws && Errors > 0);
  return id;
}

beforeAll(async () => {
  // The dead letter of the cleanup that fails.
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const log = (line: string) => line.startsWith('{') && lines.push(JSON.parse(line));
  stack = await startStack({ assembly: assembly(), log });
  [ada, phone, admin] = await Promise.all([
    Device.signIn(stack, 'ada'),
    Device.register(stack, 'ada'),
    Device.register(stack, 'root', { groups: ['admin'] }),
  ]);
  await send(`${stack.apiUrl}users/me/sessions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${ada.idToken}`,
      [ORIGIN.header]: ORIGIN.secret,
      'CloudFront-Viewer-Address': '203.0.113.7:46532',
      'CloudFront-Viewer-Country': 'DE',
    },
    body: { userAgent: FIREFOX },
  });
  over = await cleanUps();
  await fire(END_REQUESTS, { userId: 'nobody' });
  await logged(({ message }) => message === 'sessions ended');
});
afterAll(() => stack.close());

const groupOf = (service: string) => `/aws/lambda/${service}`;
const saved = template.all('AWS::Logs::QueryDefinition').map(([, { Name, QueryString, LogGroupNames }]) => ({
  name: Name as string,
  groups: LogGroupNames as string[],
  ...insightsQuery(QueryString),
}));
const [, { DashboardBody }] = template.only('AWS::CloudWatch::Dashboard');
const widgets = JSON.parse(DashboardBody).widgets.filter(({ type }: any) => type === 'log');
const onDashboard = widgets.map(({ properties: { title, query } }: any) => ({
  name: title as string,
  groups: [...query.matchAll(/SOURCE '([^']*)'/g)].map(([, group]) => group as string),
  ...insightsQuery(query.replace(/^SOURCE '[^']*' \| /, '')),
}));

/** The lines that a query finds in its logs. */
async function found(name: string, words: Record<string, string>, is: (line: any) => boolean): Promise<any[]> {
  const query = saved.find((one) => one.name === `aerotage-${name}-dev`);
  await logged(is);
  return lines.filter((line) => query?.groups.includes(groupOf(line.service)) && query.finds(line, words));
}

describe('a saved query finds', () => {
  it('who ended a session, by the user or by the session’s hash', async () => {
    const { userId, signInId } = phone;
    await admin.call('DELETE', `/users/${userId}/sessions/${signInId}`);
    await phone.list();
    const session = hashed(signInId);
    const refused = (line: any) => line.event === 'session_use_after_expire' && line.session === session;
    const byUser = await found('who-ended-a-session', { 'USER-ID': userId }, refused);
    const byHash = await found('who-ended-a-session', { 'SESSION-HASH': session }, refused);
    expect(byHash.map(({ event }) => event)).toEqual([
      'session_created',
      'session_expired',
      'session_use_after_expire',
    ]);
    expect(byHash[1]).toMatchObject({ actor: admin.userId, reason: 'revoked' });
    expect(byUser).toEqual(expect.arrayContaining(byHash));
    expect(await found('who-ended-a-session', {}, refused)).toEqual([]);
  });

  it('that an event from outside ended a user’s sessions', async () => {
    const { userId } = await Device.register(stack, 'cyd');
    await fire(END_REQUESTS, { userId });
    const isEnding = (line: any) => line.message === 'sessions ended' && line.userId === userId;
    const all = await found('who-ended-a-session', { 'USER-ID': userId }, isEnding);
    expect(all).toContainEqual(expect.objectContaining({ reason: 'requested', ended: 1 }));
  });

  it('what an address did', async () => {
    const isAdas = ({ event, address }: any) => event === 'session_created' && address === '203.0.113.7';
    const all = await found('what-an-address-did', { ADDRESS: '203.0.113.7' }, isAdas);
    expect(all.map(({ event, actor }) => [event, actor])).toEqual([['session_created', ada.userId]]);
  });

  it('whose tokens were refused', async () => {
    const { userId, idToken } = await Device.signIn(stack, 'eve');
    const eve = await Device.register(stack, 'eve');
    await eve.logOut();
    await eve.list();
    await send(`${stack.apiUrl}session`, { headers: { authorization: `Bearer ${idToken}x` } });
    const isForged = ({ event }: any) => event === 'authn_token_fail';
    const all = await found('whose-tokens-were-refused', {}, isForged);
    expect(all).toContainEqual(expect.objectContaining({ actor: userId, reason: 'ended' }));
    expect(all.filter(isForged)).not.toEqual([]);
    expect(new Set(all.map(({ level }) => level))).toEqual(new Set(['WARN']));
  });

  it('why a cleanup failed, also if Lambda stopped it', async () => {
    const isLeft = ({ message }: any) => message === 'session not deleted';
    const all = await found('why-a-cleanup-failed', {}, isLeft);
    expect(all.find(isLeft)).toMatchObject({ session: hashed(over), error: { name: 'AccessDeniedException' } });
    const query = saved.find(({ name }) => name.includes('why-a-cleanup'));
    expect(query?.groups).toEqual(['/aws/lambda/aerotage-sessioncleanup-dev']);
    expect([query?.finds(TIMED_OUT), query?.finds({ ...TIMED_OUT, record: { status: 'success' } })]).toEqual([
      true,
      false,
    ]);
  });
});

it('a cleanup counts the live sessions, unless it is a dry run or fails', () => {
  const metrics = lines.filter(({ _aws, Runs }) => _aws && Runs);
  expect(metrics.map(({ Examined, Deleted, Errors, Live }) => [Examined, Deleted, Errors, Live])).toEqual([
    [3, 0, 0, 3],
    [4, 0, 1, undefined],
  ]);
});

it('the dashboard’s counts of sign-ins find registrations, with country and device type', async () => {
  const registration = await logged(({ event, country }) => event === 'session_created' && country);
  expect(registration).toMatchObject({ country: 'DE', deviceType: 'desktop' });
  expect(onDashboard.map(({ fields }: any) => fields)).toEqual([
    ['event', 'country'],
    ['event', 'deviceType'],
  ]);
  for (const { groups, finds } of onDashboard) {
    expect([groups, finds(registration)]).toEqual([[groupOf(registration.service)], true]);
    expect(lines.filter((line) => line.event !== 'session_created' && finds(line))).toEqual([]);
  }
});

it.each([...saved, ...onDashboard])('every field that "$name" names is in a line of its logs', (query) => {
  const [, { AccessLogSetting }] = template.only('AWS::ApiGateway::Stage');
  const known = [
    ...lines.filter(({ service }) => query.groups.includes(groupOf(service))),
    ...(query.groups.includes('/aws/apigateway/aerotage-sessions-dev') ? [JSON.parse(AccessLogSetting.Format)] : []),
    ...(query.name.includes('cleanup') ? [TIMED_OUT] : []),
  ];
  // A provider's messages have one more, which their own test looks at.
  const named = query.fields.filter((field: string) => field !== 'issuer');
  expect(named.filter((field: string) => known.every((line) => fieldOf(line, field) === undefined))).toEqual([]);
});

it('the runbook names each saved query, and how the log names a session', () => {
  for (const { name } of saved)
    expect(RUNBOOK).toContain(`\`${name.replace('aerotage', '{app}').replace('dev', '{stage}')}\``);
  const [, command = ''] = /`(printf .*?)`/.exec(RUNBOOK) ?? [];
  const named = execFileSync('sh', ['-c', command.replace('SESSION-ID', phone.signInId)], { encoding: 'utf8' });
  expect(named.trim()).toBe(hashed(phone.signInId));
});
