const { availableParallelism } = require('node:os');

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '^.+\\.[tj]s$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  // These are published as ES modules only, which jest runs when they are transformed like our own.
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  globalSetup: '<rootDir>/test/support/synthesize.ts',
  globalTeardown: '<rootDir>/test/support/tidy-up.ts',
  setupFiles: ['<rootDir>/test/support/loopback-only.ts'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/dist', '<rootDir>/.data', '<rootDir>/.stryker-tmp'],
  reporters: ['default', '<rootDir>/test/support/counts.js'],
  randomize: true,
  // More than there are cores: a suite often waits, for a process that starts, a retry or a time-out.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  // No test asserts a time: a loaded machine is slow, not wrong.
  testTimeout: 120_000,
};
