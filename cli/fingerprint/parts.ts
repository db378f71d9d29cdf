import { basename } from 'node:path';
import * as z from 'zod';
import type { EpochKeys } from '../../core/fingerprint/keys.ts';
import { Canaries, FileFormat, Marking, TransferRecord } from '../../core/model/transfer.ts';
import { readTextFile, UsageError } from '../failure.ts';
import type { Dataset } from './dataset.ts';
import type { Made } from './make.ts';
import { prevailing } from './pipeline/styles.ts';

const { fingerprint, manifest, format, volume } = TransferRecord.shape;
/** The parts of a transfer's record that follow from its dataset. */
const Parts = z.object({ fingerprint, manifest, format, volume });
export type Parts = z.infer<typeof Parts>;

/** What `amanat mark` and `amanat canary` print, for the record and for the fingerprint file's header. */
const Devices = z.object({ marking: Marking.optional(), canaries: Canaries.optional() });
export type Devices = z.infer<typeof Devices>;

/** Reads what these commands printed. @throws UsageError */
export function readDevices(paths: readonly string[]): Devices {
  const devices: Devices = {};
  for (const path of paths) {
    let value: unknown;
    try {
      value = JSON.parse(readTextFile(path));
    } catch (error) {
      throw error instanceof UsageError ? error : new UsageError(`${path} is not JSON`);
    }
    const said = Devices.safeParse(value);
    if (!said.success || Object.keys(said.data).length === 0)
      throw new UsageError(`${path} is not what "amanat mark" or "amanat canary new" prints`);
    Object.assign(devices, said.data);
  }
  return devices;
}

/** What the transfer's record says of a dataset and its fingerprints, as `POST /v1/transfers` takes it. */
export function partsOf(path: string, dataset: Dataset, made: Made, { epoch }: EpochKeys): Parts {
  const { rows } = made.seen;
  const digest = { rows, bytes: dataset.bytes, sha256: made.datasetSha256 };
  const named = manifest.safeParse([{ file: basename(path), ...digest }]);
  return Parts.parse({
    fingerprint: { sha256: made.sha256, rows, fieldSets: made.sets, epoch },
    // A name that the ledger would not take, for what it seems to hold.
    manifest: named.success ? named.data : [{ file: 'dataset', ...digest }],
    format: formatOf(dataset, made),
    volume: { rows, bytes: dataset.bytes, exact: true },
  });
}

/** How the file looks, as far as the ledger has words for it. */
export function formatOf({ look }: Dataset, { seen }: Pick<Made, 'seen'>): FileFormat {
  const styles = Object.entries(seen.styles).map(([field, counts]) => [field, prevailing(counts)]);
  const said = { ...look, idStyle: Object.fromEntries(styles.filter(([, style]) => style !== undefined)) };
  return Object.fromEntries(
    Object.entries(FileFormat.shape).flatMap(([name, schema]) => {
      const part = schema.safeParse(said[name as keyof typeof said]);
      return part.success && part.data !== undefined ? [[name, part.data]] : [];
    }),
  );
}
