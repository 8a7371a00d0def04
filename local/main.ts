import { readFlags, runCommand, UsageProblem } from '../command/command';
import { swallowedDryRun } from '../command/npm-flags';
import { OUTPUT, outputOf, PACKAGED, readAssembly, synthesizeApp, synthesizeIfChanged } from './assembly';
import { builtConsole } from './console';
import { faultsFrom } from './faults';
import { allowedHosts } from './origins';
import { readOwnPart } from './own-part';
import { expectFree } from './server';
import { dataFolder, portFrom } from './settings';
import { startLocalStack } from './stack';
import { watchSources } from './watch';

const OPTIONS = {
  memory: { type: 'boolean' },
  watch: { type: 'boolean' },
  stage: { type: 'string' },
  app: { type: 'string' },
  assembly: { type: 'string' },
  with: { type: 'string' },
} as const;

const USAGE = `Usage: npm start -- [--memory] [--watch] [--stage NAME] [--app COMMAND | --assembly FOLDER] [--with FOLDER]
  --memory            keep the data in memory only
  --watch             load changed code of the functions while running
  --stage NAME        a stage of cdk.json (dev). The local issuer and an empty table stand in for what exists elsewhere
  --app COMMAND       serve the backend of the app that this command synthesizes: "npx tsx bin/app.ts"
  --assembly FOLDER   serve the backend of this synthesized app instead of synthesizing the project's
  --with FOLDER       also serve the API of this synthesized stack, which uses the exported authorizer
Environment: PORT (3000), DYNAMODB_PORT (8000), DATA_DIR (.data/)
  ALLOWED_HOSTS       other names of this machine, besides 127.0.0.1 and localhost: devbox,devbox.test
  DATABASE_FAULTS     the share of the functions' database calls that shall fail, such as 0.05`;

/** `npm start`: the whole stack on this machine. */
runCommand(async () => {
  swallowedDryRun('npm start', Object.keys(OPTIONS), process.env);
  const { memory, watch, stage: name, app, assembly, with: other } = readFlags(USAGE, OPTIONS);
  const isOwn = !PACKAGED && !app && !assembly;
  if (watch && !isOwn)
    throw new UsageProblem('--watch is for the project’s own stack: leave out --app and --assembly.');
  const port = portFrom('PORT');
  const databasePort = portFrom('DYNAMODB_PORT');
  const hosts = allowedHosts(process.env.ALLOWED_HOSTS);
  const faults = faultsFrom(process.env.DATABASE_FAULTS);
  // Before the synthesis, which takes seconds.
  await expectFree(port, 'PORT', 'the API');
  await expectFree(databasePort, 'DYNAMODB_PORT', 'the database');
  const synthesized = isOwn && synthesizeIfChanged(() => console.log('Synthesizing the stack ...'), name);
  const builtFolder = builtConsole();
  await synthesized;
  const folder = app ? synthesizeApp(app) : (assembly ?? (isOwn ? outputOf(name) : OUTPUT));
  const { assembly: own, leftOut, standIns } = readOwnPart(folder, name);
  for (const sentence of standIns) console.log(sentence);
  if (leftOut.length > 0) console.log(`Not served, because it is not the session backend’s: ${leftOut.join(', ')}.`);
  const stack = await startLocalStack({
    assembly: own,
    others: other ? [readAssembly(other)] : [],
    port,
    databasePort,
    folder: memory ? undefined : dataFolder(),
    watch: faults,
    console: builtFolder,
    allowedHosts: hosts,
  });
  // Before it is said to be ready: what changes from then on is seen.
  if (watch) void watchSources(stack, console.log, name);
  console.log(`Ready.
  Console    ${stack.url}/
  API        ${stack.apiUrl.replace(/\/$/, '')}${stack.otherUrls.map((one) => `\n  Your API   ${one}`).join('')}
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
