import { createPublicKey, type KeyObject } from 'node:crypto';
import { GetPublicKeyCommand, SignCommand } from '@aws-sdk/client-kms';
import { environment } from '../environment.ts';
import { kms } from './kms.ts';

let asked: Promise<KeyObject> | undefined;

/** The public half of the key that notices are signed with; KMS is asked for it once an execution environment. */
export function noticeKey(): Promise<KeyObject> {
  asked ??= kms
    .send(new GetPublicKeyCommand({ KeyId: environment('NOTICE_KEY') }))
    .then(({ PublicKey }) =>
      createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' }),
    );
  asked.catch(() => {
    asked = undefined;
  });
  return asked;
}

/** The signature of some bytes by that key (Ed25519). */
export async function signAsNotice(message: Uint8Array): Promise<Uint8Array> {
  const { Signature } = await kms.send(
    new SignCommand({
      KeyId: environment('NOTICE_KEY'),
      Message: message,
      MessageType: 'RAW',
      SigningAlgorithm: 'ED25519_SHA_512',
    }),
  );
  return Signature ?? new Uint8Array();
}
