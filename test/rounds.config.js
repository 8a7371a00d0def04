const config = require('../jest.config.js');

/** The suites that try what is random, with all their rounds. */
module.exports = {
  ...config,
  rootDir: '..',
  globals: { ALL_ROUNDS: true },
  testMatch: [
    'cleanup/{cleanup-run,durable-sweep,never-ends-a-live-session}',
    'fuzz/fuzz',
    'local/transactions',
    'security/{input,races}',
    'soak/{check-history,life}',
    'store/exact-limit',
  ].map((suite) => `<rootDir>/test/${suite}.test.ts`),
};
