import { Problem } from '../command/problem';
import type { Template } from './template';

export interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

/** What is known of a request beyond its action and resource: the values of condition keys. */
export type Facts = Readonly<Record<string, readonly string[]>>;

/** AWS's own policies that a function may have here: they allow what a function does with itself, no tables. */
const BASIC_POLICY = /:policy\/service-role\/AWSLambdaBasic(Durable)?ExecutionRole(Policy)?$/;

/** The condition keys whose values the local run knows. */
const KNOWN_KEYS = [
  'dynamodb:Attributes',
  'dynamodb:LeadingKeys',
  'dynamodb:EnclosingOperation',
  'events:source',
  // Of the table's own key, which is not here: what is allowed by it is not asked for.
  'kms:ViaService',
  'events:detail-type',
];

const COMPARE: Readonly<Record<string, (wanted: readonly string[], value: string) => boolean>> = {
  StringEquals: (wanted, value) => wanted.includes(value),
  StringNotEquals: (wanted, value) => !wanted.includes(value),
  StringLike: (wanted, value) => matches(wanted, value),
};
const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?(StringEquals|StringNotEquals|StringLike)$/;

/** What policy statements say of a request; denied implicitly is what no statement applies to. */
export type Verdict = 'allowed' | 'denied' | 'denied implicitly';

/**
 * What policy statements say of an action on a resource, by the rule of IAM: a deny outweighs any allow, and what is
 * not allowed is denied.
 * @param facts the values of the condition keys; a key that a request has no value for is absent or empty
 */
export function verdict(
  statements: readonly Statement[],
  action: string,
  resource: string,
  facts: Facts = {},
): Verdict {
  const applying = statements.filter(
    ({ Action, Resource, Condition = {} }) =>
      matches(Action, action) &&
      matches(Resource, resource) &&
      Object.entries(Condition).every(([operator, keys]) =>
        Object.entries(keys).every(([key, wanted]) => holds(operator, [wanted].flat(), facts[key] ?? [])),
      ),
  );
  if (applying.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return applying.some(({ Effect }) => Effect === 'Allow') ? 'allowed' : 'denied implicitly';
}

/** Whether policy statements allow an action on a resource. */
export const allows = (...request: Parameters<typeof verdict>): boolean => verdict(...request) === 'allowed';

/** Without values, `ForAllValues` and a negated operator hold, and nothing else does: so IAM defines it. */
function holds(operator: string, wanted: readonly string[], values: readonly string[]): boolean {
  const [, set, name = ''] = OPERATOR.exec(operator) ?? [];
  const compare = (value: string) => COMPARE[name]?.(wanted, value) ?? false;
  if (set === 'ForAllValues') return values.every(compare);
  if (set === 'ForAnyValue') return values.some(compare);
  return values.length > 0 ? values.every(compare) : name === 'StringNotEquals';
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
    for (const statement of statements) assertSupported(statement, id);
    return statements;
  };
}

function assertSupported({ NotAction, NotResource, Condition = {} }: any, role: string): void {
  if (NotAction || NotResource) {
    throw new Problem(`The local run does not support negations in a policy, which the role ${role} has.`);
  }
  for (const [operator, keys] of Object.entries<object>(Condition)) {
    const key = Object.keys(keys).find((one) => !KNOWN_KEYS.includes(one));
    if (key !== undefined || !OPERATOR.test(operator)) {
      throw new Problem(
        `The local run does not support the condition ${JSON.stringify({ [operator]: keys })}, which the role ${role} has.`,
      );
    }
  }
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
