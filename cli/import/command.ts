import { Command, Option } from 'commander';
import { type ImportOptions, runImport } from './run.ts';

/** `amanat import`. @param exit told the exit code of a run that took place */
export const importCommand = (exit: (code: number) => void): Command =>
  new Command('import')
    .summary('record an existing register of hand-overs')
    .description(
      'Reads a register (CSV) by a mapping and records its rows as transfers made after the fact, registering ' +
        'the agencies it names on the way. It may be interrupted and run again: nothing is doubled, nothing lost.',
    )
    .argument('<file>', 'the register, a CSV file')
    .requiredOption('-m, --mapping <file>', 'how its columns become transfers (JSON); see docs/import.md')
    .addOption(new Option('--url <url>', 'where the API stands').env('AMANAT_URL'))
    .addOption(
      new Option('--token <token>', 'a steward’s bearer token, or that of the agency that handed over').env(
        'AMANAT_TOKEN',
      ),
    )
    .option(
      '--sign-key <file>',
      'sign every row with this private key of the agency (see "amanat signing-key")',
    )
    .option('-n, --dry-run', 'check every row here, and send nothing')
    .option('--state <file>', 'remember in this file what is recorded, for a faster second run')
    .option('--report <file>', 'write the report as JSON too')
    .addHelpText(
      'after',
      '\nExit codes: 0 every row is recorded, 1 some are not, 2 it could not start, 130 it was interrupted.',
    )
    .action(async (file: string, options: ImportOptions) => exit(await runImport(file, options)));
