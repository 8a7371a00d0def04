import { type Person, USER_AGENT } from './local-run';

/** A route's request, as the gateway hands it to a function. */
export interface Asked {
  /** Method and path as the stack has them, such as `GET /users/{id}/sessions`. */
  readonly route: string;
  readonly person: Person;
  readonly sessionId?: string;
  readonly body?: object;
}

function common({ route, person, sessionId, body }: Asked) {
  const [httpMethod = '', resource = ''] = route.split(' ');
  const pathParameters = { id: person.userId, ...(sessionId && { sessionId }) };
  const path = resource.replace('{id}', person.userId).replace('{sessionId}', sessionId ?? '');
  const headers = {
    accept: '*/*',
    'accept-encoding': 'gzip, deflate',
    authorization: `Bearer ${person.idToken}`,
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
  };
  return {
    httpMethod,
    resource,
    path,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters,
    stageVariables: null,
    body: body ? JSON.stringify(body) : null,
    isBase64Encoded: false,
    requestContext: {
      // As the local template resolves the API's id.
      apiId: 'local',
      requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      httpMethod,
      resourcePath: resource,
      identity: { sourceIp: '127.0.0.1', userAgent: USER_AGENT },
    },
  };
}

/** What the authorizer is asked. */
export function authorizerEvent(asked: Asked) {
  const event = common(asked);
  const methodArn = `arn:aws:execute-api:us-east-1:000000000000:local/dev/${event.httpMethod}${event.path}`;
  return { ...event, type: 'REQUEST', methodArn };
}

/** What a route's function is asked, after the authorizer has said who it is. */
export function routeEvent(asked: Asked) {
  const event = common(asked);
  const { sub, auth_time, origin_jti } = asked.person.claims;
  const authorizer = {
    principalId: sub,
    userId: sub,
    role: 'user',
    signedInAt: String(auth_time * 1_000),
    signInId: origin_jti,
  };
  return { ...event, requestContext: { ...event.requestContext, authorizer } };
}
