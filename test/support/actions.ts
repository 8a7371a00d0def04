import type { Assembly } from '../../local/assembly';

/** Which DynamoDB actions each function's role lists, by the function's name. */
export function actionsByFunction(resources: Assembly['resources']): Record<string, Record<string, string[]>> {
  const found: Record<string, Record<string, string[]>> = {};
  const typed = (type: string) => Object.values(resources).filter(({ Type }) => Type === type);
  for (const { Properties } of typed('AWS::Lambda::Function')) {
    const role = Properties.Role['Fn::GetAtt'][0];
    const policies = typed('AWS::IAM::Policy').filter((policy) => policy.Properties.Roles[0].Ref === role);
    const statements = policies
      .flatMap((policy) => policy.Properties.PolicyDocument.Statement)
      // What may be done to two tables is one statement.
      .flatMap(({ Action, Resource }) => [Resource].flat().map((one) => ({ Action, Resource: one })));
    const actions: Record<string, string[]> = {};
    for (const { Action, Resource } of statements) {
      const text = JSON.stringify(Resource);
      const on = text.includes('/index/')
        ? 'index'
        : text.includes('SignIns')
          ? 'signIns'
          : text.includes('CleanupRuns')
            ? 'cleanupRuns'
            : text.includes('Sessions')
              ? 'sessions'
              : 'other';
      actions[on] = [...(actions[on] ?? []), ...[Action].flat()].sort();
    }
    found[Properties.FunctionName] = actions;
  }
  return found;
}
