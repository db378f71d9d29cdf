import { createHash, createHmac, randomBytes } from 'node:crypto';
import { type EpochKeys, epochKeys, type KeyHolder } from '../../core/fingerprint/keys.ts';
import { AgencyId } from '../../core/model/scalars.ts';
import { UsageError } from '../failure.ts';
import { makeKeyFile, readKeyFile } from '../key-file.ts';

/** Where the secret is: a file here, or a key in KMS. */
export interface KeyOptions {
  readonly keyFile?: string;
  readonly kmsKey?: string;
  readonly provider: string;
  readonly epoch: string;
}

/** `amanat-key-1` and 32 random bytes in base64url. */
const KEY_FILE = /^amanat-key-1 ([A-Za-z0-9_-]{43})\n$/;
const SECRET_BYTES = 32;

/** The keys of a provider and epoch. @throws UsageError when the holder does not give them out */
export async function openKeys({ keyFile, kmsKey, provider, epoch }: KeyOptions): Promise<EpochKeys> {
  const agency = AgencyId.safeParse(provider);
  if (!agency.success) throw new UsageError('--provider must be the id of an agency');
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$/.test(epoch))
    throw new UsageError('--epoch must be up to 20 letters, digits, dots and dashes, such as a year');
  if ((keyFile === undefined) === (kmsKey === undefined))
    throw new UsageError('say where the key is: either --key-file or --kms-key');
  return epochKeys(keyFile === undefined ? await inKms(kmsKey ?? '') : inFile(keyFile), epoch, agency.data);
}

/** Makes a key file that only its owner can read. @throws UsageError when there is one already */
export function newKeyFile(path: string): string {
  const secret = randomBytes(SECRET_BYTES);
  makeKeyFile(path, `amanat-key-1 ${secret.toString('base64url')}\n`);
  return keyIdOf(secret);
}

function inFile(path: string): KeyHolder {
  const secret = readSecret(path);
  return {
    keyId: keyIdOf(secret),
    mac: (message) => Promise.resolve(createHmac('sha256', secret).update(message).digest()),
  };
}

function readSecret(path: string): Buffer {
  const [, encoded] = KEY_FILE.exec(readKeyFile(path)) ?? [];
  const secret = Buffer.from(encoded ?? '', 'base64url');
  if (secret.length !== SECRET_BYTES)
    throw new UsageError(`${path} is no key file: "amanat fingerprint-key new" makes one`);
  return secret;
}

/** Names a secret, and tells nothing of it: 64 bits of its digest. */
const keyIdOf = (secret: Buffer) =>
  `file:${createHash('sha256').update('amanat key id\n').update(secret).digest('hex').slice(0, 16)}`;

/** The client of AWS is loaded for those who need it: it takes longer than all the rest. */
async function inKms(keyId: string): Promise<KeyHolder> {
  const { kmsKeyHolder } = await import('../../lambdas/store/mac.ts');
  const holder = kmsKeyHolder(keyId);
  return {
    keyId,
    mac: async (message) => {
      try {
        return await holder.mac(message);
      } catch (error) {
        throw new UsageError(`KMS does not use the key: ${error instanceof Error ? error.name : ''}`);
      }
    },
  };
}
