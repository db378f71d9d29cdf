import { Command, Option } from 'commander';
import { several, withReadOptions } from '../fingerprint/options.ts';
import { withApiOptions } from './api.ts';
import { withRingOptions } from './rings.ts';
import { runAnswer, runApprove, runTrace, type TraceOptions } from './run.ts';

const withIncident = (command: Command): Command =>
  withApiOptions(command, 'an auditor’s').requiredOption(
    '--incident <id>',
    'the incident under which is asked',
  );

/** `amanat trace`. @param exit told the exit code of a run that took place */
export const traceCommand = (exit: (code: number) => void): Command =>
  withRingOptions(withReadOptions(withIncident(new Command('trace'))))
    .summary('ask which hand-overs could be behind a leak')
    .description(
      'Fingerprints the leaked rows here, under the keys of the providers, and asks the ledger with the fingerprints ' +
        'alone: no row leaves this machine. Writes the answer as JSON and as a report to print.',
    )
    .requiredOption('--sample <file>', 'leaked rows: CSV, NDJSON or Parquet')
    .option('--sets <sets>', 'fields to compare together; the usual ones unless given')
    .addOption(
      new Option(
        '--canary-list <file>',
        'planted records to look for, as "amanat canary new" wrote them; may be repeated',
      )
        .argParser(several)
        .default([], ''),
    )
    .option('--seen-on <day>', 'when the leak was first seen, where no description says it')
    .option('--description <file>', 'what else is known of the leak (JSON, as the API takes it)')
    .option('-o, --out <prefix>', 'the answer goes to <prefix>.json, the report to <prefix>.html', 'trace')
    .addHelpText(
      'after',
      '\nExit codes: 0 answered, 2 it could not be asked, 3 a second auditor must approve the sample first.',
    )
    .action(async (options: TraceOptions) => exit(await runTrace(options)));

/** `amanat trace-answer`: what became of a trace that takes long. */
export const traceAnswerCommand = (exit: (code: number) => void): Command =>
  withIncident(new Command('trace-answer'))
    .summary('wait for the answer of a trace that was accepted before, and report it')
    .requiredOption('--trace <id>', 'what "amanat trace" printed')
    .option('-o, --out <prefix>', 'the answer goes to <prefix>.json, the report to <prefix>.html', 'trace')
    .action(async (options: Parameters<typeof runAnswer>[0]) => exit(await runAnswer(options)));

/** `amanat trace-approve`: the second auditor’s part. */
export const traceApproveCommand = (exit: (code: number) => void): Command =>
  withIncident(new Command('trace-approve'))
    .summary('approve that a sample of a leak is traced, as the second auditor')
    .requiredOption('--sample-sha256 <digest>', 'what "amanat trace" printed')
    .requiredOption('--reason <text>', 'why these rows may be compared')
    .action(async (options: Parameters<typeof runApprove>[0]) => exit(await runApprove(options)));
