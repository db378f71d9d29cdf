import { Command, Option } from 'commander';
import { several, withKeyOptions, withReadOptions } from '../fingerprint/options.ts';
import { type FindOptions, type NewOptions, runFind, runNew } from './run.ts';

const severalOf = (flags: string, description: string) =>
  new Option(flags, description).argParser(several).default([], '');

/** `amanat canary`. */
export const canaryCommand = (): Command =>
  new Command('canary')
    .summary('plant invented records in a dataset, and find them in a leak')
    .addCommand(newCommand())
    .addCommand(findCommand());

const newCommand = () =>
  withKeyOptions(withReadOptions(new Command('new')))
    .summary('plant invented records')
    .description(
      'Writes a CSV dataset again with invented records among its rows: numbers and ids from ranges that are set aside, ' +
        'spelled as the file spells its own. The list of them stays with you, encrypted; the part of the transfer’s ' +
        'record that is printed commits to it.',
    )
    .argument('<file>', 'the dataset, a CSV file')
    .requiredOption('-n, --count <number>', 'how many')
    .addOption(severalOf('--msisdn-range <first-last>', 'numbers that nobody has: 923009990000-923009999999'))
    .addOption(severalOf('--cnic-range <first-last>', 'ids that nobody has, of 13 digits'))
    .addOption(
      severalOf('--sample <column>', 'they have in it what another row has; never for what tells a person'),
    )
    .addOption(severalOf('--blank <column>', 'they have nothing in it'))
    .requiredOption('-o, --out <file>', 'the dataset with them')
    .requiredOption('--list <file>', 'the encrypted list')
    .action((file: string, options: NewOptions) => runNew(file, options));

const findCommand = () =>
  withKeyOptions(withReadOptions(new Command('find')))
    .summary('find planted records in a leak')
    .description('Prints which of the planted records stand in which rows of a file.')
    .argument('<file>', 'the leak: CSV, NDJSON or Parquet')
    .addOption(severalOf('--list <file>', 'an encrypted list').makeOptionMandatory())
    .action((file: string, options: FindOptions) => runFind(file, options));
