import { defineConfig } from 'vitest/config';

/**
 * `unit` and `infrastructure` need nothing but Node. `integration` runs against Amazon's DynamoDB Local, and
 * `e2e` against the whole system as `npm start` brings it up; both need Java 17. `conformance` has programs that
 * nobody here wrote read what the system serves: it needs Go 1.25 and its modules, and is skipped without. So is what
 * `e2e` reads in a browser where there is no Chromium; `CHROMIUM` names one that stands in an unusual place.
 */
export default defineConfig({
  test: {
    // What the functions log is of interest where a test fails.
    silent: 'passed-only',
    // Every core: by itself the runner leaves one of them idle, which is half of a machine that has two.
    maxWorkers: '100%',
    // `RESULTS` names a file for the counts, beside what is printed for people.
    reporters: process.env['RESULTS']
      ? ['default', ['json', { outputFile: process.env['RESULTS'] }]]
      : ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{core,lambdas,cli,lib,local}/**/*.test.ts'],
          // What takes a second takes ten on a machine that does other things besides.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'infrastructure',
          include: ['test/infrastructure/**/*.test.ts'],
          // They only read templates; loading CDK and synthesizing once for all takes a fifth of the time.
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/engine.ts'],
          setupFiles: ['test/integration/patience.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          globalSetup: ['test/integration/engine.ts', 'test/conformance/support/program.ts'],
          setupFiles: ['test/integration/patience.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          // A client that still sends when it is refused may see the connection end before the answer.
          retry: 2,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // After all else, two systems at a time: each is half a dozen processes, and waits as much as it works.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
