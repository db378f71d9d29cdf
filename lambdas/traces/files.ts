import { FingerprintError } from '../../core/fingerprint/error.ts';
import { inMemory, openFingerprints, reopenFingerprints } from '../../core/fingerprint/open.ts';
import type { LeakSample } from '../../core/fingerprint/sample.ts';
import type { FingerprintSet } from '../../core/fingerprint/types.ts';
import type { Sha256 } from '../../core/model/scalars.ts';
import type { NotCompared } from '../../core/trace/sample/answer.ts';
import { type Compared, compare } from '../../core/trace/sample/compare.ts';
import { partsOf, readUpTo } from '../store/fingerprints.ts';

/** What a record says of its fingerprint file. */
export interface Recorded {
  readonly sha256: Sha256;
  readonly kind: 'transfer' | 'frame';
  readonly provider: string;
  readonly epoch: string;
}

/** Whose keys values are under; which keys exactly, the file itself says. */
type Keyring = Pick<Recorded, 'provider' | 'epoch'>;

/** Whether a file can be of one of the keys at all. Of many files most are of other years, and not read for nothing. */
export const isUnder = (keyrings: readonly Keyring[], { provider, epoch }: Recorded): boolean =>
  keyrings.some((ring) => ring.provider === provider && ring.epoch === epoch);

/** A file up to this size is read at once; of a larger one no more than a part is in memory. */
const WHOLE_BYTES = 64 * 2 ** 20;

/** Compares a sample with the file that a record commits to. */
export const compareWith = (sample: LeakSample, recorded: Recorded): Promise<Compared | NotCompared> =>
  withRecorded(recorded, sample.keyrings, (file) => compare(sample, file));

/**
 * Asks the file that a record commits to, or says why not. S3 took no other file under that digest; it is computed here
 * all the same, since an answer may accuse somebody.
 */
export async function withRecorded<T>(
  recorded: Recorded,
  keyrings: readonly Keyring[],
  ask: (file: FingerprintSet) => Promise<T | NotCompared>,
): Promise<T | NotCompared> {
  if (!isUnder(keyrings, recorded)) return 'other-key';
  try {
    const file = await openRecorded(recorded.sha256);
    if (!file) return 'file-absent';
    const { kind, provider, epoch } = file.header;
    if (kind !== recorded.kind || provider !== recorded.provider || epoch !== recorded.epoch)
      return 'file-unsound';
    return await ask(file);
  } catch (error) {
    if (error instanceof FingerprintError) return 'file-unsound';
    throw error;
  }
}

/** Undefined where it was never brought. @throws FingerprintError where it is not what its record commits to */
async function openRecorded(sha256: Sha256): Promise<FingerprintSet | undefined> {
  const known = kept.get(sha256);
  if (known) return known.file;
  const found = await readUpTo('files', sha256, WHOLE_BYTES);
  if (!found) return undefined;
  const { size, bytes } = found;
  if (!bytes) return openFingerprints(partsOf('files', sha256, size), sha256);
  const file = await openFingerprints(inMemory(bytes), sha256);
  keep(sha256, file, bytes.length);
  return file;
}

/** A file that was compared moments ago. Its header was verified then, with all of it: now only parts are read. */
export const openCompared = (sha256: Sha256, { header, beginnings }: Compared): FingerprintSet =>
  kept.get(sha256)?.file ?? reopenFingerprints(header, beginnings, (size) => partsOf('files', sha256, size));

/** Files whose digests were computed by this very process, oldest first. An object never changes, so neither do they. */
const kept = new Map<Sha256, { readonly file: FingerprintSet; readonly bytes: number }>();
/** Of files; an open one has its parts a second time. */
const KEPT_BYTES = 256 * 2 ** 20;
let keptBytes = 0;

function keep(sha256: Sha256, file: FingerprintSet, bytes: number): void {
  // Two lanes may have read the same file.
  if (kept.has(sha256)) return;
  for (const [oldest, one] of kept) {
    if (keptBytes + bytes <= KEPT_BYTES) break;
    kept.delete(oldest);
    keptBytes -= one.bytes;
  }
  kept.set(sha256, { file, bytes });
  keptBytes += bytes;
}
