import type { StageInput } from '../config.ts';

export const prod: StageInput = {
  stage: 'prod',
  region: 'me-central-1',
  identity: {
    issuer: 'https://issuer.example.org',
    audience: 'https://amanat.example.org',
  },
  log: { origin: 'amanat.example.org/log' },
  archive: { bucketName: 'amanat-prod-archive', lockYears: 10, lockMode: 'compliance' },
  tracing: { bucketName: 'amanat-prod-fingerprints', workers: 16 },
  throttling: { requestsPerSecond: 500, burst: 1_000 },
  firewall: { requestsPerToken: 30_000, requestsPerAddress: 60_000 },
  logRetentionDays: 400,
  // One more than a new table has shards, so that no shard waits for another; and two traces, but not all that ask
  // for one, so that they leave room for whoever records.
  reservedConcurrency: { sequence: 5, project: 5, investigate: 32 },
  alarmEmail: 'ledger-operations@example.org',
  removal: 'retain',
  terminationProtection: true,
};
