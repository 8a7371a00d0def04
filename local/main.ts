import { readAssembly, synthesize } from './assembly';
import { readFlags, runCommand } from './command';
import { builtConsole } from './console';
import { faultsFrom } from './faults';
import { allowedHosts } from './origins';
import { dataFolder, portFrom } from './settings';
import { startLocalStack } from './stack';

const USAGE = `Usage: npm start -- [--memory] [--assembly FOLDER]
  --memory            keep nothing
  --assembly FOLDER   serve this synthesized stack instead of synthesizing the project's
Environment: PORT (3000), DYNAMODB_PORT (8000), DATA_DIR (.data/)
  ALLOWED_HOSTS       names that this machine is reached by, besides 127.0.0.1 and localhost: devbox,devbox.test
  DATABASE_FAULTS     for tests of trouble: the share of the functions' database calls that fail, like 0.05`;

/** `npm start`: the whole stack on this machine. */
runCommand(async () => {
  const { memory, assembly: folder } = readFlags(USAGE, { memory: { type: 'boolean' }, assembly: { type: 'string' } });
  const port = portFrom('PORT');
  const databasePort = portFrom('DYNAMODB_PORT');
  const hosts = allowedHosts(process.env.ALLOWED_HOSTS);
  const watch = faultsFrom(process.env.DATABASE_FAULTS);
  if (!folder) console.log('Synthesizing the stack ...');
  const [builtFolder] = await Promise.all([builtConsole(), !folder && synthesize()]);
  const stack = await startLocalStack({
    assembly: readAssembly(folder),
    port,
    databasePort,
    folder: memory ? undefined : dataFolder(),
    watch,
    console: builtFolder,
    allowedHosts: hosts,
  });
  console.log(`Ready.
  Console    ${stack.url}/
  API        ${stack.apiUrl}
  Sign-in    curl -X POST ${stack.url}/_local/sign-in -d '{"username":"ada"}'
  API docs   ${stack.url}/_local/docs
  Cleanup    curl -X POST ${stack.url}/_local/events/${stack.ruleNames[0]}
  DynamoDB   ${stack.databaseEndpoint} (table ${stack.sessionsTable})
  Data       ${memory ? 'kept in memory only' : dataFolder()}
Stop with Ctrl-C.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stack.close().then(() => process.exit(0)));
  }
});
