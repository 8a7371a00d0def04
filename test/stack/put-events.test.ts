import { allows, readRoles } from '../../local/policies';
import { synthesizedTemplate } from '../support/stack';

const template = synthesizedTemplate();
const SOURCE = 'aerotage-sessions-dev';
const KINDS = ['Cleanup Requested', 'End Sessions', 'Session Revoked'];
const [, { Name: bus }] = template.only('AWS::Events::EventBus');

/** What a function may put on the stage's bus. */
function mayPut(functionName: string, facts: Record<string, string[]>): boolean {
  const functions = template.all('AWS::Lambda::Function').map(([, properties]) => properties);
  const { Role } = functions.find(({ FunctionName }) => FunctionName === functionName) ?? {};
  const statements = readRoles(template)(Role);
  const resource = statements.find(({ Action }) => Action === 'events:PutEvents')?.Resource as string;
  expect(resource).toMatch(new RegExp(`:event-bus/${bus}$`));
  return allows(statements, 'events:PutEvents', resource, facts);
}

describe.each([
  ['that requests a dry run', 'aerotage-requestcleanup-dev', 'Cleanup Requested'],
  ['that a password reset calls', 'aerotage-passwordreset-dev', 'End Sessions'],
  ['that announces ended sessions', 'aerotage-sessionended-dev', 'Session Revoked'],
])('the function %s', (_, name, kind) => {
  it.each(KINDS)('can put its own kind of event on the bus and no other: %s', (one) => {
    expect(mayPut(name, { 'events:source': [SOURCE], 'events:detail-type': [one] })).toBe(one === kind);
  });

  it('can put no event of another source, and none that does not say what it is', () => {
    expect(mayPut(name, { 'events:source': ['another'], 'events:detail-type': [kind] })).toBe(false);
    expect(mayPut(name, {})).toBe(false);
  });
});

it('an End Sessions event reaches its function, whomever it names or not: so it is never dropped unseen', () => {
  const rules = template.all('AWS::Events::Rule').map(([, properties]) => properties);
  const { EventPattern } = rules.find(({ Name }) => Name === 'aerotage-session-end-requests-dev') ?? {};
  expect(EventPattern).toEqual({ 'detail-type': ['End Sessions'] });
});
