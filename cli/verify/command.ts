import { Command, InvalidArgumentError, Option } from 'commander';
import { FINDINGS } from './finding.ts';
import { runVerify, type VerifyOptions } from './run.ts';

/** `amanat verify`. @param exit told the exit code of a run that took place */
export const verifyCommand = (exit: (code: number) => void): Command =>
  addLogOptions(
    new Command('verify')
      .summary('verify a receipt offline, or a whole log')
      .description(
        'With --receipt and --entry: verifies offline that the log has this entry. With --url: reads the whole log, ' +
          'recomputes every tile from its leaves and, with an auditor’s token, every leaf from its entry, and ' +
          'compares it with what was verified before.',
      )
      .option('--receipt <file>', 'a receipt (.tlog-proof)')
      .option('--entry <file>', 'the exact bytes of the entry, as GET /v1/entries/{entryId} gives them')
      .option(
        '--agency-key <file>',
        'the public key that the agency signed the entry with, as PEM or JWK, or the entry that registered it',
      )
      .option('--agency-key-receipt <file>', 'with the entry that registered it: the receipt of that'),
  )
    .addHelpText('after', `\nExit codes:\n${exitCodes()}`)
    .action(async (options: VerifyOptions) => exit(await runVerify(options)));

/** The options of a command that reads a log, and whom it trusts for it. */
export function addLogOptions(command: Command): Command {
  const several = (value: string, before: readonly string[] = []): string[] => [...before, value];
  return command
    .option('--key <vkey>', 'the verifier key of the log, or a file with it')
    .option(
      '--witness <vkey>',
      'the verifier key of a witness, or a file with some; may be repeated',
      several,
    )
    .option('--quorum <n>', 'how many of the witnesses must have cosigned; all unless told', natural)
    .addOption(new Option('--url <url>', 'where the API stands').env('AMANAT_URL'))
    .addOption(new Option('--token <token>', 'an auditor’s bearer token').env('AMANAT_TOKEN'))
    .addOption(
      new Option('--case <incident>', 'the incident for which it is read; it is recorded').env('AMANAT_CASE'),
    )
    .option(
      '--state <file>',
      'compare with the checkpoint kept in this file, and keep the new one in its place',
    )
    .option('--parallel <n>', 'how many parts of the log are read at once', positive, 8)
    .option('--timeout <seconds>', 'how long one request may take', positive, 30);
}

/** The exit codes with their names, for a help text. */
export function exitCodes(): string {
  const findings = Object.entries(FINDINGS).map(([name, [code, meaning]]) => [code, name, meaning] as const);
  return [[0, 'OK', 'verified'], [2, '', 'it could not start'], ...findings]
    .map(([code, name, meaning]) => `  ${String(code).padStart(3)}  ${String(name).padEnd(12)} ${meaning}`)
    .join('\n');
}

export function natural(value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError('must be a whole number');
  return Number(value);
}

export function positive(value: string): number {
  const number = natural(value);
  if (number === 0) throw new InvalidArgumentError('must be more than 0');
  return number;
}
