import { checkSize } from './merkle.ts';
import { bundlePath } from './paths.ts';
import { TILE_WIDTH } from './tiles.ts';

/** No log reaches 10^16 entries: beyond 2^53 - 1 nothing here counts. */
const BEYOND = 10n ** 16n;

const ENTRIES = 'tile/entries/';
const threeDigits = (n: number): string => String(n).padStart(3, '0');

/**
 * Keys of the archive. Sizes count down in them, so that the newest is the first that a listing gives: however many
 * there are, one request finds it.
 */
export const archiveKeys = {
  checkpoints: 'checkpoints/',
  checkpoint: (size: number): string => `checkpoints/${countdown(size)}`,
  entries: ENTRIES,
  /** As the log serves them, so that a copy of the archive is itself a log that can be read. */
  bundle: bundlePath,
  /** What the keys of all parts of a bundle begin with. */
  partsOf: (index: number): string =>
    `parts/${bundlePath({ index, width: TILE_WIDTH }).slice(ENTRIES.length)}/`,
  /**
   * The entries `from` … `to - 1` of a bundle, counted within it.
   * @param sha256 of the object, in hex: what was never signed before the tables were lost may stand beside what was
   *   given its places afterwards
   */
  part: (index: number, from: number, to: number, sha256: string): string =>
    `${archiveKeys.partsOf(index)}${threeDigits(from)}-${threeDigits(to)}-${sha256.slice(0, 16)}`,
  /** Where a part begins and ends; both `NaN` in any other key. */
  boundsIn: (key: string): { readonly from: number; readonly to: number } => {
    const [, from, to] = /\/(\d{3})-(\d{3})-[0-9a-f]{16}$/.exec(key) ?? [];
    return { from: Number(from), to: Number(to) };
  },
  cosignatures: 'cosignatures/',
  /** What the keys of all cosignatures of a size begin with. */
  cosignaturesOf: (size: number): string => `cosignatures/${countdown(size)}/`,
  cosignature: (size: number, keyId: number): string =>
    `${archiveKeys.cosignaturesOf(size)}${keyId.toString(16).padStart(8, '0')}`,
  answers: 'answers/',
  answer: (sha256: string): string => `answers/${sha256}`,
  /** The size in the key of a checkpoint or a cosignature; `NaN` in any other. */
  sizeIn: (key: string): number => {
    const [, digits] = /^(?:checkpoints|cosignatures)\/(\d{17})(?:\/[0-9a-f]{8})?$/.exec(key) ?? [];
    return digits === undefined ? Number.NaN : Number(BEYOND - BigInt(digits));
  },
} as const;

function countdown(size: number): string {
  checkSize(size);
  return String(BEYOND - BigInt(size)).padStart(17, '0');
}
