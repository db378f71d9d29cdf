import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { sha256Of } from '../../core/bundle/case-file.ts';
import { type Files, inOrder } from '../../core/bundle/container.ts';
import { BundleFault } from '../../core/bundle/fault.ts';
import { type BundleTrust, type VerifiedBundle, verifyFiles, verifyZip } from '../../core/bundle/verify.ts';
import { errorCode, UsageError } from '../failure.ts';
import { keysIn, policyFrom, type TrustOptions } from '../verify/keys.ts';
import { renderBundle } from './render.ts';

/**
 * Verifies a bundle, or the folder that it was unpacked into, and tells what was verified, for a person. Opens no
 * connection, and trusts nothing but the keys.
 * @param verifier the script of this release
 * @throws BundleFault; UsageError when it cannot start
 */
export function checkBundle(path: string, trust: TrustOptions, verifier: Uint8Array): string {
  if (trust.key === undefined)
    throw new UsageError(
      'give the key of the log: --key; under a key that came with it, a bundle proves nothing',
    );
  const policy = policyFrom(keysIn(trust.key), trust);
  const { verified, sha256 } = verifiedAt(path, { policy, verifier });
  return renderBundle(verified, { path, sha256, verifier: sha256Of(verifier) });
}

function verifiedAt(path: string, trust: BundleTrust): { verified: VerifiedBundle; sha256?: string } {
  if (reading(path, () => lstatSync(path)).isDirectory())
    return { verified: verifyFiles(filesIn(path), trust) };
  const zip = reading(path, () => readFileSync(path));
  return { verified: verifyZip(zip, trust), sha256: sha256Of(zip) };
}

/** Everything in a folder: a bundle has files and folders, and nothing else. */
function filesIn(folder: string): Files {
  const names = reading(folder, () => readdirSync(folder, { recursive: true, withFileTypes: true }));
  return inOrder(
    names.flatMap((each) => {
      const path = join(each.parentPath, each.name);
      const name = relative(folder, path).split(sep).join('/');
      if (each.isDirectory()) return [];
      if (!each.isFile()) throw new BundleFault(name, 'file', 'is no plain file');
      return [[name, reading(path, () => readFileSync(path))] as const];
    }),
  );
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${errorCode(error)}`);
  }
}
