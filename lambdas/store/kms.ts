import { KMSClient } from '@aws-sdk/client-kms';
import { passing } from './client.ts';

/** The one client of an execution environment. Attempts are few and short: whoever needs a key comes again by itself. */
export const kms = new KMSClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});

// KMS throttles and is late as tables are: then the same request may yet do, and its client is told so.
kms.middlewareStack.add(
  (next) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      throw passing(error);
    }
  },
  { step: 'initialize', name: 'passing' },
);
