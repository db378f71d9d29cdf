import { defineConfig } from 'vitest/config';

/**
 * `unit` and `infrastructure` need nothing but Node. `integration` runs against Amazon's DynamoDB Local, and
 * `e2e` against the whole system as `npm start` brings it up; both need Java 17.
 */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/{core,lambdas,cli,lib,local}/**/*.test.ts'] } },
      {
        test: {
          name: 'infrastructure',
          include: ['test/infrastructure/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/engine.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
