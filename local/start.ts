/** `npm start`: the whole system on one machine. See `options.ts` for what it takes. */
import { join } from 'node:path';
import { NoticeBoard } from './events/board.ts';
import { NOTICES_FILE } from './events/bus.ts';
import { Fault } from './fault.ts';
import { type Highlight, printGuide } from './guide.ts';
import { parseStart, START_USAGE, type StartOptions } from './options.ts';
import { runScenario } from './scenario-run.ts';
import { type System, startSystem } from './system.ts';
import { fromHere, line, Steps, styled, trouble } from './terminal.ts';

async function main(): Promise<void> {
  const options = parseStart(process.argv.slice(2));
  if (options === 'help') return line(START_USAGE);
  const steps = new Steps();
  const notices = new NoticeBoard(fromHere(join(options.dataFolder, NOTICES_FILE)));
  line(`${styled('bold', 'Amanat')} is starting`);
  const system = await startSystem({
    ...options,
    onStep: (step) => steps.done(step),
    report: trouble,
    onEvent: notices.take,
  });
  const isStopping = stopOnSignal(system, options);
  void system.broken.then(() => {
    if (isStopping()) return;
    trouble(`DynamoDB Local has ended by itself; its log is in ${fromHere(options.dataFolder)}/engine`);
    process.exit(1);
  });
  printGuide(system, options.dataFolder, options.scenario ? await scenario(system, options, steps) : []);
  line(`ready ${system.url}`);
  // The hour at which it is done each day may find this machine asleep.
  await system.remind().catch((error: unknown) => {
    if (!isStopping()) trouble(error instanceof Error ? error.message : String(error));
  });
  notices.open();
}

/** The system is of use without its scenario too, so a failure of it is told and no more. */
async function scenario(
  system: System,
  { dataFolder }: StartOptions,
  steps: Steps,
): Promise<readonly Highlight[]> {
  try {
    const highlights = await runScenario(system, dataFolder);
    steps.done('scenario recorded');
    return highlights;
  } catch (error) {
    trouble(`the scenario is not recorded: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/** @returns whether a signal has come */
function stopOnSignal(system: System, { dataFolder }: StartOptions): () => boolean {
  let asked = 0;
  const onSignal = () => {
    // Whoever asks twice does not want to wait. Nothing that was acknowledged is lost by it.
    if (asked++ > 0) process.exit(1);
    line();
    line('stopping');
    void system.stop().then(() => {
      line(`stopped; everything recorded is kept in ${fromHere(dataFolder)}`);
      process.exit(0);
    });
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => asked > 0;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
