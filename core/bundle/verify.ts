import { canonicalJson } from '../canonical.ts';
import { openCheckpoint, type VerifiedCheckpoint } from '../log/checkpoint.ts';
import { LogError } from '../log/error.ts';
import { leafHash } from '../log/merkle.ts';
import { type Policy, policyOf } from '../log/policy.ts';
import { parseReceipt } from '../log/receipt.ts';
import { verifyInclusion } from '../log/verify.ts';
import { type Entry, parseEntry } from '../model/entry.ts';
import { TraceId } from '../model/scalars.ts';
import { type CaseFile, sha256Of } from './case-file.ts';
import { composeBundle } from './compose.ts';
import { checkContainer, type Files, firstDifference, unzip } from './container.ts';
import { BundleFault } from './fault.ts';
import type { Grounds, ProvedEntry } from './grounds.ts';
import { bundledCheckpoint, parseKeys } from './keys.ts';
import { entryFile, FILES, isEntryFile, receiptOf, traceIdIn } from './layout.ts';

export interface VerifiedBundle {
  /** As the policy has verified it. */
  readonly checkpoint: VerifiedCheckpoint;
  readonly file: CaseFile;
  readonly files: Files;
}

/** Whom a verification trusts, and the verifier that it is. */
export interface BundleTrust {
  readonly policy: Policy;
  /** The script of this release: another release may put the same case into other words. */
  readonly verifier: Uint8Array;
}

/** {@link verifyFiles} of a ZIP, and whether it is the very ZIP that these files make. @throws BundleFault */
export function verifyZip(zip: Uint8Array, trust: BundleTrust): VerifiedBundle {
  const verified = verifyFiles(unzip(zip), trust);
  checkContainer(zip, verified.files);
  return verified;
}

/**
 * Verifies the files of a bundle, all of which may be hostile. The checkpoint is verified by the policy, each entry by
 * its proof to the checkpoint, each answer by the digest in the entry of its trace; then everything else is made anew
 * from these and compared byte for byte. So no file is believed, and none can be altered, left out or added.
 * @throws BundleFault naming the first file found wrong
 */
export function verifyFiles(files: Files, { policy, verifier }: BundleTrust): VerifiedBundle {
  const shown = fileOf(files, FILES.checkpoint);
  const checkpoint = within(FILES.checkpoint, () => openCheckpoint(shown, policy));
  const { log, witnesses } = parseKeys(fileOf(files, FILES.keys));
  const { text: note, keys } = within(FILES.checkpoint, () =>
    bundledCheckpoint(shown, policyOf([log], witnesses)),
  );
  checkVerifier(fileOf(files, FILES.verifier), verifier);
  const grounds: Grounds = {
    checkpoint: note,
    keys,
    entries: [...files].flatMap(([name, bytes]) =>
      isEntryFile(name) ? readEntry(name, bytes, fileOf(files, receiptOf(name)), checkpoint) : [],
    ),
    answers: answersIn(files),
  };
  const { file, files: expected } = composing(grounds, verifier);
  compare(files, expected);
  return { checkpoint, file, files: expected };
}

function checkVerifier(bytes: Uint8Array, own: Uint8Array): void {
  if (Buffer.compare(bytes, own) === 0) return;
  throw new BundleFault(
    FILES.verifier,
    'file',
    `has SHA-256 ${sha256Of(bytes)}, where the verifier that verifies here is ${sha256Of(own)}: it was altered, or the bundle is of another release, with whose verifier it has to be verified`,
  );
}

function readEntry(
  name: string,
  bytes: Uint8Array,
  receiptBytes: Uint8Array,
  { size, root }: VerifiedCheckpoint,
): ProvedEntry {
  const entry = entryIn(name, bytes);
  const receipt = within(receiptOf(name), () => parseReceipt(receiptBytes));
  const { index, proof } = receipt;
  within(name, () => verifyInclusion({ index, size, leaf: leafHash(bytes), proof, root }));
  if (name !== entryFile(index, entry.entryId))
    throw new BundleFault(name, 'file', 'has not the name that its place and its id make');
  return { index, entry, bytes, proof };
}

function entryIn(name: string, bytes: Uint8Array): Entry {
  try {
    const entry = parseEntry(bytes);
    if (Buffer.compare(Buffer.from(canonicalJson(entry)), bytes) === 0) return entry;
  } catch {
    // Whatever is wrong with it: what it says is not repeated.
  }
  throw new BundleFault(name, 'entry', 'is no entry in canonical JSON');
}

function answersIn(files: Files): Grounds['answers'] {
  return new Map(
    [...files].flatMap(([name, bytes]) => {
      const id = traceIdIn(name);
      if (id === undefined) return [];
      const { success, data } = TraceId.safeParse(id);
      if (!success) throw new BundleFault(name, 'file', 'is one too many: no trace has such an id');
      return [[data, bytes] as const];
    }),
  );
}

/** Entries of a log that is none of a ledger can be proved, and yet not add up. */
function composing(grounds: Grounds, verifier: Uint8Array): ReturnType<typeof composeBundle> {
  try {
    return composeBundle(grounds, verifier);
  } catch (error) {
    if (error instanceof BundleFault) throw error;
    throw new BundleFault('entries/', 'entry', 'hold what no ledger would have accepted');
  }
}

function compare(files: Files, expected: Files): void {
  for (const [name, bytes] of expected) {
    const at = firstDifference(fileOf(files, name), bytes);
    if (at !== undefined)
      throw new BundleFault(name, 'file', `differs from byte ${at} on from what follows from the entries`);
  }
  for (const name of files.keys())
    if (!expected.has(name)) throw new BundleFault(name, 'file', 'is one too many: no bundle has it');
}

function fileOf(files: Files, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw new BundleFault(name, 'file', 'is not there');
  return bytes;
}

function within<T>(file: string, verify: () => T): T {
  try {
    return verify();
  } catch (error) {
    if (error instanceof LogError) throw new BundleFault(file, error.code, error.message);
    throw error;
  }
}
