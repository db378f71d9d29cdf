import { Command, Option } from 'commander';
import { newKeyFile } from './keys.ts';
import { several, withKeyOptions, withReadOptions } from './options.ts';
import { runFingerprint, type TransferOptions } from './run.ts';

const EXIT_CODES =
  '\nExit codes: 0 the file is written, 2 nothing is and a line says why, 130 it was interrupted and nothing is.';

/** Options of what makes fingerprint files. */
export const withFileOptions = (command: Command): Command =>
  withKeyOptions(withReadOptions(command))
    .requiredOption('-o, --out <file>', 'the fingerprint file')
    .option(
      '--sets <sets>',
      'fields to fingerprint together (msisdn,cnic,msisdn+cnic); the usual ones unless given',
    )
    .addOption(
      new Option(
        '--max-rejects <percent>',
        'of rows that may lack a field, or of one (address=30); 2 unless given',
      )
        .argParser(several)
        .default([], ''),
    )
    .option('--threads <number>', 'as many as there are cores unless given')
    .addHelpText('after', EXIT_CODES);

/** `amanat fingerprint`. */
export const fingerprintCommand = (): Command =>
  withFileOptions(
    new Command('fingerprint')
      .summary('make the fingerprints of a dataset that is about to be handed over')
      .description(
        'Reads the dataset (CSV, NDJSON or Parquet), writes keyed fingerprints of its rows to a file, and prints the ' +
          'parts of the transfer’s record that follow: fingerprint, manifest, format, volume.',
      )
      .argument('<file>', 'the dataset, just as it is handed over')
      .requiredOption('--extracted <moment>', 'the day or moment whose state of the source it shows')
      .option('--recipient <agency>', 'who is to have it')
      .option('--transfer <id>', 'the transfer, where its id is known')
      .addOption(
        new Option('--with <file>', 'what "amanat mark" or "amanat canary new" printed of this dataset')
          .argParser(several)
          .default([], ''),
      ),
  ).action((file: string, options: TransferOptions) => runFingerprint(file, options));

/** `amanat fingerprint-key`. */
export const fingerprintKeyCommand = (): Command =>
  new Command('fingerprint-key').summary('make a key for fingerprints').addCommand(
    new Command('new')
      .summary('make a key file that only you can read')
      .description(
        'Whoever has this key can test anyone against the fingerprints made with it. Keep a copy safe.',
      )
      .argument('<file>', 'to be made; it must not be there yet')
      .action((file: string) => {
        process.stdout.write(`${newKeyFile(file)}\n`);
      }),
  );
