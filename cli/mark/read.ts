import type { ReadRows } from '../../core/fingerprint/marks/score.ts';
import { VARIANTS } from '../../core/fingerprint/marks/variants.ts';
import type { Marking } from '../../core/model/transfer.ts';
import type { ColumnChoice } from '../fingerprint/dataset.ts';
import type { Sample } from '../fingerprint/sample.ts';
import { identityOf } from './marker.ts';

/** What marks show in the rows of a leak: in the fields that carry them, by the id that decides. */
export function readMarks(
  { rows }: Pick<Sample, 'rows'>,
  choices: readonly ColumnChoice[],
  { by, fields }: Pick<Marking, 'by' | 'fields'>,
): ReadRows {
  const decides = choices.findIndex(({ field }) => field === by);
  const numeric = choices[decides]?.numeric === true;
  return {
    identities: Float64Array.from(rows, (cells) => identityOf(by, cells[decides] ?? '', numeric)),
    bits: new Map(
      choices.flatMap(({ field }, index) =>
        fields.includes(field)
          ? [[field, rows.map((cells) => VARIANTS[field].read(cells[index] ?? ''))]]
          : [],
      ),
    ),
  };
}
