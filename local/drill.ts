/** `npm run drill`: tampers with a ledger in every way that there is, and shows who finds out. */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Case } from './drill/case.ts';
import { CASES } from './drill/cases.ts';
import { type Grounds, prepare } from './drill/grounds.ts';
import { printSummary, Rows } from './drill/report.ts';
import { type Result, tryCase } from './drill/run.ts';
import { Fault } from './fault.ts';
import { startSystem } from './system.ts';
import { line, Progress, Steps, styled } from './terminal.ts';

const USAGE = `npm run -s drill -- [--only WORDS]

  --only WORDS   only the cases with these words in them; may be given again for others

Brings a system of its own up in memory, away from any other, and writes into its tables behind its back: each kind of
row changed, deleted and added, the table rolled back, the log forked. Shows for each who found it, what he said and
whether the alarm was raised, and puts it back. Exits with 0 when everything was found by everyone who has to, each with
its alarm, with 1 when not, with 2 when it could not be told.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [''] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    line(USAGE);
    return 0;
  }
  const cases = CASES.filter(({ to, deed }) => values.only.some((words) => `${to}: ${deed}`.includes(words)));
  if (cases.length === 0) throw new Fault(`no case has the words ${values.only.join(', nor ')}`);

  const dataFolder = await mkdtemp(join(tmpdir(), 'amanat-drill-'));
  // The processes that it started end with this one.
  const leave = () => {
    rmSync(dataFolder, { recursive: true, force: true });
    process.exit(130);
  };
  process.once('SIGINT', leave).once('SIGTERM', leave);
  const steps = new Steps();
  line(`${styled('bold', 'Drill')} on a ledger of its own`);
  try {
    const system = await startSystem({
      port: 0,
      dataFolder,
      fresh: true,
      inMemory: true,
      onStep: (step) => steps.done(step),
      // The drill tells of alarms itself, and of little else would anybody want to know.
      report: () => undefined,
    });
    try {
      const grounds = await prepare(system, dataFolder);
      steps.done(`${grounds.entries} entries in the log, cosigned and archived`);
      const results = await tryAll(cases, grounds);
      grounds.close();
      return printSummary(results) ? 0 : 1;
    } finally {
      await system.stop();
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function tryAll(cases: readonly Case[], grounds: Grounds): Promise<Result[]> {
  await expectQuiet(grounds);
  const [rows, progress] = [new Rows(process.stdout.columns), new Progress()];
  const results: Result[] = [];
  for (const each of cases) {
    progress.show(results.length, cases.length, `${each.to}: ${each.deed}`);
    const result = await tryCase(each, grounds);
    progress.clear();
    rows.print(result);
    results.push(result);
  }
  await expectQuiet(grounds);
  return results;
}

/** Else what is found anyway would pass for a find. @throws {Fault} when anything is */
async function expectQuiet(grounds: Grounds): Promise<void> {
  const { detections } = await tryCase(NOTHING, grounds);
  const [found] = detections;
  if (found) throw new Fault(`nothing is tampered with, and yet ${found.by} says: ${found.words}`);
}

const NOTHING: Case = { to: 'nothing', deed: 'done', foundBy: [], act: async () => [] };

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
