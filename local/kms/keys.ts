import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { Fault } from '../fault.ts';
import { KEY_SPECS, type KeySpec, type KmsKey } from '../template/keys.ts';

/** A key with what it is made of: a private Ed25519 key, or 32 secret bytes. */
export interface HeldKey extends KmsKey {
  readonly secret: KeyObject;
}

/** By ARN: the material of every key that a template ever had, as PKCS #8 or as it is. */
const KeyFile = z.record(z.string(), z.strictObject({ keySpec: z.enum(KEY_SPECS), material: z.base64() }));
type KeyFile = z.infer<typeof KeyFile>;

const fileOf = (dataFolder: string): string => join(dataFolder, 'kms.json');

/** The keys of an account, found as KMS finds them: by id or by ARN. They never leave their data folder. */
export class KeyStore {
  readonly #keys: ReadonlyMap<string, HeldKey>;

  constructor(keys: readonly HeldKey[]) {
    this.#keys = new Map(keys.flatMap((key) => [[key.id, key] as const, [key.arn, key] as const]));
  }

  find(idOrArn: string): HeldKey | undefined {
    return this.#keys.get(idOrArn);
  }

  /**
   * The public half of a signing key, as DER of its SubjectPublicKeyInfo.
   * @throws {TypeError} when there is no such key
   */
  publicKey(idOrArn: string): Buffer {
    const key = this.find(idOrArn);
    if (key?.keySpec !== 'ECC_NIST_EDWARDS25519') throw new TypeError(`${idOrArn} is no key that signs`);
    return publicHalf(key);
  }
}

export const publicHalf = ({ secret }: HeldKey): Buffer =>
  createPublicKey(secret).export({ type: 'spki', format: 'der' });

/**
 * The keys of the templates with the material that the data folder holds for them, made at the first start that has
 * them. Material is never replaced nor dropped: what was signed with a key would be of nobody any more.
 * @throws {Fault} when the file holds something else
 */
export async function loadOrMakeKeyStore(dataFolder: string, keys: readonly KmsKey[]): Promise<KeyStore> {
  const kept = await readKeyFile(dataFolder);
  const missing = keys.filter(({ arn }) => kept[arn] === undefined);
  const made = missing.map(
    ({ arn, keySpec }) => [arn, { keySpec, material: makeMaterial(keySpec) }] as const,
  );
  const file: KeyFile = { ...kept, ...Object.fromEntries(made) };
  // Before any of them is used: a signature must not outlive its key.
  if (made.length > 0) await writeKeyFile(dataFolder, file);
  return new KeyStore(keys.map((key) => hold(dataFolder, key, file[key.arn])));
}

function hold(dataFolder: string, key: KmsKey, entry: KeyFile[string] | undefined): HeldKey {
  if (entry?.keySpec !== key.keySpec)
    throw new Fault(
      `${fileOf(dataFolder)} holds ${key.arn} as a key of another kind; start with --fresh, or choose another folder with --data DIR`,
    );
  const material = Buffer.from(entry.material, 'base64');
  const secret =
    key.keySpec === 'HMAC_256'
      ? createSecretKey(material)
      : createPrivateKey({ key: material, format: 'der', type: 'pkcs8' });
  return { ...key, secret };
}

function makeMaterial(keySpec: KeySpec): string {
  const material =
    keySpec === 'HMAC_256'
      ? randomBytes(32)
      : generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
  return material.toString('base64');
}

async function readKeyFile(dataFolder: string): Promise<KeyFile> {
  const text = await readFile(fileOf(dataFolder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    return KeyFile.parse(JSON.parse(text));
  } catch {
    throw new Fault(`${fileOf(dataFolder)} does not hold the keys any more; start with --fresh`);
  }
}

async function writeKeyFile(dataFolder: string, file: KeyFile): Promise<void> {
  const path = fileOf(dataFolder);
  await writeFile(`${path}.next`, JSON.stringify(file), { mode: 0o600, flush: true });
  await rename(`${path}.next`, path);
}
