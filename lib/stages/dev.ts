import type { StageInput } from '../config.ts';

/** To try things: small limits, and everything but the ledger goes when its stack goes. */
export const dev: StageInput = {
  stage: 'dev',
  identity: {
    issuer: 'https://issuer.dev.example.org',
    audience: 'https://amanat.dev.example.org',
  },
  log: { origin: 'amanat.dev.example.org/log' },
  archive: { bucketName: 'amanat-dev-archive', lockYears: 1, lockMode: 'governance' },
  // A few files and many rows are enough to see a trace go on in the background.
  tracing: { bucketName: 'amanat-dev-fingerprints', requestSeconds: 1 },
  notices: { topics: [{ agencyId: 'it-board-punjab' }, { agencyId: 'income-support-programme' }] },
  throttling: { requestsPerSecond: 50, burst: 100 },
  firewall: { requestsPerToken: 6_000, requestsPerAddress: 10_000 },
  logRetentionDays: 14,
  removal: 'destroy',
  terminationProtection: false,
};
