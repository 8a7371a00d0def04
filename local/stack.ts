import { appendFile } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { printable, printError } from '../command/printable';
import { Problem } from '../command/problem';
import type { Assembly } from './assembly';
import { asynchronousInvocations } from './asynchronous';
import { createTables, openDatabase } from './database';
import { localDeadLetters } from './dead-letters';
import { EVENT_BUS_PATH, type EventBuses, localEventBuses } from './event-bus';
import type { Watch } from './faults';
import { callingFunctions, localFunctions } from './functions';
import { type Gateway, localGateway } from './gateway';
import { localIssuer } from './issuer';
import { COGNITO_PATH, type LocalRoutes, sendJson, serveLocalRoute, USER_POOL_PATH } from './local-routes';
import { localOrigins } from './origins';
import { type OtherStack, otherStack } from './other-stack';
import { localRules } from './rules';
import { close, LOOPBACK, listen, safely } from './server';
import { type StaticFiles, staticFiles } from './static-files';
import { localStreams } from './streams';
import { partitionKeysOf, resolveTemplate, type Template } from './template';
import { userPoolApi } from './user-pool-api';

export interface LocalStackOptions {
  readonly assembly: Assembly;
  /** Other stacks of the team, whose APIs are served too. */
  readonly others?: readonly Assembly[];
  /** 0 for any port that is free. */
  readonly port: number;
  readonly databasePort: number;
  /** Where everything is kept; nothing is kept when absent. */
  readonly folder?: string;
  /** Sees the functions' database calls, and may let them fail. */
  readonly watch?: Watch;
  /** Gets the functions' log lines. @default - a file in the folder, and the terminal for errors */
  readonly log?: (line: string) => void;
  /** The folder of the built console, to be served at `/`; it is not served when absent. */
  readonly console?: string;
  /** Names that the local run answers to, besides the loopback ones. */
  readonly allowedHosts?: readonly string[];
  /** Whether a function starts when it is first called: for runs that call few. @default - all start first */
  readonly lazy?: boolean;
}

export interface LocalStack {
  readonly url: string;
  /** Of the API's stage, with a slash at its end. */
  readonly apiUrl: string;
  /** Of the other stacks' APIs, likewise. */
  readonly otherUrls: readonly string[];
  readonly databaseEndpoint: string;
  readonly sessionsTable: string;
  /** Those with a schedule first. */
  readonly ruleNames: readonly string[];
  /**
   * Takes the code of the functions from another synthesis of the stack.
   * @returns which functions have other code, and whether anything else is different, which is not taken
   */
  readonly reload: (assembly: Assembly) => Promise<{ functions: string[]; needsRestart: boolean }>;
  readonly close: () => Promise<void>;
}

/** The longest head of a request that is read. */
const MAX_HEADER_BYTES = 256 * 1024;

/** Serves a synthesized stack: its API, its functions, its tables, its rules, and somebody who signs people in. */
export async function startLocalStack({
  assembly,
  others: otherAssemblies = [],
  port,
  databasePort,
  folder,
  watch,
  log = functionLog(folder),
  console: consoleFolder,
  allowedHosts,
  lazy = false,
}: LocalStackOptions): Promise<LocalStack> {
  let routes: LocalRoutes | undefined;
  let gateway: Gateway | undefined;
  let site: StaticFiles | undefined;
  let buses: EventBuses | undefined;
  const others: OtherStack[] = [];
  let ready = false;
  const origins = localOrigins(allowedHosts);

  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, safely(serve, fail));
  // The port is part of the issuer's address, which the functions' environment has: it comes first.
  const url = `http://${LOOPBACK}:${await listen(server, port, 'PORT', 'the API')}`;
  const started: (() => unknown)[] = [() => close(server)];
  const stop = async () => {
    for (const undo of started.splice(0).reverse()) await undo();
  };

  try {
    const template = resolveTemplate(assembly, { issuer: `${url}${USER_POOL_PATH}` });
    const sessionsTable = sessionsTableOf(template);
    const functionOf = callingFunctions(template);
    const deadLetters = localDeadLetters(console.error);
    const streams = localStreams(template, deadLetters);
    const database = await openDatabase(folder, databasePort, {
      functionOf: (key) => functionOf(key) ?? others.map((other) => other.functionOf(key)).find(Boolean),
      partitionKeyOf: partitionKeysOf(template),
      watch,
      origins,
      onChange: streams.changed,
      sessionsTable,
    });
    started.push(database.close);
    await createTables(template, database.endpoint);
    const endpoints = {
      database: database.endpoint,
      eventBus: `${url}${EVENT_BUS_PATH}`,
      userPool: `${url}${COGNITO_PATH}`,
    };
    const functions = localFunctions(template, endpoints, log);
    started.push(functions.stop);
    streams.deliverTo(functions);
    started.push(streams.stop);
    const asynchronous = asynchronousInvocations(template, functions, deadLetters);
    const rules = localRules(template, asynchronous, deadLetters, (name, error) =>
      console.error(`The rule ${name} failed: ${printable(error.message)}`),
    );
    started.push(asynchronous.stop, rules.stop);
    buses = localEventBuses(template, functionOf, rules.deliver);
    gateway = localGateway(template, functions);
    for (const other of otherAssemblies) {
      const served = otherStack(other, { template, functions }, endpoints, log);
      const path = served.gateway.stagePath;
      const isTaken = [gateway, ...others.map((one) => one.gateway)].some(({ stagePath }) => stagePath === path);
      if (isTaken) throw new Problem(`Two APIs would be at ${path}: give one another name or stage.`);
      others.push(served);
      started.push(served.functions.stop);
    }
    const config = JSON.stringify({ apiUrl: gateway.stagePath, ...adminRuleOf(template) });
    site = consoleFolder ? staticFiles(consoleFolder, { '/config.json': config }) : undefined;
    const [clientId] = template.only('AWS::Cognito::UserPoolClient');
    const issuer = await localIssuer(folder, `${url}${USER_POOL_PATH}`, clientId);
    const userPool = userPoolApi(issuer, functionOf, rules.deliver);
    started.push(userPool.stop);
    routes = {
      issuer,
      userPool,
      rules,
      apiPath: gateway.stagePath,
      ready: () => ready,
      events: buses.events,
      deadLetters: deadLetters.letters,
    };
    // Last, because a function may ask for the issuer's keys while it starts.
    if (!lazy) await Promise.all([functions, ...others.map((other) => other.functions)].map((one) => one.start()));
    ready = true;
    return {
      url,
      apiUrl: `${url}${gateway.stagePath}`,
      otherUrls: others.map((other) => `${url}${other.gateway.stagePath}`),
      databaseEndpoint: database.endpoint,
      sessionsTable,
      ruleNames: rules.names,
      reload: async (next) => ({
        functions: await functions.reload(resolveTemplate(next, { issuer: `${url}${USER_POOL_PATH}` })),
        needsRestart: withoutCode(next) !== withoutCode(assembly),
      }),
      close: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const foreignHost = origins.refusedHost(request);
    if (foreignHost) return sendJson(response, 403, { error: foreignHost });
    if (!routes || !gateway) return sendJson(response, 503, { error: 'The local run is starting.' });
    if (path.startsWith('/_local/')) {
      const foreignPage = origins.refusedOrigin(request);
      if (foreignPage) return sendJson(response, 403, { error: foreignPage });
      return path.startsWith(EVENT_BUS_PATH)
        ? buses?.serve(request, response)
        : serveLocalRoute(routes, request, response);
    }
    const asked = [gateway, ...others.map((other) => other.gateway)].find(({ stagePath }) =>
      path.startsWith(stagePath),
    );
    if (asked) return asked.serve(request, response);
    if (site?.serve(request, response)) return;
    // What API Gateway says of a path without a stage.
    return sendJson(response, 403, { message: 'Forbidden', hint: `The API is at ${gateway.stagePath}` });
  }
}

/** All of a stack but its functions' code, and the versions that are made of it. */
function withoutCode({ resources }: Assembly): string {
  const rest = Object.entries(resources)
    .filter(([, { Type }]) => Type !== 'AWS::Lambda::Version')
    .map(
      ([
        id,
        {
          Type,
          Properties: { Code, FunctionVersion, ...properties },
        },
      ]) => [id, Type, properties],
    );
  return JSON.stringify(rest);
}

/** Nobody expects this, so it must be seen. */
function fail(response: ServerResponse, error: unknown): void {
  printError(error);
  sendJson(response, 500, { error: String(error) });
}

/** The name of the table that keeps the sessions: the one with an index by user. */
export function sessionsTableOf(template: Template): string {
  const [found] = template
    .all('AWS::DynamoDB::Table')
    .filter(([, { GlobalSecondaryIndexes }]) => GlobalSecondaryIndexes);
  return found?.[1].TableName;
}

/** Who is an admin, as the authorizer is told. */
function adminRuleOf(template: Template) {
  const variables = template.all('AWS::Lambda::Function').map(([, { Environment }]) => Environment?.Variables ?? {});
  const { ADMIN_GROUP: adminGroup, ADMIN_CLAIM: adminClaim } = variables.find((one) => one.ADMIN_GROUP) ?? {};
  return { adminGroup, adminClaim };
}

/** Where the functions' log lines go: a file in the data folder; errors to the terminal too. */
function functionLog(folder: string | undefined): (line: string) => void {
  const file = folder && join(folder, 'functions.log');
  return (line) => {
    if (file) appendFile(file, `${line}\n`, () => undefined);
    if (/"level":"(ERROR|FATAL)"/i.test(line)) console.error(printable(line));
  };
}
