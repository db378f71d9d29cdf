import { GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import type { KeyHolder } from '../../core/fingerprint/keys.ts';

const kms = new KMSClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});

/**
 * The holder of an HMAC key in KMS (key spec `HMAC_256`), of which fingerprint keys are made. It never leaves KMS, and
 * each use of it is in CloudTrail.
 * @param keyId the ARN of the key
 */
export const kmsKeyHolder = (keyId: string): KeyHolder => ({
  keyId,
  mac: async (message) => {
    const { Mac } = await kms.send(
      new GenerateMacCommand({ KeyId: keyId, MacAlgorithm: 'HMAC_SHA_256', Message: message }),
    );
    return Mac ?? new Uint8Array();
  },
});
