import { Command } from 'commander';
import { withFileOptions } from '../fingerprint/command.ts';
import { type FrameOptions, runFrame } from '../fingerprint/run.ts';

/** `amanat frame`. */
export const frameCommand = (): Command =>
  withFileOptions(
    new Command('frame')
      .summary('make the fingerprints of master data, to compare leaks with')
      .description(
        'Fingerprints all that an agency itself holds at a date. A leak whose rows are in no recorded hand-over, or in ' +
          'several, is then told apart from one that nobody recorded: without frames, somebody is always accused.',
      )
      .argument('<file>', 'the master data: CSV, NDJSON or Parquet')
      .requiredOption('--date <moment>', 'the day or moment whose state it shows'),
  ).action((file: string, options: FrameOptions) => runFrame(file, options));
