import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { Problem } from '../command/problem';
import type { Access } from './accesses';
import type { DatabaseOptions } from './database';
import { allows, readRoles } from './policies';
import { REGION, type Template } from './template';

/** The environment that a function has here: the template's, and what Lambda adds. */
export const environmentOf = (
  { FunctionName, Environment, MemorySize }: Record<string, any>,
  endpoints: Endpoints,
) => ({
  ...(Environment?.Variables as Record<string, string> | undefined),
  AWS_REGION: REGION,
  AWS_LAMBDA_FUNCTION_NAME: FunctionName as string,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
  AWS_ACCESS_KEY_ID: accessKeyOf(FunctionName),
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_DYNAMODB: endpoints.database,
  AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.eventBus,
  ...(endpoints.userPool && { AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: endpoints.userPool }),
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  PATH: process.env.PATH,
});

/** A function that failed or took longer than its time-out, as its caller sees it. */
export class FunctionFailure extends Error {}

/** Where the functions' SDK finds what it calls. */
export interface Endpoints {
  readonly database: string;
  readonly eventBus: string;
  /** @default - no function calls the user pool */
  readonly userPool?: string;
}

export interface Functions {
  /** @param arn of the function, one of its versions or aliases; or its name */
  readonly invoke: (arn: string, event: unknown) => Promise<any>;
  /** Loads every function, so that what one lacks is known before anything is served. */
  readonly start: () => Promise<void>;
  /**
   * Takes the functions whose code is another one in this template, once they have started. Calls that are under way end
   * in the code that they began in.
   * @returns the names of the functions that were replaced
   * @throws a problem if one does not start; that one stays as it was
   */
  readonly reload: (template: Template) => Promise<string[]>;
  readonly stop: () => Promise<void>;
}

/** How the access key names a function to the database, which checks its calls against its own role. */
const accessKeyOf = (functionName: string) => `FUNCTION${Buffer.from(functionName).toString('hex')}`;

/** The template's functions by their access keys, with what their roles allow, for the database to ask. */
export function callingFunctions(template: Template): NonNullable<DatabaseOptions['functionOf']> {
  const statementsOf = readRoles(template);
  const byKey = new Map(
    template.all('AWS::Lambda::Function').map(([, { FunctionName, Role }]) => {
      const statements = statementsOf(Role);
      const mayCall = ({ action, resource, facts }: Access) => allows(statements, action, resource, facts);
      return [accessKeyOf(FunctionName), { name: FunctionName as string, mayCall }];
    }),
  );
  return (accessKey) => byKey.get(accessKey);
}

/** The template's functions, each from its own bundle, in a thread with the template's environment. */
export function localFunctions(template: Template, endpoints: Endpoints, log: (line: string) => void): Functions {
  const functionsOf = (from: Template) =>
    from
      .all('AWS::Lambda::Function')
      .map(([id, properties]): [string, LocalFunction] => [
        properties.FunctionName,
        new LocalFunction(id, properties, from, endpoints, log),
      ]);
  const functions = new Map(functionsOf(template));
  const replaced: LocalFunction[] = [];
  return {
    invoke(arn, event) {
      const name = arn.startsWith('arn:') ? (arn.split(':')[6] ?? '') : arn;
      const found = functions.get(name);
      if (!found) throw new Problem(`The template has no function ${name}.`);
      return found.invoke(event);
    },
    async start() {
      await Promise.all([...functions.values()].map((one) => one.start()));
    },
    async reload(changed) {
      const reloaded: string[] = [];
      for (const [name, next] of functionsOf(changed)) {
        const current = functions.get(name);
        if (!current || current.code === next.code) continue;
        try {
          await next.start();
        } catch (error) {
          await next.stop();
          throw error;
        }
        functions.set(name, next);
        replaced.push(current);
        void current.retire();
        reloaded.push(name);
      }
      return reloaded;
    },
    async stop() {
      await Promise.all([...functions.values(), ...replaced].map((one) => one.stop()));
    },
  };
}

class LocalFunction {
  private worker?: Worker;
  private starting?: Promise<void>;
  private readonly calls = new Map<string, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  /** Names its bundle by the content. */
  readonly code: string;
  private readonly workerOptions;
  private retired = false;

  constructor(
    private readonly id: string,
    private readonly properties: Record<string, any>,
    template: Template,
    endpoints: Endpoints,
    private readonly log: (line: string) => void,
  ) {
    const { Runtime, Handler, PackageType, Code, DurableConfig, Layers, VpcConfig } = properties;
    const unsupported = { PackageType, Layers, VpcConfig };
    for (const [name, value] of Object.entries(unsupported)) {
      if (value) throw new Problem(`The local run does not support ${name}, which the function ${id} has.`);
    }
    if (!/^nodejs/.test(Runtime))
      throw new Problem(`The local run runs Node.js only; the function ${id} has the runtime ${Runtime}.`);
    const [file, exportName] = Handler.split('.');
    // Flags of V8 are the whole process's: a thread takes none.
    const { NODE_OPTIONS: _, ...env } = environmentOf(properties, endpoints) as NodeJS.ProcessEnv;
    this.code = Code.S3Key;
    this.workerOptions = {
      workerData: {
        file: join(template.assetPath(this.code), `${file}.js`),
        exportName,
        durable: DurableConfig !== undefined,
      },
      stdout: true,
      stderr: true,
      env,
    };
  }

  async invoke(event: unknown): Promise<unknown> {
    await this.start();
    const id = randomUUID();
    const context = { awsRequestId: id, functionName: this.properties.FunctionName };
    // A durable function is invoked as often as it takes; its time-out is each invocation's, which the engine keeps.
    const timeout = this.properties.DurableConfig ? undefined : (this.properties.Timeout ?? 3);
    return new Promise((resolve, reject) => {
      const timer =
        timeout &&
        setTimeout(
          () => settle(reject)(new FunctionFailure(`Task timed out after ${timeout} seconds`)),
          timeout * 1_000,
        );
      const settle =
        <T>(done: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          this.calls.delete(id);
          done(value);
          if (this.retired) void this.retire();
        };
      this.calls.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.worker?.postMessage({ id, event, context });
    });
  }

  start(): Promise<void> {
    this.starting ??= new Promise((resolve, reject) => {
      const worker = new Worker(join(__dirname, 'function-worker.mjs'), this.workerOptions);
      this.worker = worker;
      for (const stream of [worker.stdout, worker.stderr]) createInterface({ input: stream }).on('line', this.log);
      worker.on('message', ({ ready, failed, id, result, error }) => {
        if (ready) resolve();
        else if (failed) reject(new Problem(`The function ${this.id} does not start: ${failed.message}`));
        else if (error)
          this.calls.get(id)?.reject(Object.assign(new FunctionFailure(error.message), { name: error.name }));
        else this.calls.get(id)?.resolve(result);
      });
      const died = (error: Error) => {
        reject(error);
        // It is said twice, and the second time there may be a new one.
        if (this.worker !== worker) return;
        this.worker = undefined;
        for (const call of this.calls.values()) call.reject(new FunctionFailure(error.message));
        // As Lambda does: the next request finds a new one.
        this.starting = undefined;
      };
      worker.on('error', died);
      worker.on('exit', (code) => died(new Error(`The function ${this.id} exited with code ${code}.`)));
    });
    return this.starting;
  }

  /** Ends it when its last call has ended. No new ones may come. */
  async retire(): Promise<void> {
    this.retired = true;
    if (this.calls.size === 0) await this.stop();
  }

  async stop(): Promise<void> {
    await this.worker?.terminate();
  }
}
