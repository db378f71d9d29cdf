import { parseArgs } from 'node:util';
import * as z from 'zod';
import { Fault } from './fault.ts';
import { functionAt, WHERE } from './invoke.ts';
import { line } from './terminal.ts';

const USAGE = `npm run -s rebuild -- [--data DIR | --function NAME]

  --data DIR        of the system that runs on this machine; .amanat of the project unless told
  --function NAME   the project function in AWS, as the output ProjectFunctionName of the Log stack says

Drops the views and builds them anew from the ledger alone. Until it is through, queries answer 503.`;

const Progress = z.object({ size: z.int(), done: z.boolean() });

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { ...WHERE, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) return line(USAGE);
  // The function refuses while a projection runs; that is over in a moment.
  const project = await functionAt({ ...values, function: values.function }, 'project');
  const call = async (rebuild: 'start' | 'continue') => Progress.parse(await project({ rebuild }));

  let progress = await call('start');
  while (!progress.done) {
    line(`  ${progress.size.toLocaleString('en')} entries`);
    progress = await call('continue');
  }
  line(`the views are built anew from ${progress.size.toLocaleString('en')} entries of the log`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
