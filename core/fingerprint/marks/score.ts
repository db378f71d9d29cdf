import type { FingerprintField } from '../sets.ts';
import type { RowMarks } from './bits.ts';
import type { Bit } from './variants.ts';

/** Leaked rows as far as marks show in them. */
export interface ReadRows {
  /** The normalised id or number of each row, by which its marks are known; negative where there is none. */
  readonly identities: Float64Array;
  /** By field, the bit that each row's cell says; undefined where it says none. */
  readonly bits: ReadonlyMap<FingerprintField, readonly (Bit | undefined)[]>;
}

/** How far the spelling of the rows speaks for one marked copy. */
export interface MarkScore {
  /** log10 of how many times more probable the spellings are if the rows come from this copy. */
  readonly log10Lr: number;
  readonly fields: readonly {
    readonly field: FingerprintField;
    readonly read: number;
    readonly agreeing: number;
    readonly log10Lr: number;
  }[];
  /** Rows that this copy does not hold, its key having left them out; undefined where it left out none. */
  readonly omission?: { readonly rows: number; readonly contradicting: number; readonly log10Lr: number };
}

/**
 * Scores rows against one marked copy. The alternative is that they come from elsewhere: another copy of the same
 * extract, marked under another label, or none; then a cell agrees with this copy's bit by chance, one time in two.
 *
 * How many cells still have the spelling in which they were handed over is not known. Some leaker's tool may have
 * spelled them all anew, and some of the rows may be from elsewhere. So the likelihood is averaged over that share:
 * a quarter of the weight on none, which keeps a tidied column from speaking against its source, the rest even.
 */
export function scoreMarks(rows: ReadRows, marks: RowMarks, omitted: number | undefined): MarkScore {
  const fields = [...rows.bits].map(([field, bits]) => {
    let [read, agreeing] = [0, 0];
    bits.forEach((bit, row) => {
      if (bit === undefined || (rows.identities[row] as number) < 0) return;
      read++;
      if (marks.bit(row, field) === bit) agreeing++;
    });
    return { field, read, agreeing, log10Lr: keptLr(agreeing, read - agreeing) };
  });
  const omission = omitted === undefined ? undefined : omissionOf(rows, marks, omitted);
  const all = [...fields, ...(omission ? [omission] : [])];
  return {
    log10Lr: all.reduce((sum, { log10Lr }) => sum + log10Lr, 0),
    fields,
    ...(omission && { omission }),
  };
}

const SHARES = Array.from({ length: 20 }, (_, at) => (at + 1) / 20);
const WEIGHT_OF_NONE = 0.25;

/** A cell that was kept with probability `h` agrees with probability `(1 + h) / 2`; by chance with 1/2. */
const keptLr = (agreeing: number, differing: number): number =>
  averaged((h) => agreeing * Math.log1p(h) + times(differing, Math.log1p(-h)));

/**
 * A row that the copy left out can only come from elsewhere: with a share `w` of the rows from this copy, one among
 * them is `1 - w` times as frequent as among rows that know nothing of the key.
 */
function omissionOf({ identities }: ReadRows, marks: RowMarks, omitted: number) {
  let [rows, contradicting] = [0, 0];
  identities.forEach((identity, row) => {
    if (identity < 0) return;
    rows++;
    if (marks.isOmitted(row)) contradicting++;
  });
  const log10Lr = averaged(
    (w) =>
      times(contradicting, Math.log1p(-w)) +
      (rows - contradicting) * Math.log((1 - (1 - w) * omitted) / (1 - omitted)),
  );
  return { rows, contradicting, log10Lr };
}

/** log10 of the average of `exp(logLr(share))`; with share 0 it is 1. */
function averaged(logLr: (share: number) => number): number {
  const weight = (1 - WEIGHT_OF_NONE) / SHARES.length;
  const terms = [Math.log(WEIGHT_OF_NONE), ...SHARES.map((share) => Math.log(weight) + logLr(share))];
  const most = Math.max(...terms);
  return (most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0))) / Math.LN10;
}

/** Nothing times whatever is nothing. */
const times = (count: number, value: number): number => (count === 0 ? 0 : count * value);
