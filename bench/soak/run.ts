/**
 * What is left of a ledger after minutes of mixed traffic in which functions are killed, throttled and stopped:
 * `npm run bench:soak -- --minutes 10`.
 *
 * A system of its own, as `npm start` brings it up, with tables in memory. Between its functions and their tables stands
 * what throttles requests, loses them or their answers, and ends connections; processes of functions are killed at
 * random moments of their work, or stopped until their time is up. Meanwhile agencies hand over data, acknowledge,
 * dispute, recall and destroy it, auditors read, and an incident is investigated. Then all of it ends, and what the
 * system shows is held against what was acknowledged. Exits with 1 when anything does not hold.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSystem } from '../../local/system.ts';
import { line, Progress, Steps, styled } from '../../local/terminal.ts';
import { conclude } from './conclude.ts';
import { Disturber } from './disturb.ts';
import { UnreliableEngine } from './engine.ts';
import { printFigures, printVerdicts } from './report.ts';
import { settle } from './settle.ts';
import { Traffic } from './traffic.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const SECONDS = Number(values.minutes) * 60;
if (!(SECONDS > 0)) throw new TypeError('--minutes must be a number above 0');

async function main(dataFolder: string): Promise<boolean> {
  const steps = new Steps();
  const engine = new UnreliableEngine();
  const disturber = new Disturber(SECONDS);
  const system = await startSystem({
    port: 0,
    dataFolder,
    fresh: true,
    inMemory: true,
    between: engine.before,
    onInvoke: disturber.meet,
    onStep: (step) => steps.done(step),
    // Processes crash because we kill them; alarms are counted in the end.
    report: (text) => troubles.push(text),
  });
  try {
    const traffic = new Traffic(system);
    await traffic.prepare();
    await settle(system, traffic);
    engine.begin();
    disturber.begin();
    const running = traffic.run();
    await watch(SECONDS, traffic, running);
    // What is asked by now is answered among faults too.
    traffic.stop();
    await running;
    engine.end();
    disturber.end();
    steps.done(`${values.minutes} minutes of traffic`);
    const settled = await settle(system, traffic);
    steps.done(`all in the log and in the views, ${settled.seconds.toFixed(0)} s later`);
    const verdicts = await conclude(system, traffic, dataFolder, (what) => steps.done(what));
    const alarms = troubles.filter((text) => text.startsWith('ALARM LedgerTampering'));
    printFigures({ seconds: SECONDS, traffic, engine, disturber, settled });
    return printVerdicts([
      ...verdicts,
      { what: 'troubles told of, none a false alarm of tampering', of: troubles.length, faults: alarms },
    ]);
  } finally {
    await system.stop();
  }
}

const troubles: string[] = [];

async function watch(seconds: number, { books, lives }: Traffic, running: Promise<void>): Promise<void> {
  const progress = new Progress();
  let failed = false;
  running.catch(() => {
    failed = true;
  });
  for (let passed = 0; passed < seconds && !failed; passed++) {
    progress.show(
      passed,
      Math.round(seconds),
      `${books.acknowledged.size} appended, ${lives.length} transfers`,
    );
    await sleep(1_000);
  }
  progress.clear();
}

const dataFolder = await mkdtemp(join(tmpdir(), 'amanat-soak-'));
line(styled('bold', `Soak of ${values.minutes} minutes, on a ledger of its own`));
process.exitCode = 1;
try {
  process.exitCode = (await main(dataFolder)) ? 0 : 1;
} finally {
  if (process.exitCode === 0) await rm(dataFolder, { recursive: true, force: true });
  else line(`what the functions said is kept in ${dataFolder}/logs`);
}
