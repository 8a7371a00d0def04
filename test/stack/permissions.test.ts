import { allows, readRoles } from '../../local/policies';
import { synthesizedTemplate } from '../support/stack';

const template = synthesizedTemplate();
const SOURCE = 'aerotage-sessions-dev';
const KINDS = ['Dry Run Requested', 'End Sessions', 'Session Created', 'Session Revoked'];
const [, { Name: bus }] = template.only('AWS::Events::EventBus');

function statementsOf(functionName: string) {
  const functions = template.all('AWS::Lambda::Function').map(([, properties]) => properties);
  const { Role } = functions.find(({ FunctionName }) => FunctionName === functionName) ?? {};
  return readRoles(template)(Role);
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
