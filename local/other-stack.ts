import { Problem } from '../command/problem';
import type { Assembly } from './assembly';
import { callingFunctions, type Endpoints, type Functions, localFunctions } from './functions';
import { type Gateway, localGateway } from './gateway';
import { localHttpApi } from './http-api';
import { resolveTemplate, type Template } from './template';

/** Another stack of the team, whose API the session backend's authorizer guards. */
export interface OtherStack {
  readonly gateway: Gateway;
  readonly functionOf: ReturnType<typeof callingFunctions>;
  readonly functions: Functions;
}

/**
 * Serves a stack's API beside the session backend.
 * @param ours what it imports from, and whose functions it may call
 * @throws a problem that names what the stack has and the local run does not support
 */
export function otherStack(
  assembly: Assembly,
  ours: { readonly template: Template; readonly functions: Functions },
  endpoints: Endpoints,
  log: (line: string) => void,
): OtherStack {
  const template = resolveTemplate(assembly, { issuer: '', apiId: 'other', imports: ours.template.exported });
  const own = localFunctions(template, endpoints, log);
  const names = new Set(template.all('AWS::Lambda::Function').map(([, { FunctionName }]) => FunctionName));
  const functions: Functions = {
    ...own,
    invoke: (arn, event) => (names.has(arn.split(':')[6]) ? own : ours.functions).invoke(arn, event),
  };
  const isRest = template.all('AWS::ApiGateway::RestApi').length > 0;
  if (!isRest && template.all('AWS::ApiGatewayV2::Api').length === 0) {
    throw new Problem('The stack that is to be served too has no API: a REST API or an HTTP API is expected.');
  }
  const gateway = isRest ? localGateway(template, functions) : localHttpApi(template, functions);
  return { gateway, functionOf: callingFunctions(template), functions };
}
