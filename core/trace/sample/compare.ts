import { trueHits } from '../../fingerprint/estimate.ts';
import { keysOf } from '../../fingerprint/filter/order.ts';
import type { FingerprintHeader, Span } from '../../fingerprint/header.ts';
import type { LeakSample, RowKeys, SampleKeyring } from '../../fingerprint/sample.ts';
import { FIELD_SETS, type FieldSet } from '../../fingerprint/sets.ts';
import type { FingerprintSet } from '../../fingerprint/types.ts';
import { type Found, NOT_COMPARED, type NotCompared, type Pairs } from './answer.ts';
import { crowdSize, different } from './crowd.ts';
import { rounded } from './guard.ts';

/** What one file says of the rows of a sample. */
export interface Compared {
  readonly header: FingerprintHeader;
  readonly found: readonly Found[];
  readonly pairs: Pairs | undefined;
  /** Of each set that both have, 1 for each of the {@link examinedRows} that the filter knows. */
  readonly columns: ReadonlyMap<FieldSet, Uint8Array>;
  /** Of the parts that both have: whoever weighs the file against others reads these rather than all of it. */
  readonly beginnings: readonly Span[];
}

/** Of each set that both have, 1 for each row that the filter knows, beside the fingerprints. */
interface Held {
  readonly held: ReadonlyMap<FieldSet, Uint8Array>;
  readonly keys: ReadonlyMap<FieldSet, RowKeys>;
}

/** Rows are counted whatever their number; of more than so many, combinations are weighed by a part. */
export const MOST_EXAMINED = 20_000;

/** The rows by which combinations are weighed: evenly spread, the same for every file. */
export function examinedRows(rows: number): Uint32Array {
  const count = Math.min(rows, MOST_EXAMINED);
  return Uint32Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count));
}

/** Compares a sample with one file, set by set. */
export async function compare(sample: LeakSample, file: FingerprintSet): Promise<Compared | NotCompared> {
  const { header } = file;
  const ring = sample.keyrings.find(isOf(header));
  if (!ring) return 'other-key';
  const common = FIELD_SETS.filter((set) => file.fieldSets.includes(set) && ring.sets.has(set));
  if (common.length === 0) return 'no-common-fields';
  const held = new Map<FieldSet, Uint8Array>();
  // One after the other: the filters of all sets at once would not fit the memory, where files are large.
  for (const set of common) held.set(set, await heldBy(file, set, ring.sets.get(set) as RowKeys));
  const all = { held, keys: ring.sets };
  const rows = examinedRows(sample.rows);
  const columns = [...held].map(([set, flags]) => [set, columnOf(flags, rows)] as const);
  return {
    header,
    found: foundOf(all),
    pairs: pairsOf(all),
    columns: new Map(columns),
    beginnings: await file.beginnings(common),
  };
}

function columnOf(flags: Uint8Array, rows: Uint32Array): Uint8Array {
  const column = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) column[i] = flags[rows[i] as number] as number;
  return column;
}

const isOf =
  ({ provider, epoch, keyCheck }: FingerprintHeader) =>
  (ring: SampleKeyring): boolean =>
    ring.provider === provider && ring.epoch === epoch && ring.keyCheck === keyCheck;

export const isCompared = (outcome: Compared | NotCompared): outcome is Compared =>
  typeof outcome === 'object';

async function heldBy(file: FingerprintSet, set: FieldSet, { words, present }: RowKeys): Promise<Uint8Array> {
  const flags = await file.contains(set, keysOf(words));
  for (let row = 0; row < flags.length; row++) flags[row] = (flags[row] as number) & (present[row] as number);
  return flags;
}

/** What was found, by set, as far as it is told. */
const foundOf = ({ held, keys }: Held): Found[] =>
  [...held].map(([set, flags]) => {
    const own = keys.get(set) as RowKeys;
    const tested = crowdSize(own);
    const found = trueHits(different(flags, own)[1] as number, tested);
    const told = { tested: rounded(tested), found: Math.min(rounded(found), rounded(tested)) };
    const share = told.tested === 0 ? 0 : told.found / told.tested;
    return { set, ...told, share: decimals(share), interval: wilson(told.found, told.tested) };
  });

/**
 * Undefined unless number, id and both together were compared. As many rows as have different numbers, or different ids
 * if these are fewer: one number beside many ids is one.
 */
function pairsOf({ held, keys }: Held): Pairs | undefined {
  const [numbers, ids, both] = PAIRED.map((set) => held.get(set));
  const [ofNumbers, ofIds, ofBoth] = PAIRED.map((set) => keys.get(set));
  if (!numbers || !ids || !both || !ofNumbers || !ofIds || !ofBoth) return undefined;
  const kinds = new Uint8Array(both.length);
  for (let row = 0; row < kinds.length; row++) {
    if (ofBoth.present[row])
      kinds[row] = both[row] ? TOGETHER : 1 + (numbers[row] as number) + 2 * (ids[row] as number);
  }
  const [byNumber, byId] = [different(kinds, ofNumbers), different(kinds, ofIds)];
  const those = (kind: number) => rounded(Math.min(byNumber[kind] as number, byId[kind] as number));
  return {
    together: those(TOGETHER),
    apart: those(4),
    numberOnly: those(2),
    idOnly: those(3),
    neither: those(1),
  };
}

/** Kinds of pairs, as `different` takes them as marks. Others are one and whether number and id were found: 1 and 2. */
const TOGETHER = 5;

const PAIRED = ['msisdn', 'cnic', 'msisdn+cnic'] as const;

const Z = 1.959964;

/** The interval of a share that 95 % of such samples would put around it (Wilson, JASA 1927). */
export function wilson(found: number, tested: number): { from: number; to: number } {
  if (tested === 0) return { from: 0, to: 1 };
  const share = found / tested;
  const middle = share + Z ** 2 / (2 * tested);
  const spread = Z * Math.sqrt((share * (1 - share)) / tested + Z ** 2 / (4 * tested ** 2));
  const scale = 1 + Z ** 2 / tested;
  return {
    from: decimals(Math.max(0, (middle - spread) / scale)),
    to: decimals(Math.min(1, (middle + spread) / scale)),
  };
}

/** Three of them: no more is known, and an answer must come out the same on every machine. */
export const decimals = (value: number): number => Number(value.toFixed(3));

export const whyNot = (code: NotCompared) => ({ code, detail: NOT_COMPARED[code] });
