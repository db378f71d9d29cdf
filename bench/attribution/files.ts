import { createHmac, hash } from 'node:crypto';
import { Known } from '../../core/attribution/known.ts';
import { encodeFingerprints } from '../../core/fingerprint/encode.ts';
import { type EpochKeys, epochKeys } from '../../core/fingerprint/keys.ts';
import { RowBatch } from '../../core/fingerprint/messages.ts';
import { inMemory, openFingerprints } from '../../core/fingerprint/open.ts';
import type { LeakSample } from '../../core/fingerprint/sample.ts';
import type { FieldSet } from '../../core/fingerprint/sets.ts';
import type { FingerprintSet } from '../../core/fingerprint/types.ts';
import type { AgencyId, Instant, Sha256 } from '../../core/model/scalars.ts';
import { compare, isCompared } from '../../core/trace/sample/compare.ts';
import { drawAll } from '../../core/trace/sample/draw.ts';
import {
  dayOfNumber,
  type KnownFile,
  ledgerOf,
  patternsOf,
  type Weighable,
  weighables,
} from '../../core/trace/sample/weighable.ts';
import { type Holding, membersOf, spoiled } from './holdings.ts';
import type { LeakedRow } from './observe.ts';
import type { Population, Setting } from './population.ts';
import type { Observer } from './trial.ts';

export const SETS: readonly FieldSet[] = ['msisdn', 'cnic', 'msisdn+cnic'];

/** Fingerprint files of the holdings, in their order, and what makes samples that can be compared with them. */
export interface Filed {
  readonly files: readonly Uint8Array[];
  readonly keys: EpochKeys;
  sampleOf(rows: readonly LeakedRow[]): LeakSample;
}

export async function fileAll(
  people: Population,
  holdings: readonly Holding[],
  provider: AgencyId,
): Promise<Filed> {
  const mac = (message: Uint8Array) =>
    Promise.resolve(createHmac('sha256', 'bench').update(message).digest());
  const keys = await epochKeys({ keyId: 'bench', mac }, '2026', provider);
  return {
    keys,
    files: holdings.map((holding) => fileOf(people, holding, keys)),
    sampleOf: (rows) => sampleOf(people, holdings, rows, keys),
  };
}

/**
 * What real files say of a leak: rows are fingerprinted, files written and opened, the sample compared with each and
 * what was drawn from each looked up in all others, as the function of the API does it.
 */
export async function observeByFiles(
  { files: written, sampleOf }: Filed,
  holdings: readonly Holding[],
  setting: Setting,
): Promise<Observer> {
  const files: FingerprintSet[] = [];
  for (const bytes of written) files.push(await openFingerprints(inMemory(bytes)));
  const seenOn = dayOfNumber(setting.days);
  const compared = async (rows: readonly LeakedRow[]) => {
    const sample = sampleOf(rows);
    const known: KnownFile[] = [];
    for (const [place, file] of files.entries()) {
      const outcome = await compare(sample, file);
      if (!isCompared(outcome)) throw new Error(`${holdings[place]?.name}: ${outcome}`);
      const kind = holdings[place]?.kind === 'frame' ? 'frame' : 'transfer';
      const fileSha256 = hash('sha256', written[place] as Uint8Array) as Sha256;
      known.push({ id: String(place), kind, fileSha256, compared: outcome });
    }
    const [weighable] = weighables(sample, known, { seenOn, minimumRows: 10 });
    if (!weighable) throw new Error('nothing to be weighed');
    return { sample, weighable };
  };
  const knownOf = async (weighable: Weighable) =>
    new Known(
      ledgerOf(
        weighable,
        await drawAll(weighable, {
          open: ({ id }) => files[Number(id)] as FingerprintSet,
          each: async (items, visit) => {
            for (const item of items) await visit(item);
          },
        }),
        seenOn,
      ),
    );
  let known: Known | undefined;
  return async ({ rows }) => {
    const { sample, weighable } = await compared(rows);
    known ??= await knownOf(weighable);
    const places = weighable.files.map(({ id }) => Number(id));
    return { known, patterns: patternsOf(sample, weighable), places };
  };
}

function fileOf(people: Population, holding: Holding, keys: EpochKeys): Uint8Array {
  const members = membersOf(people, holding);
  const batch = new RowBatch(members.length, []);
  for (const [row, r] of members.entries()) {
    batch.numbers[row] = numberOf(people.number[r] as number);
    batch.ids[row] = spoiled(holding, r) ? spoiledId(people, holding, r) : knownId(people, r);
  }
  batch.count = members.length;
  const sets = SETS.map((set) => {
    const { words } = batch.fingerprints(set, keys.prf(set));
    for (let row = 0; row < batch.count; row++)
      words[row * 2] = (words[row * 2] as number) | batch.stratum(row);
    return [set, Uint32Array.from(words)] as const;
  });
  const { provider, epoch, keyId, keyCheck } = keys;
  const kind = holding.kind === 'frame' ? 'frame' : 'transfer';
  const header = {
    kind,
    provider,
    epoch,
    keyId,
    keyCheck,
    extractedAt: extractedAt(holding),
    rows: members.length,
    rejected: {},
  } as const;
  return encodeFingerprints(header, new Map(sets));
}

export const extractedAt = ({ day }: Holding): Instant => `${dayOfNumber(day)}T00:00:00.000Z` as Instant;

function sampleOf(
  people: Population,
  holdings: readonly Holding[],
  rows: readonly LeakedRow[],
  keys: EpochKeys,
): LeakSample {
  const batch = new RowBatch(rows.length, []);
  for (const [row, leaked] of rows.entries()) {
    batch.numbers[row] = numberOf(leaked.number);
    batch.ids[row] = idOf(people, holdings, leaked);
  }
  batch.count = rows.length;
  const { provider, epoch, keyCheck } = keys;
  const sets = new Map(SETS.map((set) => [set, batch.fingerprints(set, keys.prf(set))] as const));
  return {
    rows: rows.length,
    strata: Uint8Array.from(rows, (_, row) => batch.stratum(row)),
    keyrings: [
      {
        provider,
        epoch,
        keyCheck,
        sets: new Map(
          [...sets].map(([set, { words, present }]) => [set, { words: Uint32Array.from(words), present }]),
        ),
      },
    ],
  };
}

const numberOf = (number: number): number =>
  number < 0 ? 924_000_000_000 - number : 923_000_000_000 + number;
/** Ids show their province; those of nobody, and those that were spoiled on the way, are in ranges of their own. */
const ofProvince = (province: number, rest: number): number => (province + 1) * 1e12 + rest;
const knownId = (people: Population, r: number): number =>
  ofProvince(people.province[r] as number, people.id[r] as number);
const spoiledId = (people: Population, { salt }: Holding, r: number): number =>
  ofProvince(people.province[r] as number, 4e11 + (salt % 1_000) * 1e8 + r);

function idOf(people: Population, holdings: readonly Holding[], { number, id, onlyIn }: LeakedRow): number {
  const spoiledIn = onlyIn === undefined ? undefined : holdings[onlyIn];
  if (spoiledIn) {
    let found = -1;
    people.ofNumber.some(number, (r) => {
      const { day } = spoiledIn;
      if ((people.from[r] as number) > day || (people.until[r] as number) <= day) return false;
      found = r;
      return true;
    });
    return spoiledId(people, spoiledIn, found);
  }
  if (id < 0) return ofProvince(-(id + 1) % 7, 2e11 + Math.floor(-(id + 1) / 7));
  let known = Number.NaN;
  people.ofId.some(id, (r) => {
    known = knownId(people, r);
    return true;
  });
  return known;
}
