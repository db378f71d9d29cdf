import { BundleFault } from '../../core/bundle/fault.ts';
import { LogError, type LogErrorCode } from '../../core/log/error.ts';

/** What a verification may end with, other than well: the exit code of each, and what it means. */
export const FINDINGS = {
  network: [3, 'there was no answer, or none in time; nothing is known'],
  refused: [4, 'the API refused a request: the token is not valid, or something is not there'],
  answer: [5, 'an answer was none that this API gives: too long, a redirect, another form'],
  broken: [6, 'the API fails at a request, time and again: what it holds may be damaged'],
  format: [10, 'a checkpoint, key or receipt does not have its form'],
  key: [11, 'not signed by the key given, or a checkpoint of another log'],
  signature: [12, 'a signature under the name of a trusted key does not verify'],
  witnesses: [13, 'fewer witnesses have cosigned than were asked for'],
  rollback: [14, 'the log is smaller than when it was verified before'],
  consistency: [15, 'the log does not begin with what was verified before: it was forked or rewritten'],
  proof: [16, 'the receipt does not prove that this entry is in the log'],
  tile: [17, 'a tile is not there, or does not follow from the leaves'],
  root: [18, 'the leaves do not lead to the root that was signed'],
  bundle: [19, 'a bundle of entries is not there, or does not hold just its entries'],
  leaf: [20, 'an entry is not the one whose hash is in the log'],
  entry: [21, 'what stands in the log is no entry'],
  duplicate: [22, 'an entry stands in the log twice'],
  index: [23, 'the index of entries does not match the log'],
  file: [24, 'a file of a case bundle is not what it must be: altered, missing, or one too many'],
  party: [
    25,
    'an agency’s signature does not verify, or is missing where the agency or the stage asked for it',
  ],
  views: [30, 'what the API answers is not what the log says (audit and bundle find that)'],
  interrupted: [130, 'it was interrupted'],
} as const satisfies Record<string, readonly [code: number, meaning: string]>;

export type FindingKind = keyof typeof FINDINGS;

/** The end of a verification that did not go well. */
export class Finding extends Error {
  override readonly name = 'Finding';
  readonly kind: FindingKind;

  constructor(kind: FindingKind, message: string) {
    super(message);
    this.kind = kind;
  }

  get exitCode(): number {
    return FINDINGS[this.kind][0];
  }

  /** The one line that says it. */
  get line(): string {
    return `FAILED ${this.kind}: ${plain(this.message)}`;
  }
}

const LONGEST = 400;

/** Text in which a server may have had a word, for a terminal: nothing that moves a cursor, and not at any length. */
export function plain(text: string): string {
  const visible = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '?');
  return visible.length > LONGEST ? `${visible.slice(0, LONGEST)}…` : visible;
}

const KINDS: Record<LogErrorCode, FindingKind> = {
  'out-of-range': 'format',
  'bad-hash': 'format',
  'bad-frontier': 'format',
  'bad-path': 'format',
  'bad-note': 'format',
  'bad-key': 'format',
  'bad-checkpoint': 'format',
  'bad-request': 'format',
  'bad-receipt': 'format',
  'bad-proof': 'proof',
  'root-mismatch': 'proof',
  'bad-tile': 'tile',
  'bad-bundle': 'bundle',
  'unknown-origin': 'key',
  'no-signature': 'key',
  'bad-signature': 'signature',
  'too-few-cosignatures': 'witnesses',
};

/** The finding that something wrong with a log, or with a bundle of a case, is; `undefined` for any other error. */
export function findingIn(error: unknown): Finding | undefined {
  if (error instanceof Finding) return error;
  if (error instanceof LogError) return new Finding(KINDS[error.code], error.message);
  if (!(error instanceof BundleFault)) return undefined;
  const { code, file, message } = error;
  const kind = code === 'file' || code === 'entry' || code === 'party' ? code : KINDS[code];
  return new Finding(kind, `${file}: ${message}`);
}
