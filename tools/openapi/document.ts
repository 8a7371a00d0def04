import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { STATUS } from '../../lambda/domain/errors';
import { dryRunSchema, logoutSchema, registrationSchema } from '../../lambda/http/schemas';
import { nameInAws, ROUTES } from '../../lib/routes';
import * as answers from './answer-schemas';
import { RECEIVERS } from './receivers';

type Code = keyof typeof STATUS;

interface Description {
  readonly summary: string;
  readonly description: string;
  readonly status: Readonly<Record<number, string>>;
  readonly answer: v.GenericSchema;
  readonly body?: v.GenericSchema;
  /** Whether a request may have no body. */
  readonly bodyIsOptional?: true;
  readonly query?: readonly object[];
  /** Refusals besides the ones that every route has. */
  readonly refusals: readonly Code[];
}

const EVERYWHERE: Readonly<Record<number, string>> = {
  401: 'UNAUTHORIZED: no token or no good one. SESSION_ENDED: the token’s sign-in has no live session. SIGN_IN_TOO_OLD.',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS: send it again after Retry-After seconds',
  431: 'INVALID_PROFILE_DATA: the headers have more than 10,240 bytes',
  500: 'INTERNAL_SERVER_ERROR',
  503: 'TRY_AGAIN: nothing is half done, send it again after Retry-After seconds',
};

/** What each route does, in words. The routes themselves come from the stack, the shapes from the handlers' schemas. */
const DESCRIPTIONS: Readonly<Record<string, Description>> = {
  'POST /users/{id}/sessions': {
    summary: 'Register the session of the token’s sign-in',
    description: 'Once in a sign-in’s life. Sent again while the session lives, it answers with the same session.',
    status: { 201: 'Registered', 200: 'Registered before: the session of then' },
    answer: answers.oneSession,
    body: v.pipe(registrationSchema(0), v.title('Registration'), v.description('The body that registers a session.')),
    refusals: ['INVALID_PROFILE_DATA', 'UNAUTHORIZED_PROFILE_ACCESS', 'SESSION_LIMIT_EXCEEDED'],
  },
  'GET /users/{id}/sessions': {
    summary: 'List a user’s live sessions',
    description: 'The current one first, then the latest used. For the user and for admins.',
    status: { 200: 'A page; nextCursor when there are more' },
    answer: answers.sessionPage,
    query: [
      { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100, default: 100 } },
      { name: 'cursor', in: 'query', description: 'nextCursor of the page before', schema: { type: 'string' } },
    ],
    refusals: ['INVALID_PROFILE_DATA', 'UNAUTHORIZED_PROFILE_ACCESS'],
  },
  'DELETE /users/{id}/sessions': {
    summary: 'End all of a user’s sessions but the current one',
    description: 'For the user and for admins.',
    status: { 200: 'The ids of those that this call ended' },
    answer: answers.othersTerminated,
    refusals: ['INVALID_PROFILE_DATA', 'UNAUTHORIZED_PROFILE_ACCESS'],
  },
  'DELETE /users/{id}/sessions/{sessionId}': {
    summary: 'End one session',
    description: 'Its tokens stop working at once. For the user and for admins.',
    status: { 200: 'Ended' },
    answer: answers.terminated,
    refusals: [
      'INVALID_PROFILE_DATA',
      'CANNOT_TERMINATE_CURRENT_SESSION',
      'UNAUTHORIZED_PROFILE_ACCESS',
      'SESSION_NOT_FOUND',
    ],
  },
  'POST /logout': {
    summary: 'End the current session, or all of the user’s',
    description:
      'Works without a session too, so that nobody stays signed in for that. With `everywhere`, which needs a live session, all of the user’s sessions end, the current one last.',
    status: { 200: 'Logged out; sessionId is the session that was ended, if there was one' },
    answer: answers.loggedOut,
    body: logoutSchema,
    bodyIsOptional: true,
    refusals: ['INVALID_PROFILE_DATA'],
  },
  'GET /session': {
    summary: 'Say whose token it is, if its session is live',
    description: 'For servers that have nothing but a user’s token. It counts as activity and records no address.',
    status: { 200: 'The session is live' },
    answer: answers.caller,
    refusals: [],
  },
  'GET /users': {
    summary: 'Find users by e-mail address or user name',
    description:
      'Exact matches in the user pool, at most 10. One of the two parameters is needed. An address is also looked for in small letters. For admins.',
    status: { 200: 'The users; none if nobody has that address or name' },
    answer: answers.foundUsers,
    query: ['email', 'username'].map((name) => ({
      name,
      in: 'query',
      schema: { type: 'string', minLength: 1, maxLength: 240 },
    })),
    refusals: ['INVALID_PROFILE_DATA', 'UNAUTHORIZED_PROFILE_ACCESS'],
  },
  'GET /cleanups': {
    summary: 'List the cleanup’s last runs',
    description:
      'The newest first: the last 30 of the schedule, and the last dry run that an admin asked for. For admins. A run is `unfinished` when it died. In a dry run `deletedSessions` is 0, and the three reasons say what would go.',
    status: { 200: 'The runs; those of the schedule have no requestedBy' },
    answer: answers.latestRuns,
    refusals: ['UNAUTHORIZED_PROFILE_ACCESS'],
  },
  'POST /cleanups': {
    summary: 'Count what a cleanup would delete now',
    description: 'A dry run, for admins. While one is at work, a further request is answered with that one.',
    status: { 202: 'The run to look for among GET /cleanups, by its id' },
    answer: answers.oneRun,
    body: dryRunSchema,
    refusals: ['INVALID_PROFILE_DATA', 'UNAUTHORIZED_PROFILE_ACCESS'],
  },
};

/** The description of the API, OpenAPI 3.1, made from the routes of the stack and the schemas of the handlers. */
export function openApiDocument() {
  const schemas: Record<string, object> = {};
  const paths: Record<string, Record<string, object>> = {};
  for (const route of ROUTES) {
    const { method, path } = route;
    const description = DESCRIPTIONS[`${method} ${path}`];
    if (!description) throw new Error(`The route ${method} ${path} has no description in tools/openapi/document.ts.`);
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: named(operation(path, nameInAws(route), description), schemas),
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Sessions', version: '1', description: 'Sign-ins that can be seen, ended and forgotten.' },
    security: [{ token: [] }],
    paths: { ...paths, ...RECEIVERS },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An ID or access token of the user pool.' },
      },
      schemas,
    },
  };
}

function operation(path: string, operationId: string, description: Description) {
  const { summary, status, answer, body, bodyIsOptional, query = [], refusals } = description;
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    ...(name === 'id' && { description: 'The user’s id, or `me` for the caller.' }),
    schema: { type: 'string', minLength: 1, maxLength: 256 },
  }));
  const failures: Record<number, string[]> = {};
  for (const [code, text] of Object.entries(EVERYWHERE)) failures[Number(code)] = [text];
  for (const code of refusals) failures[STATUS[code]] = [...(failures[STATUS[code]] ?? []), code];
  const good = Object.entries(status).map(([code, text]) => [code, content(text, schemaOf(answer))]);
  const bad = Object.entries(failures).map(([code, texts]) => [
    code,
    content(texts.join(', '), schemaOf(answers.failure)),
  ]);
  return {
    operationId,
    summary,
    description: description.description,
    parameters: [...parameters, ...query],
    ...(body && { requestBody: { required: !bodyIsOptional, ...content(undefined, schemaOf(body)) } }),
    responses: Object.fromEntries([...good, ...bad]),
  };
}

const content = (description: string | undefined, schema: object) => ({
  ...(description !== undefined && { description }),
  content: { 'application/json': { schema } },
});

/** A handler's schema as JSON Schema. What the latter cannot say is said as near as it can. */
function schemaOf(schema: v.GenericSchema): object {
  const { $schema: _, ...json } = toJsonSchema(schema, {
    overrideSchema: ({ valibotSchema }) =>
      valibotSchema.type === 'custom'
        ? { type: ['string', 'number'], description: 'Within 5 minutes of now; the time of the sign-in when absent.' }
        : undefined,
    overrideAction: ({ valibotAction, jsonSchema }) =>
      valibotAction.type === 'ip' ? { ...jsonSchema, anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] } : undefined,
  });
  return json;
}

/** Puts each schema that has a title among the named ones, and a reference in its place. */
function named(node: any, schemas: Record<string, object>): any {
  if (Array.isArray(node)) return node.map((one) => named(one, schemas));
  if (typeof node !== 'object' || node === null) return node;
  const { title, ...rest } = node;
  const inside = () => Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, named(value, schemas)]));
  if (title === undefined) return inside();
  // Its place first, so that it stands before what it is made of.
  const before = schemas[title];
  schemas[title] ??= {};
  const schema = inside();
  if (before && JSON.stringify(before) !== JSON.stringify(schema))
    throw new Error(`Two schemas have the title ${title}.`);
  schemas[title] = schema;
  return { $ref: `#/components/schemas/${title}` };
}
