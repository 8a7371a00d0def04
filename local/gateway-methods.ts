import { Problem } from '../command/problem';
import { GatewayAnswer, staticHeaders } from './gateway-answers';
import { preflightOrigins } from './preflight';
import type { Template } from './template';

/** The function that an integration or an authorizer calls. */
export const functionIn = (uri: string): string | undefined => FUNCTION_URI.exec(uri)?.[1];

const FUNCTION_URI = /:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/;

/** A method of the API, as the template has it. */
export interface Method {
  readonly resourcePath: string;
  readonly functionArn?: string;
  readonly authorizer?: Authorizer;
  readonly mock?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly origins: readonly string[];
  };
}

export interface Authorizer {
  readonly functionArn: string;
  readonly identitySources: readonly string[];
  readonly cacheSeconds: number;
}

/**
 * The API's methods, by name and path.
 * @throws a problem that names what the template asks for and the local run does not do
 */
export function readMethods(template: Template): ReadonlyMap<string, Method> {
  const resources = new Map(template.all('AWS::ApiGateway::Resource'));
  const authorizers = new Map(
    template.all('AWS::ApiGateway::Authorizer').map(([id, properties]) => [id, readAuthorizer(id, properties)]),
  );
  const pathOf = (id: string): string => {
    const resource = resources.get(id);
    if (!resource) return '';
    if (resource.PathPart.endsWith('+}'))
      throw new Problem(`The local run does not support ${resource.PathPart}, which the resource ${id} has.`);
    return `${pathOf(resource.ParentId)}/${resource.PathPart}`;
  };
  return new Map(
    template.all('AWS::ApiGateway::Method').map(([id, properties]) => {
      const {
        HttpMethod,
        ResourceId,
        AuthorizationType,
        AuthorizerId,
        Integration,
        ApiKeyRequired,
        RequestValidatorId,
        RequestParameters,
      } = properties;
      const resourcePath = pathOf(ResourceId) || '/';
      const unsupported = { ApiKeyRequired, RequestValidatorId, RequestParameters };
      for (const [name, value] of Object.entries(unsupported)) {
        if (value) throw new Problem(`The local run does not support ${name}, which the method ${id} has.`);
      }
      if (HttpMethod === 'ANY') throw new Problem(`The local run does not support the method ANY, which ${id} has.`);
      const authorizer = AuthorizationType === 'CUSTOM' ? authorizers.get(AuthorizerId) : undefined;
      if (!authorizer && AuthorizationType !== 'NONE') {
        throw new Problem(
          `The local run does not support the authorization ${AuthorizationType}, which the method ${id} has.`,
        );
      }
      return [`${HttpMethod} ${resourcePath}`, { resourcePath, authorizer, ...readIntegration(id, Integration) }];
    }),
  );
}

function readIntegration(
  id: string,
  { Type, Uri, RequestTemplates, IntegrationResponses }: any,
): Pick<Method, 'functionArn' | 'mock'> {
  if (Type === 'AWS_PROXY') {
    const functionArn = functionIn(Uri);
    if (!functionArn)
      throw new Problem(`The local run does not know the function that the method ${id} calls: ${Uri}.`);
    return { functionArn };
  }
  const [only, ...more] = IntegrationResponses ?? [];
  const fixed = /^\{ *"?statusCode"?: *\d+ *\}$/.test(RequestTemplates?.['application/json'] ?? '');
  if (Type !== 'MOCK' || !fixed || !only || more.length > 0) {
    throw new Problem(
      `The local run does not support the integration of the method ${id}: a function, or a fixed answer, is expected.`,
    );
  }
  return {
    mock: {
      status: Number(only.StatusCode),
      headers: staticHeaders(only.ResponseParameters, 'method.response.header.'),
      origins: preflightOrigins(id, only.ResponseTemplates),
    },
  };
}

function readAuthorizer(
  id: string,
  { Type, AuthorizerUri, IdentitySource, AuthorizerResultTtlInSeconds = 300 }: any,
): Authorizer {
  const functionArn = functionIn(AuthorizerUri);
  if (Type !== 'REQUEST' || !functionArn)
    throw new Problem(`The local run does not support the authorizer ${id}: its type is ${Type}.`);
  const identitySources = IdentitySource ? IdentitySource.split(',') : [];
  return { functionArn, identitySources, cacheSeconds: AuthorizerResultTtlInSeconds };
}

/** @throws the gateway's answer to a request that no method takes */
export function findMethod(
  methods: ReadonlyMap<string, Method>,
  method: string,
  path: string,
): { found: Method; parameters: Record<string, string> } {
  // A slash at the end makes no difference to a REST API; the function sees it.
  const asked = path.replace(/(?<=.)\/$/, '');
  for (const [key, found] of methods) {
    const parameters = key === `${method} ${found.resourcePath}` ? matchPath(found.resourcePath, asked) : undefined;
    if (parameters) return { found, parameters };
  }
  throw new GatewayAnswer('MISSING_AUTHENTICATION_TOKEN', 403);
}

/** @returns the parameters of a path that fits a pattern such as `/users/{id}`; undefined if it does not */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, parts] = [pattern.split('/'), path.split('/')];
  const parameters: Record<string, string> = {};
  const fits = wanted.every((part, index) => {
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    if (name && parts[index]) parameters[name] = parts[index];
    return name ? Boolean(parts[index]) : part === parts[index];
  });
  return fits && wanted.length === parts.length ? parameters : undefined;
}
