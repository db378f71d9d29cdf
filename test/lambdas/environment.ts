/**
 * What a function finds in its environment, for tests that speak to no engine: import this before any handler. Nobody
 * listens at the endpoint, so a call that a test did not foresee fails at once.
 */
export const LEDGER = 'ledger';
export const VIEWS = 'views';

Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  LEDGER_TABLE: LEDGER,
  VIEWS_TABLE: VIEWS,
  NOTICE_KEY: 'notice-key',
  WEBHOOK_NETWORK: 'public',
  SEAL_KEY: 'seal-key',
  ACCESS_KEY: 'access-key',
  ACCESS: JSON.stringify({ caseRequired: false }),
  SIGNING_KEY: 'signing-key',
  LOG_ORIGIN: 'amanat.example.org/log',
  FORMER_KEYS: '[]',
  SIGNATURES: JSON.stringify({ mandatory: [] }),
  WITNESSING: JSON.stringify({ witnesses: [], quorum: 0, holdSeconds: 0 }),
  POWERTOOLS_DEV: 'false',
  POWERTOOLS_METRICS_NAMESPACE: 'Amanat',
  POWERTOOLS_SERVICE_NAME: 'amanat-test',
});
