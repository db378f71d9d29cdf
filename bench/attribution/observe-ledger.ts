import type { KnownSet, Ledger, Sample } from '../../core/attribution/evidence.ts';
import { type Holding, membersOf, spoiled } from './holdings.ts';
import { BOTH, FALSE_POSITIVES, ID, NUMBER } from './observe.ts';
import type { Population, Setting } from './population.ts';
import { lot } from './random.ts';

/** A sketch holds one value in `2^bits`, or more where that would leave fewer than these. */
const LEAST_DRAWN = 4_096;

/** A holding with its members, those that were spoiled on the way apart: their id is one that nobody has. */
interface Seen {
  readonly holding: Holding;
  readonly intact: Int32Array;
  readonly spoiled: Int32Array;
}

/** The ledger as fingerprint files would show it: exact counts, and sketches. */
export function observeLedger(
  people: Population,
  holdings: readonly Holding[],
  setting: Setting,
  bits: number,
): Ledger {
  const seen = holdings.map((holding): Seen => {
    const members = membersOf(people, holding);
    return {
      holding,
      intact: members.filter((r) => !spoiled(holding, r)),
      spoiled: members.filter((r) => spoiled(holding, r)),
    };
  });
  const values = valuesOf(people);
  const sets = seen.map((each) => describe(people, each, values));
  return {
    sets,
    layout: { whole: BOTH, parts: [NUMBER, ID], satellites: [] },
    strata: ['none', ...setting.provinces.map((_, p) => String(p))],
    samples: values.map((value) => draw(people, seen, value, sets, bits)),
    falsePositives: FALSE_POSITIVES,
    period: { from: 0, to: setting.days },
  };
}

/** What a registration is a value of, in each field set. Spoiled rows keep their number alone. */
interface Value {
  readonly fields: string;
  readonly count: number;
  readonly spoils: boolean;
  of(r: number): number;
}

const valuesOf = (people: Population): Value[] => [
  { fields: BOTH, count: people.count, spoils: true, of: (r) => r },
  { fields: NUMBER, count: people.numbers, spoils: false, of: (r) => people.number[r] as number },
  { fields: ID, count: people.ids, spoils: true, of: (r) => people.id[r] as number },
];

function describe(
  people: Population,
  { holding, intact, spoiled }: Seen,
  values: readonly Value[],
): KnownSet {
  const distinct: Record<string, number> = {};
  const strata: Record<string, Record<string, number>> = {};
  for (const { fields, count, spoils, of } of values) {
    const marked = new Uint8Array(count);
    const byProvince: number[] = [];
    const add = (r: number) => {
      byProvince[people.province[r] as number] = (byProvince[people.province[r] as number] ?? 0) + 1;
    };
    for (const r of intact)
      if (!marked[of(r)]) {
        marked[of(r)] = 1;
        add(r);
      }
    // Whether the number or the unknown id: a value of its own.
    for (const r of spoiled) if (spoils || !marked[of(r)]) add(r);
    distinct[fields] = byProvince.reduce((sum, each) => sum + each, 0);
    strata[fields] = Object.fromEntries(Object.entries(byProvince).filter(([, rows]) => rows >= 10));
  }
  const { name, kind, day } = holding;
  return { id: name, kind: kind === 'frame' ? 'frame' : 'transfer', day, distinct, strata };
}

/** The sketches of one field set: values that came out low enough, and which holdings hold them. */
function draw(
  people: Population,
  seen: readonly Seen[],
  value: Value,
  sets: readonly KnownSet[],
  bits: number,
): Sample {
  const { fields, spoils, of } = value;
  const rates = sets.map(({ distinct }) => rateOf(distinct[fields] ?? 0, bits));
  const rank = (v: number) => lot(v, 7_000_000 + fields.length);
  const drawn = new Map<number, { v: number; r: number; onlyIn?: number }>();
  const alone: { v: number; r: number; onlyIn: number }[] = [];
  for (const [place, { intact, spoiled }] of seen.entries()) {
    const rate = rates[place] as number;
    for (const r of intact) if (rank(of(r)) < rate) drawn.set(of(r), { v: of(r), r });
    for (const r of spoiled)
      if (!spoils && rank(of(r)) < rate) drawn.set(of(r), { v: of(r), r });
      else if (spoils && rank(r) < rate) alone.push({ v: r, r, onlyIn: place });
  }
  const all = [...drawn.values(), ...alone];
  const places = Int32Array.from(all, ({ v }) => v);
  const alones = Int32Array.from(all, ({ onlyIn }) => onlyIn ?? NOWHERE);
  const held = seen.map(({ intact, spoiled }, place) => {
    const marked = new Uint8Array(value.count);
    for (const r of intact) marked[of(r)] = 1;
    if (!spoils) for (const r of spoiled) marked[of(r)] = 1;
    const column = new Uint8Array(all.length);
    for (let i = 0; i < all.length; i++)
      column[i] =
        alones[i] === NOWHERE ? (marked[places[i] as number] as number) : Number(alones[i] === place);
    return [place, { column, rate: rates[place] as number }] as const;
  });
  return {
    fields,
    ranks: Float64Array.from(all, ({ v }) => rank(v)),
    strata: Uint8Array.from(all, ({ r }) => 1 + (people.province[r] as number)),
    held: new Map(held),
  };
}

/** Of a value that is not of one holding alone. */
const NOWHERE = -1;

/** How densely a set is drawn from. */
const rateOf = (values: number, bits: number): number =>
  2 ** -Math.max(0, Math.min(bits, Math.floor(Math.log2(values / LEAST_DRAWN))));
