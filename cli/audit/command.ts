import { Command } from 'commander';
import { addLogOptions, exitCodes, natural, positive } from '../verify/command.ts';
import { type AuditOptions, runAudit } from './run.ts';

/** `amanat audit`. @param exit told the exit code of a run that took place */
export const auditCommand = (exit: (code: number) => void): Command =>
  addLogOptions(
    new Command('audit')
      .summary('compare what the API answers with what the log says')
      .description(
        'Verifies the whole log as verify does, folds its entries, and compares every transfer, agency, agreement, ' +
          'obligation, incident and statement of coverage that the API answers of with what the entries say: what is ' +
          'missing, what is not in the log, and what differs where. No value is repeated.',
      )
      .option('--wait <seconds>', 'how long views and log may take to come to each other', natural, 60)
      .option('--rounds <n>', 'how often what differs is asked for before it counts', positive, 3)
      .option('--json', 'write the report as JSON'),
  )
    .addHelpText('after', `\nExit codes:\n${exitCodes()}`)
    .action(async (options: AuditOptions) => exit(await runAudit(options)));
