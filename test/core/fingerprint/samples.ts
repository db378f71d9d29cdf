import type { EpochKeys } from '../../../core/fingerprint/keys.ts';
import { RowBatch } from '../../../core/fingerprint/messages.ts';
import type { LeakSample } from '../../../core/fingerprint/sample.ts';
import type { FieldSet } from '../../../core/fingerprint/sets.ts';
import type { Row } from './files.ts';

const SETS: readonly FieldSet[] = ['msisdn', 'cnic', 'msisdn+cnic'];

/** Leaked rows under some keys. */
export function sampleOf(rows: readonly Row[], rings: readonly EpochKeys[], sets = SETS): LeakSample {
  const batch = new RowBatch(rows.length, []);
  rows.forEach(([number = -1, id = -1], row) => {
    batch.numbers[row] = number;
    batch.ids[row] = id;
  });
  batch.count = rows.length;
  return {
    rows: rows.length,
    strata: Uint8Array.from(rows, (_, row) => batch.stratum(row)),
    keyrings: rings.map((keys) => ({
      provider: keys.provider,
      epoch: keys.epoch,
      keyCheck: keys.keyCheck,
      sets: new Map(
        sets.map((set) => {
          const { words, present } = batch.fingerprints(set, keys.prf(set));
          const own = words.map((word, at) => (present[at >>> 1] ? word : 0));
          return [set, { words: Uint32Array.from(own), present }];
        }),
      ),
    })),
  };
}
