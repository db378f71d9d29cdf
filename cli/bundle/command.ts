import { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { addLogOptions, exitCodes, natural, positive } from '../verify/command.ts';
import { concluded } from '../verify/conclude.ts';
import { buildVerifier } from './build-verifier.ts';
import { checkBundle } from './check.ts';
import { type MakeOptions, makeBundle } from './make.ts';

export interface BundleOptions extends Omit<MakeOptions, 'incident' | 'out'> {
  readonly incident?: string;
  readonly out?: string;
  readonly verify?: string;
}

/** `amanat bundle`. @param exit told the exit code of a run that took place */
export const bundleCommand = (exit: (code: number) => void): Command =>
  addLogOptions(
    new Command('bundle')
      .summary('put a case into one file that proves itself, or verify one')
      .description(
        'With --incident: reads and verifies the whole log, and writes the report on the incident with every entry and ' +
          'answer that it relies on, their proofs, and a verifier. The same log gives the same bytes: --size makes it ' +
          'again as of an earlier one. With --verify: verifies such a file offline, to the byte.',
      )
      .option('--incident <id>', 'the incident to make a bundle of')
      .option('-o, --out <file>', 'where the bundle goes', 'case.zip')
      .option('--size <n>', 'as of the checkpoint of so many entries; the newest unless told', positive)
      .option('--wait <seconds>', 'how long cosignatures may take to come in', natural, 60)
      .option('--verify <path>', 'a bundle, or the folder that it was unpacked into'),
  )
    .addHelpText('after', `\nExit codes:\n${exitCodes()}`)
    .action(async (options: BundleOptions) => exit(await runBundle(options)));

/** Answers the exit code. @throws UsageError when it cannot start */
export async function runBundle({
  incident,
  verify,
  out = 'case.zip',
  ...options
}: BundleOptions): Promise<number> {
  if ((incident === undefined) === (verify === undefined))
    throw new UsageError('say what to do: --incident to make a bundle, or --verify to verify one');
  if (incident !== undefined) return makeBundle({ ...options, incident, out });
  return concluded(async () => {
    process.stdout.write(checkBundle(verify ?? '', options, await buildVerifier()));
    return 0;
  });
}
