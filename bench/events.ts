import { type Operation, ROUTES, USER_AGENT } from './operations';
import type { Person } from './people';

/** A person's request, as the gateway hands it to a function. */
function gatewayEvent(operation: Operation, { device, other }: Person) {
  const { method, resource, body } = ROUTES[operation];
  const headers = {
    accept: '*/*',
    'accept-encoding': 'gzip, deflate',
    authorization: `Bearer ${device.idToken}`,
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
  };
  return {
    httpMethod: method,
    resource,
    path: resource.replace('{id}', device.userId).replace('{sessionId}', other),
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { id: device.userId, ...(resource.includes('{sessionId}') && { sessionId: other }) },
    stageVariables: null,
    body: body ? JSON.stringify(body) : null,
    isBase64Encoded: false,
    requestContext: {
      // As the local template resolves the API's id.
      apiId: 'local',
      requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      httpMethod: method,
      resourcePath: resource,
      identity: { sourceIp: '127.0.0.1', userAgent: USER_AGENT },
    },
  };
}

/** The event of the authorizer. */
export function authorizerEvent(operation: Operation, person: Person) {
  const event = gatewayEvent(operation, person);
  const methodArn = `arn:aws:execute-api:us-east-1:000000000000:local/dev/${event.httpMethod}${event.path}`;
  return { ...event, type: 'REQUEST', methodArn };
}

/** The event of the route's function, after the authorizer has said who the caller is. */
export function routeEvent(operation: Operation, person: Person) {
  const event = gatewayEvent(operation, person);
  const { sub, auth_time, origin_jti } = person.device.claims;
  const authorizer = {
    principalId: sub,
    userId: sub,
    role: 'user',
    signedInAt: String(auth_time * 1_000),
    signInId: origin_jti,
  };
  return { ...event, requestContext: { ...event.requestContext, authorizer } };
}

/** The same request over HTTP. */
export function httpRequest(operation: Operation, person: Person) {
  const { httpMethod: method, path, headers, body } = gatewayEvent(operation, person);
  return { method, path, headers, body };
}
export type HttpRequest = ReturnType<typeof httpRequest>;
