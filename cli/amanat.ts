import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { FingerprintError } from '../core/fingerprint/error.ts';
import { auditCommand } from './audit/command.ts';
import { bundleCommand } from './bundle/command.ts';
import { canaryCommand } from './canary/command.ts';
import { Interrupted, UsageError } from './failure.ts';
import { fingerprintCommand, fingerprintKeyCommand } from './fingerprint/command.ts';
import { frameCommand } from './frame/command.ts';
import { importCommand } from './import/command.ts';
import { markCommand } from './mark/command.ts';
import { signCommand, signingKeyCommand } from './sign/command.ts';
import { subjectCommand } from './subject/command.ts';
import { traceAnswerCommand, traceApproveCommand, traceCommand } from './trace/command.ts';
import { uploadCommand } from './upload/command.ts';
import { verifyCommand } from './verify/command.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * Runs the command line. What goes wrong is said on stderr.
 * @param args what follows the program's name
 * @returns the exit code; each command's help says what its own mean
 */
export async function amanat(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  try {
    await program((code) => {
      exitCode = code;
    }).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof Interrupted) return 130;
    if (!(error instanceof UsageError || error instanceof FingerprintError)) throw error;
    process.stderr.write(`amanat: ${error.message}\n`);
    return 2;
  }
  return exitCode;
}

function program(exit: (code: number) => void): Command {
  const made = new Command('amanat')
    .description('The command line of the data-sharing ledger')
    .version(version)
    .addCommand(importCommand(exit))
    .addCommand(signingKeyCommand())
    .addCommand(signCommand())
    .addCommand(fingerprintKeyCommand())
    .addCommand(fingerprintCommand())
    .addCommand(frameCommand())
    .addCommand(markCommand())
    .addCommand(canaryCommand())
    .addCommand(uploadCommand(exit))
    .addCommand(traceCommand(exit))
    .addCommand(traceApproveCommand(exit))
    .addCommand(traceAnswerCommand(exit))
    .addCommand(subjectCommand(exit))
    .addCommand(verifyCommand(exit))
    .addCommand(auditCommand(exit))
    .addCommand(bundleCommand(exit))
    .exitOverride();
  // A command that is added does not take over how its parent ends.
  for (const command of made.commands) for (const each of [command, ...command.commands]) each.exitOverride();
  return made;
}
