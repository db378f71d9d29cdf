import { checkSize } from './merkle.ts';
import { bundlePath } from './paths.ts';

/** No log reaches 10^16 entries: beyond 2^53 - 1 nothing here counts. */
const BEYOND = 10n ** 16n;

/**
 * Keys of the archive. Checkpoints count down, so that the newest is the first that a listing gives: however many
 * there are, one request finds it.
 */
export const archiveKeys = {
  checkpoints: 'checkpoints/',
  checkpoint: (size: number): string => {
    checkSize(size);
    return `checkpoints/${String(BEYOND - BigInt(size)).padStart(17, '0')}`;
  },
  /** The size in the key of a checkpoint; `NaN` in any other. */
  sizeIn: (key: string): number => {
    const [, digits] = /^checkpoints\/(\d{17})$/.exec(key) ?? [];
    return digits === undefined ? Number.NaN : Number(BEYOND - BigInt(digits));
  },
  entries: 'tile/entries/',
  /** As the log serves them, so that a copy of the archive is itself a log that can be read. */
  bundle: bundlePath,
  cosignature: (size: number, keyId: number): string =>
    `cosignatures/${size}/${keyId.toString(16).padStart(8, '0')}`,
  cosignatures: (size: number): string => `cosignatures/${size}/`,
  answers: 'answers/',
  answer: (sha256: string): string => `answers/${sha256}`,
} as const;
