import type { MarkIdentity } from '../../core/fingerprint/marks/bits.ts';
import type { ReadRows } from '../../core/fingerprint/marks/score.ts';
import { VARIANTS } from '../../core/fingerprint/marks/variants.ts';
import type { ColumnChoice } from '../fingerprint/dataset.ts';
import type { Sample } from '../fingerprint/sample.ts';
import { identityOf } from './marker.ts';

/** What marks show in the rows of a leak, as far as they can be known by this id. */
export function readMarks({ rows }: Sample, choices: readonly ColumnChoice[], by: MarkIdentity): ReadRows {
  const decides = choices.findIndex(({ field }) => field === by);
  const numeric = choices[decides]?.numeric === true;
  return {
    identities: Float64Array.from(rows, (cells) => identityOf(by, cells[decides] ?? '', numeric)),
    bits: new Map(
      choices.map(({ field }, index) => [
        field,
        rows.map((cells) => VARIANTS[field].read(cells[index] ?? '')),
      ]),
    ),
  };
}
