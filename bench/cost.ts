/**
 * What a million transfers cost in AWS, from what the running system is seen to use: `npm run bench:cost`.
 *
 * Between the functions of a system, as `npm start` brings it up, and DynamoDB, KMS and S3 stands a meter, and each event that
 * a function is at is timed. Lives of four entries go through it: recorded, acknowledged, certified as destroyed, and
 * verified; first one entry after the other, each alone in its batch, then a hundred lines a request. What is counted
 * is multiplied by the prices in `bench/cost/prices.ts`. Lambda's time is that of this machine, which is shared: in AWS
 * it is another.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSystem } from '../local/system.ts';
import { Meter } from './cost/meter.ts';
import { printMonth, printUsage } from './cost/report.ts';
import { Watcher } from './cost/settled.ts';
import { ENTRIES, lone, officeOf, together } from './cost/work.ts';
import { AGENCIES } from './soak/life.ts';
import { note } from './support/table.ts';

const [LONE, TOGETHER, READS, IDLE_MS] = [25, 1_000, 100, 60_000];

/** The outbox of notices is looked through in the background. */
const QUIET_MS = 10_000;

const dataFolder = await mkdtemp(join(tmpdir(), 'amanat-bench-'));
const meter = new Meter();
const system = await startSystem({
  port: 0,
  dataFolder,
  fresh: true,
  inMemory: true,
  between: meter.before,
  onInvoked: meter.invoked,
  onEvent: () => meter.add('EventBridge events', 1),
  onStep: () => {},
  report: note,
});
const watcher = new Watcher(system);

/** What doing something uses, and how often it was done. */
async function measured(work: () => Promise<number>, requests: number) {
  // What was begun before is not to count here.
  await sleep(QUIET_MS);
  const logs = await logBytes();
  const before = meter.usage;
  const times = await work();
  await sleep(QUIET_MS);
  meter.add('CloudWatch GB', ((await logBytes()) - logs) / 2 ** 30);
  meter.add('API requests', requests);
  const after = meter.usage;
  const used = Object.fromEntries(
    Object.entries(after).map(([unit, count]) => [unit, count - before[unit as keyof typeof before]]),
  ) as typeof after;
  return { used, times };
}

async function logBytes(): Promise<number> {
  const names = await readdir(system.logFolder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(system.logFolder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

try {
  const office = officeOf(system, watcher.settled);
  await office.register(AGENCIES);
  await lone(office);
  const repeatedly = async (times: number, work: () => Promise<unknown>) => {
    for (let time = 0; time < times; time++) await work();
    return times;
  };
  const columns = {
    'a life, entry by entry': await measured(() => repeatedly(LONE, () => lone(office)), LONE * ENTRIES),
    'a life, in lines of 100': await measured(() => together(office, TOGETHER), (TOGETHER * ENTRIES) / 100),
    'a search': await measured(
      () =>
        repeatedly(READS, () =>
          office.auditor.call('listTransfers', { query: { recipient: AGENCIES[0] } } as never),
        ),
      READS,
    ),
    'a transfer read': await measured(
      () =>
        repeatedly(READS, async () =>
          office.auditor.call('getTransfer', { params: { transferId: office.transferId() } }),
        ),
      READS,
    ),
  };
  printUsage(columns);
  const idle = await measured(() => sleep(IDLE_MS).then(() => 1), 0);
  await printMonth(idle.used, IDLE_MS);
} finally {
  watcher.stop();
  await system.stop();
  await rm(dataFolder, { recursive: true, force: true });
}
