import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { GenerateMacCommand, GetPublicKeyCommand, SignCommand } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { kms } from '../../lambdas/store/kms.ts';
import './environment.ts';

/** KMS behind the SDK mock: three keys, and the three things that functions ask of them. */
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

export const fakeKms = mockClient(kms);

export function resetKms(): void {
  fakeKms.reset();
  fakeKms.onAnyCommand().callsFake(async (input) => {
    throw new Error(`no function may send this: ${JSON.stringify(input)}`);
  });
  for (const KeyId of ['seal-key', 'access-key'])
    fakeKms
      .on(GenerateMacCommand, { KeyId, MacAlgorithm: 'HMAC_SHA_256' })
      .callsFake(async ({ Message }) => ({ Mac: createHmac('sha256', KeyId).update(Message).digest() }));
  fakeKms.on(GetPublicKeyCommand, { KeyId: 'signing-key' }).callsFake(async () => ({
    PublicKey: publicKey.export({ format: 'der', type: 'spki' }),
  }));
  fakeKms
    .on(SignCommand, { KeyId: 'signing-key', MessageType: 'RAW', SigningAlgorithm: 'ED25519_SHA_512' })
    .callsFake(async ({ Message }) => ({ Signature: sign(null, Message, privateKey) }));
}
resetKms();
