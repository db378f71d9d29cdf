/** `npm run -s rebuild`: drops the views and has them built anew from the ledger, here or in AWS. */
import { relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { isLocked } from './data/lock.ts';
import { readRunning } from './data/running.ts';
import { Fault } from './fault.ts';
import { LOCAL_CREDENTIALS } from './tables.ts';
import { REGION } from './template/resolve.ts';
import { line } from './terminal.ts';

const USAGE = `npm run -s rebuild -- [--data DIR | --function NAME]

  --data DIR        of the system that runs on this machine; .amanat of the project unless told
  --function NAME   the project function in AWS, as the output ProjectFunctionName of the Log stack says

Drops the views and builds them anew from the ledger alone. Until it is through, queries answer 503.`;

const Progress = z.object({ size: z.int(), done: z.boolean() });
const ATTEMPTS = 10;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: resolve(import.meta.dirname, '../.amanat') },
      function: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return line(USAGE);
  const [client, name] =
    values.function === undefined
      ? [await localClient(values.data), 'project']
      : [new LambdaClient({}), values.function];

  let progress = await invoke(client, name, 'start');
  while (!progress.done) {
    line(`  ${progress.size.toLocaleString('en')} entries`);
    progress = await invoke(client, name, 'continue');
  }
  line(`the views are built anew from ${progress.size.toLocaleString('en')} entries of the log`);
}

async function localClient(dataFolder: string): Promise<LambdaClient> {
  const running = isLocked(resolve(dataFolder)) ? await readRunning(resolve(dataFolder)) : undefined;
  if (!running)
    throw new Fault(
      `no system runs on ${relative(process.cwd(), dataFolder) || dataFolder}: start one with \`npm start\``,
    );
  return new LambdaClient({ endpoint: running.lambda, region: REGION, credentials: LOCAL_CREDENTIALS });
}

/** The function refuses while a projection runs; that is over in a moment. */
async function invoke(client: LambdaClient, name: string, rebuild: 'start' | 'continue') {
  for (let attempt = 1; ; attempt++) {
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName: name, Payload: JSON.stringify({ rebuild }) }),
    );
    if (FunctionError === undefined)
      return Progress.parse(JSON.parse(Buffer.from(Payload ?? []).toString('utf8')));
    if (attempt === ATTEMPTS) throw new Fault('the function keeps failing: see its log');
    await sleep(1_000);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
