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

/** What was counted against one marked copy; of several parts of the rows it adds up. */
export interface MarkCounts {
  readonly fields: readonly {
    readonly field: FingerprintField;
    readonly read: number;
    readonly agreeing: number;
  }[];
  /** Rows that this copy does not hold, its key having left them out; undefined where it left out none. */
  readonly omission?: { readonly rows: number; readonly contradicting: number };
}

/** How far the spelling of the rows speaks for one marked copy. */
export interface MarkScore {
  /** log10 of how many times more probable the spellings are if the rows come from this copy. */
  readonly log10Lr: number;
  readonly fields: readonly (MarkCounts['fields'][number] & { readonly log10Lr: number })[];
  readonly omission?: NonNullable<MarkCounts['omission']> & { readonly log10Lr: number };
}

/** Counts how far rows agree with one marked copy. */
export function countMarks(rows: ReadRows, marks: RowMarks, omitted: number | undefined): MarkCounts {
  const fields = [...rows.bits].map(([field, bits]) => {
    let [read, agreeing] = [0, 0];
    bits.forEach((bit, row) => {
      if (bit === undefined || (rows.identities[row] as number) < 0) return;
      read++;
      if (marks.bit(row, field) === bit) agreeing++;
    });
    return { field, read, agreeing };
  });
  return { fields, ...(omitted !== undefined && { omission: omissionOf(rows, marks) }) };
}

/**
 * Weighs what was counted against one marked copy. The alternative is that the rows come from elsewhere: another copy
 * of the same extract, marked under another label, or none; then a cell agrees with this copy's bit by chance, one time
 * in two.
 *
 * How many cells still have the spelling in which they were handed over is not known. Some leaker's tool may have
 * spelled them all anew, and some of the rows may be from elsewhere. So the likelihood is averaged over that share:
 * a quarter of the weight on none, which keeps a tidied column from speaking against its source, the rest even.
 * @param omitted the share of rows that the copy left out
 */
export function weighMarks(counts: MarkCounts, omitted: number | undefined): MarkScore {
  const fields = counts.fields.map((each) => ({
    ...each,
    log10Lr: keptLr(each.agreeing, each.read - each.agreeing),
  }));
  const omission = counts.omission &&
    omitted !== undefined && { ...counts.omission, log10Lr: omissionLr(counts.omission, omitted) };
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

function omissionOf({ identities }: ReadRows, marks: RowMarks) {
  let [rows, contradicting] = [0, 0];
  identities.forEach((identity, row) => {
    if (identity < 0) return;
    rows++;
    if (marks.isOmitted(row)) contradicting++;
  });
  return { rows, contradicting };
}

/**
 * A row that the copy left out can only come from elsewhere: with a share `w` of the rows from this copy, one among
 * them is `1 - w` times as frequent as among rows that know nothing of the key.
 */
const omissionLr = ({ rows, contradicting }: NonNullable<MarkCounts['omission']>, omitted: number): number =>
  averaged(
    (w) =>
      times(contradicting, Math.log1p(-w)) +
      (rows - contradicting) * Math.log((1 - (1 - w) * omitted) / (1 - omitted)),
  );

/** log10 of the average of `exp(logLr(share))` over the share of rows that are as this copy has them; with none it is 1. */
export function averaged(logLr: (share: number) => number): number {
  const weight = (1 - WEIGHT_OF_NONE) / SHARES.length;
  const terms = [Math.log(WEIGHT_OF_NONE), ...SHARES.map((share) => Math.log(weight) + logLr(share))];
  const most = Math.max(...terms);
  return (most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0))) / Math.LN10;
}

/** Nothing times whatever is nothing. */
export const times = (count: number, value: number): number => (count === 0 ? 0 : count * value);
