import { DISTRICTS, type Population, type Setting, SUPPORTED, TAXED } from './population.ts';
import { lot, Random } from './random.ts';

/** Which registrations an extract is asked for; what is left out asks for all. */
export interface Extent {
  readonly province?: number;
  readonly operator?: number;
  readonly district?: number;
  readonly list?: number;
  /** Of 256, how many ballots are drawn, from the first. */
  readonly ballots?: number;
  /** Registered for at most, or at least, so many days. */
  readonly newerThan?: number;
  readonly olderThan?: number;
}

/** Registrations as they stood on a day: a hand-over, a reference frame, or a copy that nobody recorded. */
export interface Holding {
  readonly name: string;
  readonly kind: 'transfer' | 'frame' | 'unrecorded';
  readonly day: number;
  readonly extent: Extent;
  /** Tells apart whose rows were spoiled on the way; 0 spoils none. */
  readonly salt: number;
}

/** Share of the rows of a hand-over that were spoiled on the way: the id is another, known nowhere else. */
const SPOILED = 0.003;

export const spoiled = (holding: Holding, r: number): boolean =>
  holding.salt !== 0 && lot(r, holding.salt) < SPOILED;

/** Whether a registration is part of a holding. */
export function holds(people: Population, { day, extent }: Holding, r: number): boolean {
  const from = people.from[r] as number;
  if (from > day || (people.until[r] as number) <= day) return false;
  return (
    (extent.province === undefined || people.province[r] === extent.province) &&
    (extent.operator === undefined || people.operator[r] === extent.operator) &&
    (extent.district === undefined || people.district[r] === extent.district) &&
    (extent.list === undefined || ((people.lists[r] as number) & extent.list) !== 0) &&
    (extent.ballots === undefined || (people.ballot[r] as number) < extent.ballots) &&
    (extent.newerThan === undefined || day - from <= extent.newerThan) &&
    (extent.olderThan === undefined || day - from >= extent.olderThan)
  );
}

export function membersOf(people: Population, holding: Holding): Int32Array {
  const members: number[] = [];
  for (let r = 0; r < people.count; r++) if (holds(people, holding, r)) members.push(r);
  return Int32Array.from(members);
}

export function frames({ days, frames: { every, first } }: Setting): Holding[] {
  const count = Math.floor((days - first) / every) + 1;
  return Array.from({ length: count }, (_, i) => {
    const day = first + i * every;
    return { name: `frame ${day}`, kind: 'frame', day, extent: {}, salt: 0 };
  });
}

/** The days on which extracts are made: the first year is only there for registrations to be old. */
const dayOf = (random: Random, setting: Setting): number => random.below(setting.days - 400) + 380;

/** An extent such as agencies ask for. */
export function anExtent(random: Random, { provinces, operators }: Setting): Extent {
  const province = random.weighted(provinces);
  const operator = random.weighted(operators);
  const list = random.chance(0.6) ? SUPPORTED : TAXED;
  const kinds: readonly [number, Extent][] = [
    [12, {}],
    [18, { province }],
    [12, { operator }],
    [14, { province, operator }],
    [12, { list }],
    [10, { province, list }],
    [6, { district: province * DISTRICTS + random.below(2) }],
    [4, { ballots: random.pick([26, 52, 128]) }],
    [3, { operator, list }],
    [4, { newerThan: random.pick([365, 730]) }],
    [3, { olderThan: 730 }],
    [2, { province, newerThan: 730 }],
  ];
  return kinds[random.weighted(kinds.map(([weight]) => weight))]?.[1] ?? {};
}

/**
 * The hand-overs of a ledger. Of twelve, the pairs that are hard to tell are always there: all twice, a month apart; a
 * province within all of the same day; a list and its part in a province. Beyond twelve they are drawn, three in ten on
 * the day of another.
 */
export function transfers(setting: Setting, count: number, seed: number): Holding[] {
  const random = new Random('transfers', setting.name, count, seed);
  const [first, second, third, fourth] = [0, 0, 0, 0].map(() => dayOf(random, setting)) as [
    number,
    number,
    number,
    number,
  ];
  const [p, q] = random.some([0, 1, 2], 2) as [number, number];
  const planned: [number, Extent][] = [
    [first, {}],
    [first + 30, {}],
    [first, { province: p }],
    [dayOf(random, setting), { province: p }],
    [second, { province: q }],
    [third, { list: SUPPORTED }],
    [third, { list: SUPPORTED, province: p }],
    [dayOf(random, setting), { operator: random.below(2) }],
    [dayOf(random, setting), { operator: random.below(3), province: p }],
    [fourth, { list: TAXED }],
    [fourth + 7, { ballots: 26 }],
    [dayOf(random, setting), { newerThan: 730 }],
  ];
  while (planned.length < count) {
    const day = random.chance(0.3) ? random.pick(planned)[0] : dayOf(random, setting);
    planned.push([day, anExtent(random, setting)]);
  }
  return planned.slice(0, count).map(([day, extent], i) => ({
    name: `T${i}`,
    kind: 'transfer',
    day,
    extent,
    salt: i + 1,
  }));
}

/** A copy that is not in the ledger, of any extent and day. */
export const unrecorded = (random: Random, setting: Setting): Holding => ({
  name: 'unrecorded',
  kind: 'unrecorded',
  day: dayOf(random, setting),
  extent: anExtent(random, setting),
  salt: 1_000_003,
});
