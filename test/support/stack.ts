import { type Assembly, readAssembly } from '../../local/assembly';
import { createTables, type Database, localClient, openDatabase } from '../../local/database';
import { type LocalStack, startLocalStack } from '../../local/stack';
import { resolveTemplate, type Template } from '../../local/template';

/** The stack that was synthesized for the tests. */
export const synthesized = (): Assembly => readAssembly(process.env.SYNTHESIZED);

export const synthesizedTemplate = (): Template => resolveTemplate(synthesized(), { issuer: 'http://issuer.test' });

/** The whole stack on free ports, in memory unless a folder is named. */
export const startStack = (options: { folder?: string; assembly?: Assembly } = {}): Promise<LocalStack> =>
  startLocalStack({ assembly: synthesized(), port: 0, databasePort: 0, ...options });

/** The embedded database with the stack's tables, in memory. */
export async function startDatabase(): Promise<Database & { client: ReturnType<typeof localClient> }> {
  const database = await openDatabase(undefined, 0);
  await createTables(synthesizedTemplate(), database.endpoint);
  const client = localClient(database.endpoint);
  return {
    ...database,
    client,
    close: async () => {
      client.destroy();
      await database.close();
    },
  };
}
