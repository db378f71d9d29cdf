import { GetPublicKeyCommand, SignCommand } from '@aws-sdk/client-kms';
import { publicKeyOfSpki, type SignatureType, type VerifierKey, verifierKey } from '../../core/log/key.ts';
import type { Signer } from '../../core/log/note.ts';
import { kms } from './kms.ts';

/**
 * The public half of an Ed25519 key in KMS (key spec `ECC_NIST_EDWARDS25519`).
 *
 * @param keyId the id or ARN of the key
 * @param name under which verifiers know the key: the origin of a log, the name of a witness
 * @throws LogError `bad-key` when it is another kind of key
 */
export async function kmsVerifierKey(keyId: string, name: string, type: SignatureType): Promise<VerifierKey> {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }));
  return verifierKey(name, type, publicKeyOfSpki(PublicKey ?? new Uint8Array()));
}

/**
 * The holder of such a key, whose public half is `key`. The private half never leaves KMS; what it signs is the message
 * itself, not a digest of it, as signed notes want it.
 */
export const kmsSigner = (keyId: string, key: VerifierKey): Signer => ({
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
});
