import { Command } from 'commander';
import { withApiOptions } from '../trace/api.ts';
import { withRingOptions } from '../trace/rings.ts';
import { runSubject, type SubjectOptions } from './run.ts';

/** `amanat subject`. @param exit told the exit code of a run that took place */
export const subjectCommand = (exit: (code: number) => void): Command =>
  withRingOptions(withApiOptions(new Command('subject'), 'a custodian’s'))
    .summary('ask which hand-overs held one person')
    .description(
      'Reads a number, a national id or both from a file or from stdin, as {"msisdn": "…", "cnic": "…"}, or asks for ' +
        'them on a terminal. Fingerprints them here, under the keys of the providers, and asks the ledger with the ' +
        'fingerprints alone. The ledger records that it was asked and under which case, and never about whom.',
    )
    .requiredOption('--case <reference>', 'under which the person asked, and was identified')
    .option('--person <file>', 'whom to ask about (JSON); stdin unless given')
    .option(
      '-o, --out <prefix>',
      'the answer goes to <prefix>.json; to <prefix>.question.json what shows whom it is about',
      'subject',
    )
    .addHelpText('after', '\nExit codes: 0 answered, 2 it could not be asked, or was refused.')
    .action(async (options: SubjectOptions) => {
      await runSubject(options);
      exit(0);
    });
