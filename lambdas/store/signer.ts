import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { publicKeyOfSpki, type SignatureType, verifierKey } from '../../core/log/key.ts';
import type { Signer } from '../../core/log/note.ts';

/** Attempts are few and short: whoever signs comes again by itself. */
const kms = new KMSClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});

/**
 * The holder of an Ed25519 key in KMS (key spec `ECC_NIST_EDWARDS25519`). The key never leaves KMS; what it signs is
 * the message itself, not a digest of it, as signed notes want it.
 *
 * @param keyId the id or ARN of the key
 * @param name under which verifiers know the key: the origin of a log, the name of a witness
 * @throws LogError `bad-key` when it is another kind of key
 */
export async function kmsSigner(keyId: string, name: string, type: SignatureType): Promise<Signer> {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }));
  const key = verifierKey(name, type, publicKeyOfSpki(PublicKey ?? new Uint8Array()));
  return {
    key,
    sign: async (message) => {
      const { Signature } = await kms.send(
        new SignCommand({
          KeyId: keyId,
          Message: message,
          MessageType: 'RAW',
          SigningAlgorithm: 'ED25519_SHA_512',
        }),
      );
      return Signature ?? new Uint8Array();
    },
  };
}
