import type { WitnessInput } from '../config.ts';

/** To try things. Of the log's key nobody has the private half: put the key of a log of your own here. */
export const dev: WitnessInput = {
  stage: 'dev',
  name: 'witness.dev.example.org/amanat',
  logs: ['amanat.dev.example.org/log+a6ea2114+AYx58Skv1zb4rlx1IDZsAlu0ayBnca29ozCzLCFH7IZ9'],
  throttling: { requestsPerSecond: 10, burst: 20 },
  logRetentionDays: 14,
  removal: 'destroy',
  terminationProtection: false,
};
