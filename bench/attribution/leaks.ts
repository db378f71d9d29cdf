import { type Extent, type Holding, holds, membersOf, spoiled, unrecorded } from './holdings.ts';
import { type LeakedRow, unknownId } from './observe.ts';
import { DISTRICTS, type Population, type Setting, SUPPORTED } from './population.ts';
import type { Random } from './random.ts';

/** A leak, and what is true of it. */
export interface Leak {
  readonly rows: readonly LeakedRow[];
  /** Places of the recorded transfers that it came from, with the share of the rows of each. */
  readonly sources: ReadonlyMap<number, number>;
  /** The share of rows that came from copies that nobody recorded. */
  readonly unrecorded: number;
  /** The mean day of what it came from, by share. */
  readonly day: number;
  /** The share of rows whose number and id were drawn from different rows. */
  readonly mixed: number;
}

export interface Kind {
  readonly name: string;
  readonly what: string;
  readonly sources: number;
  make(world: World, random: Random, rows: number): Leak;
}

export interface World {
  readonly people: Population;
  readonly setting: Setting;
  readonly transfers: readonly Holding[];
}

/** Which rows of a source come along, and how often. */
type Taken = (people: Population, r: number, day: number) => number;

interface Plan {
  readonly from: readonly { holding: Holding; place?: number; share: number; taken?: Taken }[];
  readonly mixed?: number;
  readonly outside?: number;
}

/** Share of fields that are misread or mistyped; one in five of these happens to be somebody else's. */
const CORRUPT = 0.02;
const CORRUPT_TO_KNOWN = 0.2;

export const KINDS: readonly Kind[] = [
  one('S1', 'one transfer', () => ({})),
  several('S2', 'two merged 60/40', [0.6, 0.4], {}),
  one('S3', 'one, 20-60 % re-mixed', (random) => ({ mixed: random.between(0.2, 0.6) })),
  one('S4', 'one, 30 % from outside', () => ({ outside: 0.3 })),
  several('S5', 'two, re-mixed, outside', [0.6, 0.4], { mixed: 0.3, outside: 0.2 }),
  filtered('S6', 'superset cut to a province', (world, holding, random) =>
    aProvinceOf(world, holding, random),
  ),
  filtered('S6b', "superset cut to another's extent", (world, holding, random) =>
    another(world, holding, random),
  ),
  one(
    'S7',
    'one, biased to old rows',
    () => ({}),
    () => olderMoreOften,
  ),
  one(
    'S7b',
    'one, biased to new rows',
    () => ({}),
    () => newerMoreOften,
  ),
  one(
    'S7c',
    'one, biased to a district',
    () => ({}),
    (random) => moreOfADistrict(random),
  ),
  alone('S8', 'not in the ledger', () => undefined),
  alone('S8b', 'not in the ledger, biased to old', () => olderMoreOften),
  alone('S8c', 'not in the ledger, re-mixed', () => undefined, 0.3),
  several('S9', 'three merged 50/30/20', [0.5, 0.3, 0.2], {}),
  several('S10', 'two merged 85/15', [0.85, 0.15], {}),
  withUnrecorded('S11', 'one and an unrecorded one 60/40', 0.6),
];

function one(
  name: string,
  what: string,
  noise: (random: Random) => Pick<Plan, 'mixed' | 'outside'>,
  taking?: (random: Random) => Taken,
): Kind {
  return {
    name,
    what,
    sources: 1,
    make(world, random, rows) {
      const place = random.below(world.transfers.length);
      const taken = taking?.(random);
      const holding = world.transfers[place] as Holding;
      return leak(world, random, rows, {
        from: [{ holding, place, share: 1, ...(taken && { taken }) }],
        ...noise(random),
      });
    },
  };
}

function several(
  name: string,
  what: string,
  shares: readonly number[],
  noise: Pick<Plan, 'mixed' | 'outside'>,
): Kind {
  return {
    name,
    what,
    sources: shares.length,
    make(world, random, rows) {
      const places = random.some([...world.transfers.keys()], shares.length);
      const from = places.map((place, i) => ({
        holding: world.transfers[place] as Holding,
        place,
        share: shares[i] as number,
      }));
      return leak(world, random, rows, { from, ...noise });
    },
  };
}

function filtered(
  name: string,
  what: string,
  cut: (world: World, holding: Holding, random: Random) => Extent | undefined,
): Kind {
  return {
    name,
    what,
    sources: 1,
    make(world, random, rows) {
      for (;;) {
        const place = random.below(world.transfers.length);
        const holding = world.transfers[place] as Holding;
        const extent = cut(world, holding, random);
        if (!extent) continue;
        const within: Holding = { ...holding, extent };
        const taken: Taken = (people, r) => Number(holds(people, within, r));
        return leak(world, random, rows, { from: [{ holding, place, share: 1, taken }] });
      }
    },
  };
}

function aProvinceOf({ setting }: World, { extent }: Holding, random: Random): Extent | undefined {
  if (extent.province !== undefined || extent.district !== undefined) return undefined;
  return { province: random.weighted(setting.provinces.slice(0, 3)) };
}

/** The extent of a smaller transfer that is not one province alone, where it lies within this one's. */
function another({ transfers }: World, holding: Holding, random: Random): Extent | undefined {
  if (Object.keys(holding.extent).length > 0) return undefined;
  const smaller = transfers.filter(({ extent }) => {
    const keys = Object.keys(extent);
    return keys.length > 0 && !(keys.length === 1 && extent.province !== undefined);
  });
  return random.pick(smaller).extent;
}

function alone(name: string, what: string, taking: () => Taken | undefined, mixed = 0): Kind {
  return {
    name,
    what,
    sources: 0,
    make(world, random, rows) {
      const taken = taking();
      const holding = aCopy(world, random);
      return leak(world, random, rows, { from: [{ holding, share: 1, ...(taken && { taken }) }], mixed });
    },
  };
}

function withUnrecorded(name: string, what: string, share: number): Kind {
  return {
    name,
    what,
    sources: 1,
    make(world, random, rows) {
      const place = random.below(world.transfers.length);
      const from = [
        { holding: world.transfers[place] as Holding, place, share },
        { holding: aCopy(world, random), share: 1 - share },
      ];
      return leak(world, random, rows, { from });
    },
  };
}

/** An unrecorded copy that holds enough to leak from. */
function aCopy({ people, setting }: World, random: Random): Holding {
  for (;;) {
    const copy = unrecorded(random, setting);
    if (membersOf(people, copy).length >= 2_000) return copy;
  }
}

const age = (people: Population, r: number, day: number) => (day - (people.from[r] as number)) / 365;
const olderMoreOften: Taken = (people, r, day) => 1 - Math.exp(-((age(people, r, day) / 3) ** 2));
const newerMoreOften: Taken = (people, r, day) => Math.exp(-age(people, r, day) / 1.5);
const moreOfADistrict = (random: Random): Taken => {
  const district = random.below(3) * DISTRICTS;
  return (people, r) =>
    people.district[r] === district ? 1 : (people.lists[r] as number) & SUPPORTED ? 0.4 : 0.25;
};

function leak({ people }: World, random: Random, count: number, plan: Plan): Leak {
  const drawers = plan.from.map(({ holding, taken }) => drawer(people, holding, taken, random));
  const source = (i: number) => plan.from[i] as Plan['from'][number];
  const draw = (): LeakedRow & { from: number } => {
    const i = random.weighted(plan.from.map(({ share }) => share));
    const r = (drawers[i] as () => number)();
    const { holding, place } = source(i);
    const number = people.number[r] as number;
    if (!spoiled(holding, r)) return { number, id: people.id[r] as number, from: i };
    return {
      number,
      id: unknownId(people.province[r] as number, random),
      ...(place !== undefined && { onlyIn: place }),
      from: i,
    };
  };
  const rows: LeakedRow[] = [];
  let mixed = 0;
  const drawn = plan.from.map(() => 0);
  for (let n = 0; n < count; n++) {
    if (random.chance(plan.outside ?? 0)) {
      rows.push(fromOutside(people, random));
      continue;
    }
    const row = draw();
    drawn[row.from] = (drawn[row.from] ?? 0) + 1;
    if (random.chance(plan.mixed ?? 0)) {
      mixed++;
      rows.push(corrupted({ number: row.number, id: draw().id }, people, random));
    } else
      rows.push(
        corrupted(
          { number: row.number, id: row.id, ...(row.onlyIn !== undefined && { onlyIn: row.onlyIn }) },
          people,
          random,
        ),
      );
  }
  const total = drawn.reduce((sum, each) => sum + each, 0);
  const sources = new Map<number, number>();
  for (const [i, { place }] of plan.from.entries())
    if (place !== undefined) sources.set(place, (drawn[i] as number) / count);
  return {
    rows,
    sources,
    unrecorded: plan.from.reduce(
      (sum, { place }, i) => sum + (place === undefined ? (drawn[i] as number) / count : 0),
      0,
    ),
    day: plan.from.reduce(
      (sum, { holding }, i) => sum + (holding.day * (drawn[i] as number)) / Math.max(1, total),
      0,
    ),
    mixed: mixed / count,
  };
}

/** Draws members, each once while there are enough; where some come along more often, by rejection. */
function drawer(
  people: Population,
  holding: Holding,
  taken: Taken | undefined,
  random: Random,
): () => number {
  const members = membersOf(people, holding);
  const drawn = new Set<number>();
  return () => {
    for (let tries = 0; ; tries++) {
      const r = members[random.below(members.length)] as number;
      if (tries < 10_000 && (drawn.has(r) || (taken && random.next() >= taken(people, r, holding.day))))
        continue;
      drawn.add(r);
      return r;
    }
  };
}

/** Somebody of the country at any time, or somebody of whom the ledger knows nothing. */
function fromOutside(people: Population, random: Random): LeakedRow {
  if (random.chance(0.5)) return { number: -1 - random.below(1e9), id: unknownId(random.below(7), random) };
  const r = random.below(people.count);
  return { number: people.number[r] as number, id: people.id[r] as number };
}

function corrupted(row: LeakedRow, people: Population, random: Random): LeakedRow {
  const wrong = (known: number, unknown: number) =>
    random.chance(CORRUPT_TO_KNOWN) ? random.below(known) : unknown;
  const number = random.chance(CORRUPT) ? wrong(people.numbers, -1 - random.below(1e9)) : row.number;
  const id = random.chance(CORRUPT) ? wrong(people.ids, unknownId(random.below(7), random)) : row.id;
  return number === row.number && id === row.id ? row : { number, id };
}
