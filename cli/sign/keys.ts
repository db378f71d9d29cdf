import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Algorithm, algorithmOf } from '../../core/http-signature/keys.ts';
import { AgencyId, type Day, dayOf, type Instant } from '../../core/model/scalars.ts';
import { PublicKey } from '../../core/model/signing.ts';
import { provePossession } from '../../core/signing/proof.ts';
import { UsageError } from '../failure.ts';
import { makeKeyFile, readKeyFile } from '../key-file.ts';

/** Makes a file with a new private key (PKCS #8, PEM) that only its owner can read. @throws UsageError */
export function newSigningKey(path: string, algorithm: Algorithm): KeyObject {
  const { privateKey } =
    algorithm === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  makeKeyFile(path, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  return privateKey;
}

/** Reads a private key that agencies may sign with. @throws UsageError, which tells nothing of what is in the file */
export function readSigningKey(path: string): KeyObject {
  const text = readKeyFile(path);
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch {
    throw new UsageError(`${path} holds no private key in PEM without a passphrase`);
  }
  if (!algorithmOf(key)) throw new UsageError(`${path} is neither an Ed25519 nor a P-256 key`);
  return key;
}

/** @throws UsageError */
export function agencyIn(option: string): AgencyId {
  const { data } = AgencyId.safeParse(option);
  if (data === undefined) throw new UsageError('--agency must be the id of an agency');
  return data;
}

/** What registers a key: the body of `POST /v1/agencies/{agencyId}/events`. */
export function registrationOf(key: KeyObject, agencyId: AgencyId) {
  const occurredOn: Day = dayOf(new Date().toISOString() as Instant);
  return {
    kind: 'agency-key-registered',
    body: {
      occurredOn,
      key: PublicKey.parse(createPublicKey(key).export({ format: 'jwk' })),
      proof: provePossession(agencyId, key),
    },
  };
}
