/**
 * What the proof layer costs: `npm run bench:log [-- --only core,sequencing,units,receipts]`.
 *
 * The core alone; then the functions' own code on a DynamoDB Local that keeps its tables in memory, beside raw inserts
 * in the same run; then what it writes for each entry; then the whole local system, from accept to receipt. Machines
 * differ and are shared, so of times it is the ratios that hold.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEngine } from '../local/engine/dynamodb-local.ts';
import { startSystem } from '../local/system.ts';
import { measureCore } from './log/core.ts';
import { measureReceipts } from './log/receipts.ts';
import { measureSequencing } from './log/sequencing.ts';
import { measureUnits } from './log/units.ts';
import { stopEndpoints } from './support/in-process.ts';
import { note } from './support/table.ts';

const PARTS: Record<string, () => Promise<void>> = {
  core: measureCore,
  sequencing: () => measureSequencing(engine.endpoint),
  units: () => measureUnits(engine.endpoint),
  receipts: wholeSystem,
};

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const names = values.only?.split(',') ?? Object.keys(PARTS);
const unknown = names.find((name) => !(name in PARTS));
if (unknown !== undefined) throw new Error(`there is ${Object.keys(PARTS).join(', ')}, and no ${unknown}`);

const folder = await mkdtemp(join(tmpdir(), 'amanat-bench-'));
const engine = await startEngine({ folder: join(folder, 'engine'), onDisk: false });
try {
  for (const name of names) await PARTS[name]?.();
} finally {
  await stopEndpoints();
  await engine.stop();
  await rm(folder, { recursive: true, force: true });
}

async function wholeSystem(): Promise<void> {
  const system = await startSystem({
    port: 0,
    dataFolder: join(folder, 'system'),
    fresh: true,
    inMemory: true,
    onStep: () => {},
    report: note,
  });
  try {
    await measureReceipts(system);
  } finally {
    await system.stop();
  }
}
