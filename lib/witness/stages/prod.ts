import type { WitnessInput } from '../config.ts';

/** Of the log's key nobody has the private half: put the one that the log's operator hands over here. */
export const prod: WitnessInput = {
  stage: 'prod',
  region: 'me-central-1',
  name: 'witness.agency.example.org/amanat',
  logs: ['amanat.example.org/log+aba3f77b+AdQ+8oUaQ+dhazGMJu9f5kC8WazMwybes9h20dr/C8lv'],
  throttling: { requestsPerSecond: 20, burst: 40 },
  logRetentionDays: 400,
  alarmEmail: 'witness-operations@example.org',
  removal: 'retain',
  terminationProtection: true,
};
