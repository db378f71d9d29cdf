import { createPublicKey } from 'node:crypto';
import {
  GetPublicKeyCommand,
  type GetPublicKeyCommandInput,
  type KMSClient,
  SignCommand,
  type SignCommandInput,
} from '@aws-sdk/client-kms';
import type { AwsClientStub } from 'aws-sdk-client-mock';
import type { Signer } from '../../core/log/note.ts';

/** Makes KMS hold one Ed25519 key. As KMS does, it signs messages of at most 4,096 bytes, as they are. */
export function holdKey(kms: AwsClientStub<KMSClient>, keyId: string, { key, sign }: Signer): void {
  const x = Buffer.from(key.publicKey).toString('base64url');
  const PublicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }).export({
    format: 'der',
    type: 'spki',
  });
  kms.on(GetPublicKeyCommand).callsFake(({ KeyId }: GetPublicKeyCommandInput) => {
    if (KeyId !== keyId) throw refusal('NotFoundException');
    return { PublicKey: new Uint8Array(PublicKey) };
  });
  kms.on(SignCommand).callsFake(async (input: SignCommandInput) => {
    const { KeyId, Message, MessageType, SigningAlgorithm } = input;
    if (KeyId !== keyId) throw refusal('NotFoundException');
    if (MessageType !== 'RAW' || SigningAlgorithm !== 'ED25519_SHA_512')
      throw refusal('InvalidKeyUsageException');
    if (!Message || Message.length > 4_096) throw refusal('ValidationException');
    return { Signature: await sign(Message) };
  });
}

const refusal = (name: string) => Object.assign(new Error(`KMS refuses: ${name}`), { name });
