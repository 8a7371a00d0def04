import { Problem } from './problem';
import type { Template } from './template';

export interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
}

/** AWS's own policies that a function may have here: they allow what a function does with itself, no tables. */
const BASIC_POLICY = /:policy\/service-role\/AWSLambdaBasic(Durable)?ExecutionRole(Policy)?$/;

/**
 * Whether policy statements allow an action on a resource: the rule of IAM, where a deny outweighs any allow and
 * what is not allowed is denied.
 */
export function allows(statements: readonly Statement[], action: string, resource: string): boolean {
  const applying = statements.filter(
    (statement) => matches(statement.Action, action) && matches(statement.Resource, resource),
  );
  return applying.some(({ Effect }) => Effect === 'Allow') && applying.every(({ Effect }) => Effect !== 'Deny');
}

/** Whether one of the patterns, with `*` for anything and `?` for one character, matches the whole text. */
export function matches(patterns: string | readonly string[], text: string): boolean {
  return [patterns].flat().some((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.');
    return new RegExp(`^${source}$`, 's').test(text);
  });
}

/** @returns what a role, by its ARN, is allowed to do */
export function readRoles(template: Template): (roleArn: string) => readonly Statement[] {
  const roles = new Map(template.all('AWS::IAM::Role'));
  return (roleArn) => {
    const id = roleArn.split('/').pop() ?? '';
    const { ManagedPolicyArns = [], Policies = [] } = roles.get(id) ?? {};
    const unknown = ManagedPolicyArns.find((arn: string) => !BASIC_POLICY.test(arn));
    if (unknown) throw new Problem(`The local run does not know the policy ${unknown} of the role ${id}.`);
    const attached = template.all('AWS::IAM::Policy').filter(([, { Roles = [] }]) => Roles.includes(id));
    const documents = [...Policies, ...attached.map(([, policy]) => policy)].map(
      ({ PolicyDocument }) => PolicyDocument,
    );
    const statements = documents.flatMap(({ Statement }) => Statement);
    if (statements.some((statement) => statement.Condition || statement.NotAction || statement.NotResource)) {
      throw new Problem(
        `The local run does not support conditions and negations in a policy, which the role ${id} has.`,
      );
    }
    return statements;
  };
}

/** Which function a service may call, and in the name of which resource. */
export function readInvokePermissions(
  template: Template,
  service: string,
): (functionArn: string, sourceArn: string) => boolean {
  const permissions = template.all('AWS::Lambda::Permission').filter(([, { Principal }]) => Principal === service);
  return (functionArn, sourceArn) =>
    permissions.some(
      ([, { FunctionName, SourceArn }]) => FunctionName === functionArn && matches(SourceArn, sourceArn),
    );
}
