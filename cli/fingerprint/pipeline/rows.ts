import { Cmac } from '../../../core/fingerprint/cmac.ts';
import { RowBatch } from '../../../core/fingerprint/messages.ts';
import { normaliseId } from '../../../core/fingerprint/normalise/id.ts';
import { normaliseNumber } from '../../../core/fingerprint/normalise/number.ts';
import { reasonOf } from '../../../core/fingerprint/normalise/reasons.ts';
import { TEXT_NORMALISERS, type TextField } from '../../../core/fingerprint/normalise/row.ts';
import { TEXT_BYTES } from '../../../core/fingerprint/normalise/text.ts';
import type { FieldSet } from '../../../core/fingerprint/sets.ts';
import type { FieldPlan, RowReject, Seen } from './plan.ts';
import type { RowSink } from './readers.ts';
import type { IdStyle } from './styles.ts';

/** Rows whose messages go through the cipher together. */
const BATCH_ROWS = 16_384;

/** Takes the fingerprints of a batch: of each set the words of all rows, and which rows have all its fields. */
export type Taker = (set: number, words: Uint32Array, present: Uint8Array, strata: Uint8Array) => void;

/** Normalises rows cell by cell, and fingerprints them in batches. */
export class RowFingerprinter implements RowSink {
  readonly seen: Seen = { rows: 0, rejected: {}, styles: {} };
  readonly #fields: readonly FieldPlan[];
  readonly #sets: readonly { readonly set: FieldSet; readonly prf: Cmac }[];
  readonly #batch: RowBatch;
  readonly #take: Taker;
  readonly #text = new Uint8Array(TEXT_BYTES);
  readonly #textWords = new Uint32Array(this.#text.buffer);
  readonly #strata = new Uint8Array(BATCH_ROWS);
  /** By field, then by the reason's code. */
  readonly #counts: Uint32Array[];

  constructor(
    fields: readonly FieldPlan[],
    sets: readonly { readonly set: FieldSet; readonly key: Uint8Array }[],
    take: Taker,
  ) {
    this.#fields = fields;
    this.#sets = sets.map(({ set, key }) => ({ set, prf: new Cmac(key) }));
    this.#take = take;
    this.#batch = new RowBatch(
      BATCH_ROWS,
      fields.flatMap(({ field }) => (field === 'msisdn' || field === 'cnic' ? [] : [field])),
    );
    this.#counts = fields.map(() => new Uint32Array(16));
  }

  /** The cell of the `index`th field of the present row. */
  cell(index: number, bytes: Uint8Array, from: number, to: number): void {
    const { field, numeric } = this.#fields[index] as FieldPlan;
    const code =
      field === 'msisdn'
        ? this.#number(normaliseNumber(bytes, from, to))
        : field === 'cnic'
          ? this.#id(normaliseId(bytes, from, to, numeric))
          : this.#words(field, bytes, from, to);
    if (code < 0) {
      const counts = this.#counts[index] as Uint32Array;
      counts[-code] = (counts[-code] as number) + 1;
    }
  }

  /** Ends the present row, of which all cells were given. */
  endRow(): void {
    this.seen.rows++;
    this.#batch.count++;
    if (this.#batch.count === BATCH_ROWS) this.#fingerprint();
  }

  /** Counts a row that could not be read. */
  rejectRow(reason: RowReject): void {
    this.seen.rows++;
    this.seen.rejected.row ??= {};
    const rejected = this.seen.rejected.row;
    rejected[reason] = (rejected[reason] ?? 0) + 1;
  }

  style(field: 'msisdn' | 'cnic', style: IdStyle): void {
    const counts = this.seen.styles[field] ?? {};
    counts[style] = (counts[style] ?? 0) + 1;
    this.seen.styles[field] = counts;
  }

  /** Fingerprints what is left, and sums up. */
  finish(): Seen {
    this.#fingerprint();
    this.#fields.forEach(({ field }, index) => {
      const counts = [...(this.#counts[index] ?? [])].flatMap((count, code) => {
        const reason = reasonOf(-code);
        return reason && count > 0 ? [[reason, count]] : [];
      });
      if (counts.length > 0) this.seen.rejected[field] = Object.fromEntries(counts);
    });
    return this.seen;
  }

  #number(value: number): number {
    this.#batch.numbers[this.#batch.count] = value;
    return value;
  }

  #id(value: number): number {
    this.#batch.ids[this.#batch.count] = value;
    return value;
  }

  #words(field: TextField, bytes: Uint8Array, from: number, to: number): number {
    const code = TEXT_NORMALISERS[field](bytes, from, to, this.#text);
    this.#batch.setText(field, this.#batch.count, code < 0 ? undefined : this.#textWords);
    return code;
  }

  #fingerprint(): void {
    const { count } = this.#batch;
    for (let row = 0; row < count; row++) this.#strata[row] = this.#batch.stratum(row);
    this.#sets.forEach(({ set, prf }, index) => {
      const { words, present } = this.#batch.fingerprints(set, prf);
      this.#take(index, words, present, this.#strata);
    });
    this.#batch.count = 0;
  }
}
