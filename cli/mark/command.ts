import { Command, Option } from 'commander';
import { MARK_IDENTITIES } from '../../core/fingerprint/marks/bits.ts';
import { withKeyOptions, withReadOptions } from '../fingerprint/options.ts';
import { type MarkOptions, runMark } from './run.ts';

/** `amanat mark`. */
export const markCommand = (): Command =>
  withKeyOptions(withReadOptions(new Command('mark')))
    .summary('spell a dataset so that this copy can be told from others')
    .description(
      'Writes the dataset again with cells spelled in one of two ways that mean the same, as the key decides for each ' +
        'row; a leaked row then speaks for the copy that it comes from. No fact is changed. Prints the part of the ' +
        'transfer’s record that follows: marking. Fingerprint and hand over what it writes.',
    )
    .argument('<file>', 'the dataset: CSV or NDJSON')
    .requiredOption('-o, --out <file>', 'the marked copy')
    .option(
      '--fields <fields>',
      'whose spelling carries marks (name,address); all that are mapped unless given',
    )
    .addOption(
      new Option('--by <field>', 'the id that decides; cnic where it is mapped').choices(MARK_IDENTITIES),
    )
    .option('--omit <percent>', 'leave out this share of rows too, as the key decides: 0.5')
    .option('--label <hex>', 'of an earlier marking, to repeat it')
    .addHelpText(
      'after',
      '\nExit codes: 0 the copy is written, 2 nothing is and a line says why, 130 it was interrupted and nothing is.',
    )
    .action((file: string, options: MarkOptions) => runMark(file, options));
