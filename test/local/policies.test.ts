import { allows, matches, readRoles, type Statement, verdict } from '../../local/policies';
import type { Template } from '../../local/template';

const statement = (changes: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action: 'a:Read',
  Resource: 'r',
  ...changes,
});

describe('a policy decides by the rule of IAM:', () => {
  it.each<[string, Statement[], string]>([
    ['nothing', [], 'denied implicitly'],
    ['just that', [statement()], 'allowed'],
    ['another action', [statement({ Action: 'a:Write' })], 'denied implicitly'],
    ['a longer resource', [statement({ Resource: 'rr' })], 'denied implicitly'],
    ['a resource that it begins with', [statement({ Resource: '' })], 'denied implicitly'],
    ['a wildcard among others', [statement({ Action: ['b:*', 'a:*'], Resource: ['x', 'r*'] })], 'allowed'],
    ['that, and a deny of it', [statement(), statement({ Effect: 'Deny' })], 'denied'],
    ['that, and a deny of something else', [statement(), statement({ Effect: 'Deny', Resource: 'x' })], 'allowed'],
    ['a deny alone', [statement({ Effect: 'Deny' })], 'denied'],
  ])('%s', (_, statements, expected) => {
    expect(verdict(statements, 'a:Read', 'r')).toBe(expected);
  });

  it('a pattern fits as a whole, its dots are dots, and a star goes over slashes and lines', () => {
    expect(matches('a.b/*', 'a.b/c/d\ne')).toBe(true);
    expect(matches('a.b', 'axb')).toBe(false);
    expect(matches('b', 'abc')).toBe(false);
    expect(matches('table/one', 'table/one/index/x')).toBe(false);
    expect([matches('a?c', 'abc'), matches('a?c', 'ac')]).toEqual([true, false]);
  });
});

describe('a condition', () => {
  const holds = (operator: string, values: string[] | undefined, wanted: string | string[] = ['x', 'y']) =>
    allows(
      [statement({ Condition: { [operator]: { 'events:source': wanted } } })],
      'a:Read',
      'r',
      values && { 'events:source': values },
    );

  it.each<[string, string[] | undefined, boolean]>([
    ['StringEquals', ['x'], true],
    ['StringEquals', ['z'], false],
    ['StringEquals', ['x', 'z'], false],
    ['StringEquals', undefined, false],
    ['StringNotEquals', ['z'], true],
    ['StringNotEquals', ['x'], false],
    ['StringNotEquals', undefined, true],
    ['ForAllValues:StringEquals', ['x', 'y'], true],
    ['ForAllValues:StringEquals', ['x', 'z'], false],
    ['ForAllValues:StringEquals', undefined, true],
    ['ForAnyValue:StringEquals', ['x', 'z'], true],
    ['ForAnyValue:StringEquals', ['z'], false],
    ['ForAnyValue:StringEquals', undefined, false],
  ])('%s of x and y, with %j, holds: %j', (operator, values, expected) => {
    expect(holds(operator, values)).toBe(expected);
  });

  it('StringLike has wildcards', () => {
    expect(holds('StringLike', ['aws.cognito'], 'aws.*')).toBe(true);
    expect(holds('StringLike', ['team'], 'aws.*')).toBe(false);
  });
});

describe('a role', () => {
  const ROLE = 'AWS::IAM::Role';
  const roleOf = (document: object, role: object = {}) => {
    const resources: Record<string, [string, object][]> = {
      [ROLE]: [['Role', role]],
      'AWS::IAM::Policy': [
        ['Policy', { Roles: ['Role'], PolicyDocument: { Statement: [document] } }],
        ['Other', { Roles: ['Another'], PolicyDocument: { Statement: [statement({ Action: 'other' })] } }],
      ],
    };
    const template = { all: (type: string) => resources[type] ?? [] } as unknown as Template;
    return readRoles(template)('arn:aws:iam::000000000000:role/Role');
  };

  it('has its own policies and those that are attached to it', () => {
    const own = { Policies: [{ PolicyDocument: { Statement: [statement({ Action: 'own' })] } }] };
    expect(roleOf(statement(), own)).toEqual([statement({ Action: 'own' }), statement()]);
  });

  it.each<[string, object]>([
    ['an unknown operator', { Condition: { Bool: { 'events:source': 'true' } } }],
    ['an unknown key', { Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } }],
    ['NotAction', { NotAction: ['a:*'] }],
    ['NotResource', { NotResource: ['r'] }],
  ])('with %s is refused, and never taken for one without it', (_, changes) => {
    expect(() => roleOf({ ...statement(), ...changes })).toThrow(/does not support .* the role Role has/);
  });

  it('with a managed policy that nobody knows is refused', () => {
    const arn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    expect(() => roleOf(statement(), { ManagedPolicyArns: [arn] })).toThrow(`does not know the policy ${arn}`);
  });
});
