import './environment.ts';
import { GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { kmsKeyHolder } from '../../lambdas/store/mac.ts';

const mock = mockClient(KMSClient);
const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/0f9b7c1e-0000-4000-8000-000000000000';

test('a key in KMS gives out MACs, and is named by its ARN', async () => {
  mock.on(GenerateMacCommand).resolves({ Mac: new Uint8Array(32).fill(7) });
  const holder = kmsKeyHolder(ARN);
  expect(holder.keyId).toBe(ARN);
  expect(await holder.mac(Buffer.from('fp/v1|2026|a'))).toEqual(new Uint8Array(32).fill(7));
  const [call] = mock.commandCalls(GenerateMacCommand);
  expect(call?.args[0].input).toEqual({
    KeyId: ARN,
    MacAlgorithm: 'HMAC_SHA_256',
    Message: Buffer.from('fp/v1|2026|a'),
  });
});
