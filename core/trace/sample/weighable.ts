import type { Column, KnownSet, Layout, Ledger, Patterns, Sample } from '../../attribution/evidence.ts';
import { keysOf } from '../../fingerprint/filter/order.ts';
import type { FingerprintHeader } from '../../fingerprint/header.ts';
import { STRATA } from '../../fingerprint/header.ts';
import type { LeakSample, RowKeys } from '../../fingerprint/sample.ts';
import { FIELD_SETS, type FieldSet, fieldsOf } from '../../fingerprint/sets.ts';
import { FALSE_POSITIVE_RATE } from '../../fingerprint/types.ts';
import type { Day, Sha256 } from '../../model/scalars.ts';
import { type Compared, examinedRows } from './compare.ts';
import { placeOf } from './draw.ts';

/** A file that a sample was compared with, of a transfer or a frame. */
export interface KnownFile {
  readonly id: string;
  readonly kind: 'transfer' | 'frame';
  readonly fileSha256: Sha256;
  readonly compared: Compared;
}

/** Files of one provider that the rows are weighed by, and by which fields. */
export interface Weighable {
  readonly provider: string;
  readonly files: readonly KnownFile[];
  readonly layout: Layout;
  /** The rows that are weighed, as places among those examined. */
  readonly rows: Uint32Array;
  /** Field sets of which samples are to be drawn. */
  readonly drawn: readonly FieldSet[];
  /** Files that lack the fields by which the others are weighed, show a state after the leak was seen, or are too many. */
  readonly left: readonly KnownFile[];
}

/** More transfers of one provider are not weighed at once; of more, those that hold most of the rows, and most densely. */
const MOST_WEIGHED = 400;

/**
 * What may be weighed against each other: transfers of one provider, for those of others come from other master data,
 * which its frames do not show.
 * Where fewer different rows than a sample must have occur in any file of a provider, nothing is weighed: among
 * strangers whom somebody made up, the ratios would tell of the one person who is none.
 * @param seenOn when the leak was first seen: what shows a later state is not behind it
 */
export function weighables(
  sample: LeakSample,
  files: readonly KnownFile[],
  { seenOn, minimumRows }: { readonly seenOn: Day; readonly minimumRows: number },
): Weighable[] {
  const providers = Map.groupBy(files, ({ compared }) => compared.header.provider);
  return [...providers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([provider, own]) => weighable(sample, provider, own.toSorted(byDay), seenOn))
    .filter(
      ({ files: weighed, layout, rows }) =>
        weighed.some(({ kind }) => kind === 'transfer') &&
        weighed.some((file) => hits(file, layout.whole as FieldSet, rows) >= minimumRows),
    );
}

/**
 * In an order that the files alone say: last digits follow from it, and the same files give the same answer whatever
 * their transfers are called.
 */
const byDay = (a: KnownFile, b: KnownFile): number => (sortedAs(a) < sortedAs(b) ? -1 : 1);
const sortedAs = ({ compared: { header }, fileSha256, id }: KnownFile): string =>
  `${header.extractedAt} ${fileSha256} ${id}`;

function weighable(sample: LeakSample, provider: string, all: readonly KnownFile[], seenOn: Day): Weighable {
  const earlier = all.filter(
    ({ kind, compared }) => kind === 'frame' || dayOf(compared) <= dayNumber(seenOn),
  );
  const whole = widest(earlier);
  const having = earlier.filter(({ compared }) => compared.columns.has(whole));
  const common = FIELD_SETS.filter((set) => having.every(({ compared }) => compared.columns.has(set)));
  const layout = layoutOf(whole, common);
  const rows = differentRows(sample, provider, layout);
  const files = mostHeld(having, whole, rows);
  return {
    provider,
    files,
    layout,
    rows,
    drawn: layout.parts.length > 0 ? [whole, ...(layout.parts as readonly FieldSet[])] : [whole],
    left: all.filter((file) => !files.includes(file)),
  };
}

/**
 * The rows that have any of the fields, as places among those examined, each once: a row that stands twice in a leak says
 * no more than once where it is from.
 */
function differentRows(sample: LeakSample, provider: string, { whole, parts }: Layout): Uint32Array {
  const told = (parts.length > 0 ? parts : [whole]) as readonly FieldSet[];
  const keysOfRow = told.flatMap((set) => {
    const ring = sample.keyrings.find((each) => each.provider === provider && each.sets.has(set));
    const keys = ring?.sets.get(set);
    return keys ? [{ keys: keysOf(keys.words), present: keys.present }] : [];
  });
  const examined = examinedRows(sample.rows);
  const seen = new Set<string>();
  return Uint32Array.from(examined.keys()).filter((i) => {
    const row = examined[i] as number;
    if (!keysOfRow.some(({ present }) => present[row])) return false;
    const name = keysOfRow.map(({ keys, present }) => (present[row] ? keys[row] : '')).join('/');
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

function mostHeld(files: readonly KnownFile[], whole: FieldSet, rows: Uint32Array): readonly KnownFile[] {
  const transfers = files.filter(({ kind }) => kind === 'transfer');
  if (transfers.length <= MOST_WEIGHED) return files;
  const held = new Map(transfers.map((file) => [file, hits(file, whole, rows)]));
  const by = (score: (file: KnownFile) => number) =>
    transfers.toSorted((a, b) => score(b) - score(a)).slice(0, MOST_WEIGHED / 2);
  const most = by((file) => held.get(file) as number);
  const densest = by((file) => (held.get(file) as number) / Math.max(1, file.compared.header.rows));
  const chosen = new Set([...most, ...densest]);
  return files.filter((file) => file.kind === 'frame' || chosen.has(file));
}

function hits({ compared }: KnownFile, set: FieldSet, rows: Uint32Array): number {
  const column = compared.columns.get(set);
  return rows.reduce((sum, i) => sum + (column?.[i] ?? 0), 0);
}

/** The set that most files have; of several the one of number and id, then the one with most fields. */
function widest(files: readonly KnownFile[]): FieldSet {
  const having = (set: FieldSet) => files.filter(({ compared }) => compared.columns.has(set)).length;
  const rank = (set: FieldSet) => (set === 'msisdn+cnic' ? 10 : fieldsOf(set).length);
  const [best] = [...FIELD_SETS].sort((a, b) => having(b) - having(a) || rank(b) - rank(a));
  return best as FieldSet;
}

function layoutOf(whole: FieldSet, common: readonly FieldSet[]): Layout {
  const ids = ['msisdn', 'cnic'] as const;
  const joined = whole === 'msisdn+cnic' && ids.every((id) => common.includes(id));
  const parts = joined ? ids : ([] as const);
  const hooks: readonly string[] = joined ? ids : [whole];
  // A text counts once, with the id if it can be: twice would be taken for two findings.
  const satellites = new Map(
    common.flatMap((set) => {
      const [id = '', text, ...more] = fieldsOf(set);
      const part = hooks.indexOf(id);
      if (text === undefined || more.length > 0 || part < 0 || text === 'cnic') return [];
      return [[text, { set, part: part as 0 | 1 }] as const];
    }),
  );
  return { whole, parts, satellites: [...satellites.values()] };
}

/** The ledger as the model is told of it. @param seenOn the last day on which a copy may have been made */
export function ledgerOf({ files, layout }: Weighable, samples: readonly Sample[], seenOn: Day): Ledger {
  const sets = files.map(describe);
  const days = sets.map(({ day }) => day);
  return {
    sets,
    layout,
    strata: STRATA,
    samples,
    falsePositives: FALSE_POSITIVE_RATE,
    period: { from: Math.min(...days), to: Math.max(dayNumber(seenOn), ...days) },
  };
}

function describe({ id, kind, compared }: KnownFile): KnownSet {
  const { sets } = compared.header;
  return {
    id,
    kind,
    day: dayOf(compared),
    distinct: Object.fromEntries(sets.map(({ set, distinct }) => [set, distinct])),
    strata: Object.fromEntries(sets.map(({ set, strata }) => [set, { ...strata }])),
  };
}

const DAY_MS = 86_400_000;
export const dayNumber = (day: Day): number => Date.parse(day) / DAY_MS;
export const dayOfNumber = (day: number): Day =>
  new Date(Math.round(day) * DAY_MS).toISOString().slice(0, 10) as Day;
const dayOf = ({ header }: { header: FingerprintHeader }): number =>
  dayNumber(header.extractedAt.slice(0, 10) as Day);

/** Which files hold what of the rows of a sample. */
export function patternsOf(sample: LeakSample, { provider, files, layout, rows }: Weighable): Patterns {
  const fields = [layout.whole, ...layout.parts, ...layout.satellites.map(({ set }) => set)] as FieldSet[];
  const rings = sample.keyrings.filter((ring) => ring.provider === provider);
  const examined = examinedRows(sample.rows);
  const placed = rows.map((i) => examined[i] as number);
  const presentIn = (set: FieldSet, row: number) =>
    rings.some(({ sets }) => (sets.get(set) as RowKeys | undefined)?.present[row] === 1);
  const pick = (column: Column | undefined) => Uint8Array.from(rows, (i) => column?.[i] ?? 0);
  return {
    size: rows.length,
    counts: new Float64Array(rows.length).fill(1),
    strata: Uint8Array.from(placed, (row) => placeOf(sample.strata[row] as number)),
    present: new Map(
      fields.map((set) => [set, Uint8Array.from(placed, (row) => Number(presentIn(set, row)))]),
    ),
    held: new Map(fields.map((set) => [set, files.map(({ compared }) => pick(compared.columns.get(set)))])),
  };
}
