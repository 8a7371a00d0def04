/**
 * The events that AWS documents for authorizers, by the kind of API. A client can choose the headers, the query string,
 * the path and a GraphQL request; everything else the service writes.
 */

const STAGE = 'arn:aws:execute-api:us-east-1:123456789012:abcdef123/test';

/** API Gateway Developer Guide, "Input to an API Gateway Lambda authorizer", with the headers of a real request. */
const rest = {
  type: 'REQUEST',
  methodArn: `${STAGE}/GET/request`,
  resource: '/request',
  path: '/request',
  httpMethod: 'GET',
  headers: { 'X-AMZ-Date': '20170718T062915Z', Accept: '*/*', HeaderAuth1: 'headerValue1', 'User-Agent': 'Firefox' },
  queryStringParameters: { QueryString1: 'queryValue1' },
  pathParameters: {},
  stageVariables: { StageVar1: 'stageValue1' },
  requestContext: {
    path: '/request',
    accountId: '123456789012',
    resourceId: '05c7jb',
    stage: 'test',
    requestId: 'request-1',
    identity: { apiKey: '...', sourceIp: '192.0.2.1' },
    resourcePath: '/request',
    httpMethod: 'GET',
    apiId: 'abcdef123',
  },
};

/** "Control access to HTTP APIs with AWS Lambda authorizers", payload format version 1.0. */
const httpApi1 = { ...rest, version: '1.0', identitySource: 'user1,123', authorizationToken: 'user1,123' };

/** The same page, payload format version 2.0. */
const httpApi2 = {
  version: '2.0',
  type: 'REQUEST',
  routeArn: `${STAGE}/GET/request`,
  identitySource: ['user1', '123'],
  routeKey: '$default',
  rawPath: '/my/path',
  rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
  cookies: ['cookie1', 'cookie2'],
  headers: { header1: 'value1', header2: 'value2' },
  queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
  requestContext: {
    accountId: '123456789012',
    apiId: 'api-id',
    domainName: 'id.execute-api.us-east-1.amazonaws.com',
    domainPrefix: 'id',
    http: { method: 'POST', path: '/my/path', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'Firefox' },
    requestId: 'request-1',
    routeKey: '$default',
    stage: '$default',
    time: '12/Mar/2020:19:03:58 +0000',
    timeEpoch: 1_583_348_638_390,
  },
  pathParameters: { parameter1: 'value1' },
  stageVariables: { stageVariable1: 'value1', stageVariable2: 'value2' },
};

/** "Control access to WebSocket APIs with AWS Lambda REQUEST authorizers". */
const webSocket = {
  type: 'REQUEST',
  methodArn: 'arn:aws:execute-api:us-east-1:123456789012:abcdef123/default/$connect',
  headers: { Connection: 'upgrade', HeaderAuth1: 'headerValue1', 'User-Agent': 'Firefox', Upgrade: 'websocket' },
  multiValueHeaders: {
    Connection: ['upgrade'],
    HeaderAuth1: ['headerValue1'],
    'User-Agent': ['Firefox'],
    Upgrade: ['websocket'],
  },
  queryStringParameters: { QueryString1: 'queryValue1' },
  multiValueQueryStringParameters: { QueryString1: ['queryValue1'] },
  stageVariables: {},
  requestContext: {
    routeKey: '$connect',
    eventType: 'CONNECT',
    extendedRequestId: '....',
    requestTime: '19/Jan/2023:21:13:26 +0000',
    messageDirection: 'IN',
    stage: 'default',
    connectedAt: 1_674_162_806_344,
    requestTimeEpoch: 1_674_162_806_345,
    identity: { sourceIp: '192.0.2.1' },
    requestId: 'request-1',
    domainName: 'abcdef123.execute-api.us-east-1.amazonaws.com',
    connectionId: 'connection-1',
    apiId: 'abcdef123',
  },
};

/** AppSync Developer Guide, "AWS_LAMBDA authorization". */
const appSync = {
  authorizationToken: 'ExampleAUTHtoken123123123',
  requestContext: {
    apiId: 'aaaaaa123123123example123',
    accountId: '111122223333',
    requestId: 'request-1',
    queryString: 'mutation CreateEvent {...}\n\nquery MyQuery {...}\n',
    operationName: 'MyQuery',
    variables: {},
  },
  requestHeaders: { 'user-agent': 'Firefox' } as Record<string, string>,
};

type Texts = Record<string, string>;

const withHeader =
  (event: any) =>
  (token: string, headers: Texts = {}, query: Texts = {}): object => ({
    ...event,
    headers: { ...event.headers, Authorization: `Bearer ${token}`, ...headers },
    ...(event.multiValueHeaders && {
      multiValueHeaders: {
        ...event.multiValueHeaders,
        ...listed({ Authorization: `Bearer ${token}`, ...headers }),
      },
    }),
    queryStringParameters: { ...event.queryStringParameters, ...query },
  });
const listed = (texts: Texts) => Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, [value]]));

/** A request with a token at each door, and with headers and a query that its client adds. */
export const DOOR_EVENTS: Readonly<Record<string, (token: string, headers?: Texts, query?: Texts) => object>> = {
  'a REST API': withHeader(rest),
  'an HTTP API, payload 1.0': withHeader(httpApi1),
  'an HTTP API, payload 2.0': (token, headers, query) =>
    // It has the names of headers in lower case.
    Object.assign(withHeader(httpApi2)('', headers, query), {
      headers: { ...httpApi2.headers, authorization: `Bearer ${token}`, ...headers },
    }),
  'a WebSocket API, token in the header': withHeader(webSocket),
  'a WebSocket API, token in the query string': (token, headers = {}, query = {}) => ({
    ...webSocket,
    headers: { ...webSocket.headers, ...headers },
    multiValueHeaders: { ...webSocket.multiValueHeaders, ...listed(headers) },
    queryStringParameters: { ...webSocket.queryStringParameters, token, ...query },
    multiValueQueryStringParameters: {
      ...webSocket.multiValueQueryStringParameters,
      ...listed({ token, ...query }),
    },
  }),
  AppSync: (token, headers = {}, query = {}) => ({
    ...appSync,
    authorizationToken: token,
    requestHeaders: { ...appSync.requestHeaders, ...headers },
    requestContext: { ...appSync.requestContext, variables: query },
  }),
  'AppSync, with the word Bearer': (token, headers = {}, query = {}) => ({
    ...appSync,
    authorizationToken: `Bearer ${token}`,
    requestHeaders: { ...appSync.requestHeaders, ...headers },
    requestContext: { ...appSync.requestContext, variables: query },
  }),
};

/** Lambda Developer Guide, "Invoking Lambda function URLs", request payload format. */
export const functionUrlEvent = (token: string): object => ({
  ...httpApi2,
  headers: { ...httpApi2.headers, authorization: `Bearer ${token}` },
  requestContext: { ...httpApi2.requestContext, domainName: '<url-id>.lambda-url.us-west-2.on.aws' },
  body: 'Hello from client!',
  isBase64Encoded: false,
});

/** What an answer means to the service that asked: whether the request passes, and what its functions are told. */
export function meaningOf(answer: any): { passes: boolean; context?: Record<string, string> } {
  if ('resolverContext' in answer) return { passes: answer.isAuthorized, context: answer.resolverContext };
  if ('isAuthorized' in answer) return { passes: answer.isAuthorized, context: answer.context };
  const [{ Effect, Action, Resource }] = answer.policyDocument.Statement;
  if (Action !== 'execute-api:Invoke' || Resource.length !== 1) throw new Error('Such a policy means something else.');
  return { passes: Effect === 'Allow', context: answer.context };
}
