import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Interval } from '../../core/attribution/intervals.ts';
import { encodeSample } from '../../core/fingerprint/sample.ts';
import type { Day } from '../../core/model/scalars.ts';
import { TraceAnswer } from '../../core/trace/answer.ts';
import type { AttributionAnswer } from '../../core/trace/sample/attribution.ts';
import { dayOfNumber } from '../../core/trace/sample/weighable.ts';
import { startEngine } from '../../local/engine/dynamodb-local.ts';
import {
  type Answered,
  AUDITOR,
  agency,
  createWorld,
  registerExamples,
  type Speaker,
  STEWARD,
  type World,
} from '../../test/integration/world.ts';
import { incidentBody, leakBody, PROVIDER, transferBody } from '../../test/support/transfers.ts';
import { uploaded } from '../../test/support/upload.ts';
import { stopEndpoints } from '../support/in-process.ts';
import { extractedAt, type Filed, SETS } from './files.ts';
import type { Holding } from './holdings.ts';
import type { LeakedRow } from './observe.ts';
import type { Setting } from './population.ts';
import type { Observer, Verdict } from './trial.ts';

/** As many traces as a run wants, each within its request. */
const TRACING = {
  minimumRows: 50,
  tracesPerDay: 1_000_000,
  subjectsPerDay: 1,
  requestSeconds: 1e9,
  workers: 1,
};
const SECOND: Speaker = { ...AUDITOR, sub: 'auditor-2' };

type Ask = (rows: readonly LeakedRow[]) => Promise<Verdict>;

/** A ledger of its own for each world: the functions' own code, over DynamoDB Local and the local S3 and KMS. */
export interface Api {
  /** Records all holdings and brings their files; what it gives brings a sample, has it approved, and traces it. */
  handedOver(filed: Filed, holdings: readonly Holding[], setting: Setting): Promise<Ask>;
  stop(): Promise<void>;
}

export async function startApi(): Promise<Api> {
  const folder = await mkdtemp(join(tmpdir(), 'amanat-bench-'));
  const engine = await startEngine({ folder, onDisk: false });
  return {
    handedOver: async (filed, holdings, { days }) => {
      const world = await createWorld({ TRACING: JSON.stringify(TRACING) }, engine.endpoint);
      await registerExamples(world);
      const places = new Map<string, number>();
      for (const [place, holding] of holdings.entries())
        places.set(await handOver(world, holding, filed.files[place] as Uint8Array, filed.keys.epoch), place);
      await world.settle();
      const opened = await expecting(201, world.ask('openIncident', AUDITOR, { body: incidentBody() }));
      const incidentId = String(opened.json['incidentId']);
      return async (rows) => {
        const bytes = encodeSample(filed.sampleOf(rows));
        return verdictOf(await trace(world, incidentId, bytes, dayOfNumber(days)), places);
      };
    },
    stop: async () => {
      await engine.stop();
      await stopEndpoints();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What is observed in this process, and what the API answers to the same leak. */
export const askingToo =
  (observe: Observer, ask: Ask): Observer =>
  async (leak, random) => ({ ...(await observe(leak, random)), answered: await ask(leak.rows) });

async function expecting(status: number, asked: Promise<Answered>): Promise<Answered> {
  const answer = await asked;
  if (answer.status !== status) throw new Error(`answered ${answer.status}: ${answer.text}`);
  return answer;
}

async function handOver(world: World, holding: Holding, file: Uint8Array, epoch: string): Promise<string> {
  const sha256 = hash('sha256', file);
  const described = { sha256, rows: 1, fieldSets: [...SETS], epoch };
  if (holding.kind === 'frame') {
    const body = { ...described, holder: PROVIDER, extractedAt: extractedAt(holding) };
    const { json } = await expecting(201, world.ask('recordFrame', STEWARD, { body }));
    const frameId = String(json['frameId']);
    await bring(world, 'requestFrameUpload', STEWARD, { frameId }, file);
    return frameId;
  }
  const { json } = await expecting(
    201,
    world.ask('recordTransfer', agency(PROVIDER), { body: transferBody({ fingerprint: described }) }),
  );
  const transferId = String(json['transferId']);
  await bring(world, 'requestFingerprintUpload', agency(PROVIDER), { transferId }, file);
  return transferId;
}

async function bring(...upload: Parameters<typeof uploaded>): Promise<void> {
  const status = await uploaded(...upload);
  if (status !== 200) throw new Error(`the file was answered ${status}`);
}

async function trace(
  world: World,
  incidentId: string,
  bytes: Uint8Array,
  seenOn: Day,
): Promise<AttributionAnswer | undefined> {
  const params = { incidentId };
  const sha256 = hash('sha256', bytes);
  await bring(world, 'requestSampleUpload', AUDITOR, params, bytes, { sha256 });
  const approval = { occurredOn: '2026-02-01', sampleSha256: sha256, reason: 'Rows seized under the order' };
  const body = { kind: 'trace-approved', body: approval };
  await expecting(201, world.ask('recordIncidentEvent', SECOND, { params, body }));
  const asked = world.ask('runTrace', AUDITOR, { params, body: leakBody({ sample: { sha256 }, seenOn }) });
  return TraceAnswer.parse((await expecting(201, asked)).json).content?.attributions[0];
}

/** What the answer says, as an expert would read it. */
function verdictOf(answer: AttributionAnswer | undefined, places: ReadonlyMap<string, number>): Verdict {
  if (!answer) throw new Error('nothing was weighed');
  const placeOf = (id: string) => places.get(id) as number;
  const intervalOf = ({ value, from, to }: { value: number; from: number; to: number }) => ({
    value,
    low: from,
    high: to,
  });
  const together = new Map<string, number>();
  for (const { transfers, probability } of answer.combinations) {
    const sources = transfers
      .map(placeOf)
      .sort((a, b) => a - b)
      .join();
    together.set(sources, (together.get(sources) ?? 0) + probability);
  }
  const [likeliest = ''] = [...together].sort(([, a], [, b]) => b - a)[0] ?? [];
  const unrecorded = answer.notRecorded.share;
  return {
    sources: likeliest === '' ? [] : likeliest.split(',').map(Number),
    ranking: answer.ranking.map(({ transferId, log10Ratio, inclusion }) => ({
      transfer: placeOf(transferId),
      log10Ratio,
      probability: inclusion,
    })),
    notRecorded: answer.notRecorded.all,
    credible: answer.credibleSet.map(placeOf),
    shares: new Map<number | 'unrecorded', Interval>([
      ...answer.ranking.flatMap(({ transferId, share }) =>
        share ? [[placeOf(transferId), intervalOf(share)] as const] : [],
      ),
      ...(unrecorded ? [['unrecorded', intervalOf(unrecorded)] as const] : []),
    ]),
    mixed: intervalOf(answer.mixed),
    day: answer.vintage && Date.parse(answer.vintage.day) / 86_400_000,
    equals: answer.equals.map(({ transfers: [a, b] }) => [placeOf(a), placeOf(b)] as const),
  };
}
