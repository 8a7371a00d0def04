// `npm run mutants:stryker -- ROOM`: Stryker changes every expression of one pure room, and runs that room's own suites.
// A room is pure if its suites need no synthesized stack.
import { readdirSync } from 'node:fs';
import { Stryker } from '@stryker-mutator/core';

const ROOMS = {
  domain: { mutate: ['lambda/domain/*.ts'], tests: 'test/domain' },
  identity: { mutate: ['lambda/identity/*.ts'], tests: 'test/identity' },
  http: { mutate: ['lambda/http/**/*.ts'], tests: 'test/http' },
  client: { mutate: ['client/*.ts', '!client/types.ts', '!client/index.ts'], tests: 'test/client' },
};
/** They run the linter, a whole system, or what the docs say. */
const NOT_OF_ONE_ROOM = ['boundaries.test.ts', 'client.test.ts', 'recipes.test.ts'];

const [name, ...files] = process.argv.slice(2);
const room = ROOMS[name];
if (!room) {
  console.error(
    `Name a room: ${Object.keys(ROOMS).join(', ')}. Files to change may follow, in place of the whole room.`,
  );
  process.exit(2);
}
const suites = readdirSync(room.tests).filter((file) => file.endsWith('.test.ts') && !NOT_OF_ONE_ROOM.includes(file));

await new Stryker({
  mutate: files.length > 0 ? files : room.mutate,
  testRunner: 'jest',
  jest: {
    projectType: 'custom',
    // On top of jest.config.js.
    config: {
      testMatch: ['<rootDir>/tools/mutants/one-suite.js'],
      globals: { SUITES: suites.map((file) => `${room.tests}/${file}`) },
      globalSetup: null,
      globalTeardown: null,
      reporters: [],
      randomize: false,
      // These suites wait for nothing: a test that is not done by then never will be.
      testTimeout: 5_000,
    },
    enableFindRelatedTests: false,
  },
  coverageAnalysis: 'perTest',
  // What runs once, when a file is loaded, is changed for all tests at once: each takes all suites of the room.
  ignoreStatic: true,
  concurrency: 2,
  // A loaded machine is slow, and a slow test has not noticed anything: only one that never ends counts as a time-out.
  timeoutMS: 30_000,
  // Stryker reads this file with TypeScript's old API, which version 7 does not have. There is none of that name.
  tsconfigFile: 'none.json',
  ignorePatterns: ['bench', 'console', 'docs', 'local', 'lib', 'cli', '.data', 'cdk.out'],
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  disableTypeChecks: false,
  thresholds: { high: 95, low: 85, break: 85 },
}).runMutationTest();
