import { readAssembly, synthesize } from '../local/assembly';
import { EVENT_BUS_PATH } from '../local/event-bus';
import { environmentOf } from '../local/functions';
import { COGNITO_PATH, USER_POOL_PATH } from '../local/local-routes';
import { type LocalStack, startLocalStack } from '../local/stack';
import { resolveTemplate } from '../local/template';

/** A local run in this process, for the processes that are measured: the issuer, the database and the API. */
export interface LocalRun {
  readonly stack: LocalStack;
  /**
   * A function's folder in the assembly, and the environment that Lambda would give it.
   * @param name the middle part of its name, or its file in `lambda/`
   */
  readonly functionOf: (name: string) => { readonly folder: string; readonly environment: NodeJS.ProcessEnv };
}

/** @param folder where the stack is synthesized to */
export async function startLocalRun(folder: string): Promise<LocalRun> {
  await synthesize(folder);
  const assembly = readAssembly(folder);
  const stack = await startLocalStack({ assembly, port: 0, databasePort: 0, log: () => undefined });
  const template = resolveTemplate(assembly, { issuer: `${stack.url}${USER_POOL_PATH}` });
  const endpoints = {
    database: stack.databaseEndpoint,
    eventBus: `${stack.url}${EVENT_BUS_PATH}`,
    userPool: `${stack.url}${COGNITO_PATH}`,
  };
  return {
    stack,
    functionOf(name) {
      const all = template.all('AWS::Lambda::Function').map(([, properties]) => properties);
      const found = all.find(({ FunctionName }) => FunctionName.split('-')[1] === name.replaceAll('-', ''));
      if (!found) throw new Error(`The stack has no function ${name}.`);
      return { folder: template.assetPath(found.Code.S3Key), environment: environmentOf(found, endpoints) };
    },
  };
}
