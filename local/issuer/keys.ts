import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Fault } from '../fault.ts';

export const ALGORITHM = 'ES256';

/** The secrets of a data folder. They never leave it, and only its owner can read them. */
export interface Keys {
  /** Signs access tokens. */
  readonly issuer: JWK;
  /** With it every local client proves to the issuer who it is (`private_key_jwt`). */
  readonly clients: JWK;
}

const fileOf = (dataFolder: string): string => join(dataFolder, 'keys.json');

/** The keys of a data folder, made at the first start. */
export async function loadOrMakeKeys(dataFolder: string): Promise<Keys> {
  const kept = await loadKeys(dataFolder);
  if (kept !== undefined) return kept;
  const keys: Keys = { issuer: await makeKey('issuer'), clients: await makeKey('clients') };
  const path = fileOf(dataFolder);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.next`, JSON.stringify(keys), { mode: 0o600 });
  await rename(`${path}.next`, path);
  return keys;
}

/** @throws {Fault} when the file holds something else */
export async function loadKeys(dataFolder: string): Promise<Keys | undefined> {
  const text = await readFile(fileOf(dataFolder), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const keys = JSON.parse(text) as Partial<Keys>;
    if (keys.issuer !== undefined && keys.clients !== undefined)
      return { issuer: keys.issuer, clients: keys.clients };
  } catch {
    // Said below.
  }
  throw new Fault(`${fileOf(dataFolder)} does not hold the keys any more; start with --fresh`);
}

async function makeKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: ALGORITHM, use: 'sig' };
}

/** A key's public half. */
export function publicHalf({ d: _secret, ...key }: JWK): JWK {
  return key;
}
