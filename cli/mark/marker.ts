import type { EpochKeys } from '../../core/fingerprint/keys.ts';
import { type MarkIdentity, RowMarks } from '../../core/fingerprint/marks/bits.ts';
import { VARIANTS } from '../../core/fingerprint/marks/variants.ts';
import { normaliseId } from '../../core/fingerprint/normalise/id.ts';
import { normaliseNumber } from '../../core/fingerprint/normalise/number.ts';
import type { FingerprintField } from '../../core/fingerprint/sets.ts';
import type { Marking } from '../../core/model/transfer.ts';
import type { FieldPlan } from '../fingerprint/pipeline/plan.ts';
import type { MarkableRow } from './rows.ts';

/** What became of the rows. */
export interface Marked {
  rows: number;
  /** Rows without the id that decides: they stay as they are. */
  unknown: number;
  omitted: number;
  /** Cells that carry a bit, by field. */
  readonly cells: Partial<Record<FingerprintField, number>>;
}

/** Spells rows as the key decides, and leaves out those that it says. */
export class Marker {
  readonly marked: Marked = { rows: 0, unknown: 0, omitted: 0, cells: {} };
  readonly #keys: EpochKeys;
  readonly #marking: Marking;
  readonly #fields: readonly FieldPlan[];
  readonly #decides: FieldPlan | undefined;

  /** @param fields all that are mapped: those that carry marks, and the id that decides */
  constructor(keys: EpochKeys, marking: Marking, fields: readonly FieldPlan[]) {
    this.#keys = keys;
    this.#marking = marking;
    this.#fields = fields;
    this.#decides = fields.find(({ field }) => field === marking.by);
  }

  /** The bytes of the rows that are left, in order. */
  mark(rows: readonly MarkableRow[]): Uint8Array[] {
    const identities = Float64Array.from(rows, (row) => this.#identity(row));
    const marks = new RowMarks(this.#keys, this.#marking, identities);
    return rows.flatMap((row, at) => {
      if (row.cells.length > 0) this.marked.rows++;
      if ((identities[at] as number) < 0) {
        if (row.cells.length > 0) this.marked.unknown++;
        return [row.plain];
      }
      if (marks.isOmitted(at)) {
        this.marked.omitted++;
        return [];
      }
      return [this.#respelled(row, marks, at)];
    });
  }

  #identity(row: MarkableRow): number {
    if (!this.#decides) return -1;
    return identityOf(
      this.#marking.by,
      row.cells[this.#fields.indexOf(this.#decides)] ?? '',
      this.#decides.numeric,
    );
  }

  #respelled(row: MarkableRow, marks: RowMarks, at: number): Uint8Array {
    const texts = new Map<number, string>();
    this.#fields.forEach(({ field }, index) => {
      const cell = row.cells[index];
      if (cell === undefined || !this.#marking.fields.includes(field)) return;
      const text = VARIANTS[field].spell(cell, marks.bit(at, field));
      if (text !== undefined) texts.set(index, text);
    });
    const bytes = row.rewritten(texts);
    if (!bytes) return row.plain;
    for (const index of texts.keys()) {
      const { field } = this.#fields[index] as FieldPlan;
      this.marked.cells[field] = (this.marked.cells[field] ?? 0) + 1;
    }
    return bytes;
  }
}

/** What a cell makes its row known by; negative when it is no id. */
export function identityOf(by: MarkIdentity, cell: string, numeric: boolean): number {
  const bytes = Buffer.from(cell);
  return by === 'cnic'
    ? normaliseId(bytes, 0, bytes.length, numeric)
    : normaliseNumber(bytes, 0, bytes.length);
}
