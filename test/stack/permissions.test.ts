import { readAssembly } from '../../local/assembly';
import { allows, readRoles } from '../../local/policies';
import { resolveTemplate, type Template } from '../../local/template';
import { synthesizedTemplate, synthesizeStage } from '../support/stack';

const template = synthesizedTemplate();
const SOURCE = 'aerotage-sessions-dev';
const KINDS = ['Dry Run Requested', 'End Sessions', 'Session Created', 'Session Revoked'];
const [, { Name: bus }] = template.only('AWS::Events::EventBus');

function statementsOf(functionName: string, of: Template = template) {
  const functions = of.all('AWS::Lambda::Function').map(([, properties]) => properties);
  const { Role } = functions.find(({ FunctionName }) => FunctionName === functionName) ?? {};
  return readRoles(of)(Role);
}

/** Whether a function may put an event on the stage's bus. */
function mayPut(functionName: string, facts: Record<string, string[]>): boolean {
  const statements = statementsOf(functionName);
  const resource = statements.find(({ Action }) => Action === 'events:PutEvents')?.Resource as string;
  expect(resource).toMatch(new RegExp(`:event-bus/${bus}$`));
  return allows(statements, 'events:PutEvents', resource, facts);
}

describe.each([
  ['that requests a dry run', 'aerotage-requestdryrun-dev', ['Dry Run Requested']],
  ['that a password reset calls', 'aerotage-passwordreset-dev', ['End Sessions']],
  ['that announces sessions', 'aerotage-announcesessions-dev', ['Session Created', 'Session Revoked']],
])('the function %s', (_, name, own) => {
  const kind = String(own.at(-1));

  it.each(KINDS)('can put its own kinds of events on the bus and no other: %s', (one) => {
    expect(mayPut(name, { 'events:source': [SOURCE], 'events:detail-type': [one] })).toBe(own.includes(one));
  });

  it('can put no event of another source, alone or beside its own', () => {
    expect(mayPut(name, { 'events:source': ['another'], 'events:detail-type': [kind] })).toBe(false);
    expect(mayPut(name, { 'events:source': [SOURCE, 'another'], 'events:detail-type': [kind] })).toBe(false);
    expect(mayPut(name, { 'events:source': [SOURCE, SOURCE], 'events:detail-type': [kind, kind] })).toBe(true);
  });
});

it('an End Sessions event reaches its function, whomever it names or not: so it is never dropped unseen', () => {
  const rules = template.all('AWS::Events::Rule').map(([, properties]) => properties);
  const { EventPattern } = rules.find(({ Name }) => Name === 'aerotage-session-end-requests-dev') ?? {};
  expect(EventPattern).toEqual({ 'detail-type': ['End Sessions'] });
});

it('logging out can delete a session and put none', () => {
  const statements = statementsOf('aerotage-logout-dev');
  const sessions = statements.find(({ Action }) => [Action].flat().includes('dynamodb:DeleteItem'))?.Resource as string;
  expect(sessions).toMatch(/table\/aerotage-user-sessions-dev$/);
  const may = (action: string) => allows(statements, `dynamodb:${action}`, sessions);
  expect(['DeleteItem', 'PutItem', 'UpdateItem', 'BatchWriteItem'].filter(may)).toEqual(['DeleteItem']);
});

describe('a stage that signs out at the user pool and remembers devices', () => {
  const assembly = readAssembly(synthesizeStage({ signOutAtPool: true, newDeviceEvents: true }, { name: 'dev' }));
  const asked = resolveTemplate(assembly, { issuer: 'http://issuer.test' });
  const pool = `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${asked.ref(asked.only('AWS::Cognito::UserPool')[0])}`;
  const maySignOut = (name: string, resource: string, of?: Template) =>
    allows(statementsOf(name, of), 'cognito-idp:AdminUserGlobalSignOut', resource);

  it.each([
    ['aerotage-logout-dev', true],
    ['aerotage-terminatesessions-dev', true],
    ['aerotage-terminatesession-dev', false],
    ['aerotage-findusers-dev', false],
  ])('lets %s sign users out there: %p, in no other pool, and not without the option', (name, may) => {
    expect(maySignOut(name, pool, asked)).toBe(may);
    expect(maySignOut(name, `${pool}2`, asked)).toBe(false);
    expect(maySignOut(name, pool)).toBe(false);
  });

  it.each(['PutItem', 'UpdateItem'])('lets the announcer write devices, and no mark of a sign-in: %s', (action) => {
    const signIns = 'arn:aws:dynamodb:us-east-1:000000000000:table/aerotage-sign-ins-dev';
    const may = (key: string) =>
      allows(statementsOf('aerotage-announcesessions-dev', asked), `dynamodb:${action}`, signIns, {
        'dynamodb:LeadingKeys': [key],
      });
    expect([may('device:hash'), may('hash'), may('user:hash')]).toEqual([true, false, false]);
  });
});
