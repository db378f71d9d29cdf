import { KMSClient } from '@aws-sdk/client-kms';

/** The one client of an execution environment. Attempts are few and short: whoever needs a key comes again by itself. */
export const kms = new KMSClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});
