/**
 * How sound the attribution of a leak is: `npm run bench:attribution [-- --quick] [--seed 1,2] [--setting other]
 * [--transfers 40] [--rows 50,1500] [--trials 24] [--kinds S1,S2] [--frames 90] [--files] [--api]`.
 *
 * Of each seed it makes a country of subscribers, hand-overs and monthly reference frames, leaks from it in every way
 * of `leaks.ts`, and prints how often the model names the sources, beside the simpler ways. Membership is exact but for
 * the false positives of 16-bit filters; with `--files` it is what real files say, which takes longer. With
 * `--api` hand-overs are recorded, files and samples brought, approved and traced through the API, by the functions' own
 * code over DynamoDB Local; its answers are scored, and compared with those of this process on the same files. Seeds
 * below 1000 were used while the model was made.
 */
import { parseArgs } from 'node:util';
import { startProgress } from '../../cli/progress.ts';
import { Known } from '../../core/attribution/known.ts';
import { PROVIDER } from '../../test/support/transfers.ts';
import { note } from '../support/table.ts';
import { askingToo, startApi } from './api.ts';
import { fileAll, observeByFiles } from './files.ts';
import { frames, type Holding, transfers } from './holdings.ts';
import { KINDS, type World } from './leaks.ts';
import { observeLeak } from './observe.ts';
import { observeLedger } from './observe-ledger.ts';
import { type Population, populate, type Setting } from './population.ts';
import { SETTINGS } from './settings.ts';
import { printCalibration, printCertainty, printNamed, printSummary } from './tables.ts';
import { type Observer, type Outcome, runTrial } from './trial.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    setting: { type: 'string', default: 'development' },
    transfers: { type: 'string', default: '12' },
    trials: { type: 'string' },
    rows: { type: 'string', default: '1500' },
    kinds: { type: 'string' },
    frames: { type: 'string' },
    files: { type: 'boolean', default: false },
    api: { type: 'boolean', default: false },
  },
});

const base = SETTINGS[options.setting];
if (!base) throw new RangeError(`no such setting: ${options.setting}`);
const setting = {
  ...base,
  ...(options.quick && { subscribers: base.subscribers / 4 }),
  ...(options.frames && { frames: { ...base.frames, every: Number(options.frames) } }),
};
const seeds = options.seed.split(',').map(Number);
const sizes = options.rows.split(',').map(Number);
const trials = Number(options.trials ?? (options.quick ? (options.api ? 1 : 4) : 24));
const chosen = options.kinds?.split(',');
const kinds = KINDS.filter(({ name }) => !chosen || chosen.includes(name));
const series = kinds.flatMap((kind) => sizes.map((rows) => ({ kind, rows, outcomes: [] as Outcome[] })));

const api = options.api ? await startApi() : undefined;
const total = seeds.length * series.length * trials;
const progress = startProgress({ leaks: total });
let settled = 0;
for (const seed of seeds) {
  const people = populate(setting, seed);
  const handOvers = transfers(setting, Number(options.transfers), seed);
  const holdings = [...handOvers, ...frames(setting)];
  const observe = await observerOf(people, holdings, setting);
  const world: World = { people, setting, transfers: handOvers };
  note(
    `setting ${options.setting}, seed ${seed}: ${people.count} registrations, ${handOvers.length} transfers, a frame every ${setting.frames.every} days`,
  );
  for (const { kind, rows, outcomes } of series)
    for (let trial = 0; trial < trials; trial++) {
      outcomes.push(await runTrial(world, observe, kind, rows, `${seed}/${rows}/${trial}`));
      progress.update('leaks', ++settled);
    }
}
progress.stop();
printNamed(series);
printCertainty(series);
printCalibration(series);
printSummary(series);

await api?.stop();

async function observerOf(people: Population, holdings: readonly Holding[], of: Setting): Promise<Observer> {
  if (!options.files && !api) return observeExactly(people, holdings, of);
  const filed = await fileAll(people, holdings, PROVIDER);
  const observe = await observeByFiles(filed, holdings, of);
  return api ? askingToo(observe, await api.handedOver(filed, holdings, of)) : observe;
}

function observeExactly(people: Population, holdings: readonly Holding[], of: Setting): Observer {
  const known = new Known(observeLedger(people, holdings, of, 6));
  return (leak, random) =>
    Promise.resolve({ known, patterns: observeLeak(people, holdings, leak.rows, random) });
}
