import type { Listed } from '../fault';

const POLICIES = 'local/policies.ts';
const AUTHORIZER = 'local/gateway-authorizer.ts';
const METHODS = 'local/gateway-methods.ts';

export const local: readonly Listed[] = [
  {
    name: 'deny-outweighed',
    file: POLICIES,
    find: "if (applying.some(({ Effect }) => Effect === 'Deny')) return 'denied';",
    put: '',
    breaks: 'Locally, a policy that denies something allows it.',
  },
  {
    name: 'conditions-ignored',
    file: POLICIES,
    find: 'holds(operator, [wanted].flat(), facts[key] ?? [])',
    put: 'true',
    breaks: 'Locally, a role may do what its conditions forbid.',
  },
  {
    name: 'pattern-in-part',
    file: POLICIES,
    find: "new RegExp(`^${source}$`, 's')",
    put: "new RegExp(`^${source}`, 's')",
    breaks: 'Locally, a permission for a table counts for its index.',
  },
  {
    name: 'dots-for-anything',
    file: POLICIES,
    find: '/[.+^${}()|[\\]\\\\]/g',
    put: '/[+^${}()|[\\]\\\\]/g',
    breaks: 'Locally, a permission counts for other names of the same length.',
  },
  {
    name: 'missing-value-holds',
    file: POLICIES,
    find: "values.length > 0 ? values.every(compare) : name === 'StringNotEquals'",
    put: 'values.every(compare)',
    breaks: 'Locally, a condition on a value that a request lacks holds.',
  },
  {
    name: 'unknown-conditions',
    file: POLICIES,
    find: 'if (key !== undefined || !OPERATOR.test(operator)) {',
    put: 'if (key !== undefined && !OPERATOR.test(operator)) {',
    breaks: 'Locally, a condition that is not understood is ignored.',
  },
  {
    name: 'context-of-implicit-deny',
    file: AUTHORIZER,
    find: "throw new GatewayAnswer('ACCESS_DENIED', 403);",
    put: "throw new GatewayAnswer('ACCESS_DENIED', 403, decision.context);",
    breaks: 'Locally, a refusal says more than AWS documents.',
  },
  {
    name: 'kept-for-all',
    file: AUTHORIZER,
    find: 'JSON.stringify([functionArn, ...identity])',
    put: 'JSON.stringify([functionArn])',
    breaks: 'Locally, one token’s cached answer counts for all.',
  },
  {
    name: 'kept-policy-unchecked',
    file: AUTHORIZER,
    find: "switch (verdict(decision.statements, 'execute-api:Invoke', methodArn)) {",
    put: "switch (decision.statements.some(({ Effect }) => Effect === 'Allow') ? 'allowed' : 'denied') {",
    breaks: 'Locally, a policy that allows one route allows all.',
  },
  {
    name: 'missing-identity',
    file: AUTHORIZER,
    find: "if (identity.some((value) => !value)) throw new GatewayAnswer('UNAUTHORIZED', 401);",
    put: '',
    breaks: 'Locally, the authorizer is asked without what its answer is kept by.',
  },
  {
    name: 'failure-as-401',
    file: AUTHORIZER,
    find: "if (error.message === 'Unauthorized') throw",
    put: 'if (error.message) throw',
    breaks: 'Locally, an authorizer that fails is answered with 401 in place of 503.',
  },
  {
    name: 'context-of-objects',
    file: AUTHORIZER,
    find: '!policyDocument?.Statement || !isFlat',
    put: '!policyDocument?.Statement',
    breaks: 'Locally, a context passes that AWS refuses.',
  },
  {
    name: 'unsupported-authorization',
    file: METHODS,
    find: "if (!authorizer && AuthorizationType !== 'NONE') {",
    put: "if (!authorizer && AuthorizationType === 'CUSTOM') {",
    breaks: 'Locally, a route with an authorization that is not understood is open.',
  },
  {
    name: 'default-cache',
    file: METHODS,
    find: 'AuthorizerResultTtlInSeconds = 300',
    put: 'AuthorizerResultTtlInSeconds = 0',
    breaks: 'Locally, an authorizer without a stated time is not cached, as it would be in AWS.',
  },
  {
    name: 'call-without-permission',
    file: 'local/gateway.ts',
    find: "if (!mayInvoke(functionArn, arn.replace(/\\{[^}]+\\}/g, 'x')))",
    put: 'if (functionArn === undefined)',
    breaks: 'Locally, a function answers that the gateway has no permission to call.',
  },
  {
    name: 'function-error-in-answer',
    file: 'local/gateway.ts',
    find: "if (error instanceof FunctionFailure) throw new GatewayAnswer('DEFAULT_5XX', 502);",
    put: '',
    breaks: 'Locally, a function’s failure is printed as a defect of the gateway.',
  },
  {
    name: 'any-host',
    file: 'local/origins.ts',
    find: 'if (isOurs(host)) return undefined;',
    put: 'if (isOurs(host) || host) return undefined;',
    breaks: 'A page whose name leads to 127.0.0.1 can read the local run.',
  },
  {
    name: 'any-page',
    file: 'local/origins.ts',
    find: 'origin === undefined || isOurs(',
    put: 'origin !== undefined || isOurs(',
    breaks: 'Any page that is open in the browser can sign in to the local run.',
  },
];
