import { Random } from './random.ts';

/** How a made-up country of subscribers behaves. */
export interface Setting {
  readonly name: string;
  /** Numbers in use on day 0. */
  readonly subscribers: number;
  readonly days: number;
  /** Share of the numbers in use that is given up in a month: of most, and of a restless part. */
  readonly churn: { readonly calm: number; readonly restless: number; readonly restlessShare: number };
  /** Growth of the numbers in use in a month. */
  readonly growth: number;
  /** Share of new registrations on a number that another had before. */
  readonly recycled: number;
  /** Share of ends at which the number passes straight to another owner. */
  readonly handedOn: number;
  /** Days between the reference frames, and the day of the first. */
  readonly frames: { readonly every: number; readonly first: number };
  /** Shares of the provinces and of the operators. */
  readonly provinces: readonly number[];
  readonly operators: readonly number[];
}

/**
 * Registrations: that a number is an id's from one day until (not including) another. A number has one owner at a time.
 * What is known of the person stands with each registration.
 */
export interface Population {
  readonly count: number;
  readonly numbers: number;
  readonly ids: number;
  readonly number: Int32Array;
  readonly id: Int32Array;
  readonly from: Int16Array;
  readonly until: Int16Array;
  readonly province: Uint8Array;
  readonly operator: Uint8Array;
  readonly district: Uint8Array;
  /** 1 receives income support, 2 pays tax; they may do both. */
  readonly lists: Uint8Array;
  /** A random byte of the person, for lists that follow from nothing else. */
  readonly ballot: Uint8Array;
  /** The registrations of each number and of each id. */
  readonly ofNumber: Groups;
  readonly ofId: Groups;
}

export const SUPPORTED = 1;
export const TAXED = 2;
export const DISTRICTS = 5;
/** Days for which a number rests before another gets it. */
const REST = 180;
const MONTH = 30;

/** Lists by key, one after the other in one array. */
export class Groups {
  readonly #starts: Int32Array;
  readonly #members: Int32Array;

  constructor(keys: Int32Array, count: number, groups: number) {
    this.#starts = new Int32Array(groups + 1);
    for (let i = 0; i < count; i++)
      this.#starts[(keys[i] as number) + 1] = (this.#starts[(keys[i] as number) + 1] as number) + 1;
    for (let g = 0; g < groups; g++)
      this.#starts[g + 1] = (this.#starts[g + 1] as number) + (this.#starts[g] as number);
    const next = this.#starts.slice();
    this.#members = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const key = keys[i] as number;
      this.#members[next[key] as number] = i;
      next[key] = (next[key] as number) + 1;
    }
  }

  /** Whether any member of a group passes. */
  some(group: number, passes: (member: number) => boolean): boolean {
    for (let i = this.#starts[group] as number; i < (this.#starts[group + 1] as number); i++)
      if (passes(this.#members[i] as number)) return true;
    return false;
  }
}

export function populate(setting: Setting, seed: number): Population {
  const people = new People(setting, new Random('people', setting.name, seed));
  const random = new Random('population', setting.name, seed);
  const rows: { number: number; id: number; from: number; until: number }[] = [];
  const released: number[][] = Array.from({ length: setting.days + 1 }, () => []);
  const handedOn: number[][] = Array.from({ length: setting.days + 1 }, () => []);
  let numbers = 0;
  let active = 0;

  const lifetime = () => {
    const { calm, restless, restlessShare } = setting.churn;
    return Math.ceil(random.exponential(MONTH / (random.chance(restlessShare) ? restless : calm)));
  };
  const register = (number: number, from: number, until: number) => {
    rows.push({ number, id: people.owner(), from, until });
    active++;
    if (until > setting.days) return;
    if (random.chance(setting.handedOn)) handedOn[until]?.push(number);
    else released[Math.min(setting.days, until + REST)]?.push(number);
    ended[until] = (ended[until] ?? 0) + 1;
  };
  const ended: number[] = [];

  for (let i = 0; i < setting.subscribers; i++) {
    const age = Math.min(30_000, lifetime());
    register(numbers++, -age, lifetime());
  }
  const free: number[] = [];
  let wanted = setting.subscribers;
  for (let day = 1; day <= setting.days; day++) {
    active -= ended[day] ?? 0;
    for (const number of handedOn[day] ?? []) register(number, day, day + lifetime());
    free.push(...(released[day] ?? []));
    wanted *= 1 + setting.growth / MONTH;
    while (active < wanted) {
      const used = free.length > 0 && random.chance(setting.recycled);
      const number = used ? takeFrom(free, random) : numbers++;
      register(number, day, day + lifetime());
    }
  }
  return tabulate(rows, numbers, people, setting, new Random('operators', setting.name, seed));
}

function takeFrom(free: number[], random: Random): number {
  const place = random.below(free.length);
  const taken = free[place] as number;
  free[place] = free[free.length - 1] as number;
  free.pop();
  return taken;
}

class People {
  readonly #setting: Setting;
  readonly #random: Random;
  readonly province: number[] = [];
  readonly district: number[] = [];
  readonly lists: number[] = [];
  readonly ballot: number[] = [];

  constructor(setting: Setting, random: Random) {
    this.#setting = setting;
    this.#random = random;
  }

  /** Who takes a number: two in five have one already. */
  owner(): number {
    const random = this.#random;
    if (this.province.length > 1_000 && random.chance(0.4)) return random.below(this.province.length);
    const province = random.weighted(this.#setting.provinces);
    this.province.push(province);
    this.district.push(province * DISTRICTS + random.weighted([4, 2.5, 1.5, 1, 1]));
    const supported = random.chance(0.12 + 0.04 * (province % 4)) ? SUPPORTED : 0;
    this.lists.push(supported | (random.chance(supported ? 0.02 : 0.11) ? TAXED : 0));
    this.ballot.push(random.below(256));
    return this.province.length - 1;
  }
}

function tabulate(
  rows: readonly { number: number; id: number; from: number; until: number }[],
  numbers: number,
  people: People,
  setting: Setting,
  random: Random,
): Population {
  const count = rows.length;
  const ids = people.province.length;
  const number = Int32Array.from(rows, (row) => row.number);
  const id = Int32Array.from(rows, (row) => row.id);
  const operators = Uint8Array.from({ length: numbers }, () => random.weighted(setting.operators));
  const ofPerson = (values: readonly number[]) => Uint8Array.from(id, (person) => values[person] as number);
  return {
    count,
    numbers,
    ids,
    number,
    id,
    from: Int16Array.from(rows, (row) => row.from),
    until: Int16Array.from(rows, (row) => Math.min(row.until, 32_000)),
    province: ofPerson(people.province),
    operator: Uint8Array.from(number, (n) => operators[n] as number),
    district: ofPerson(people.district),
    lists: ofPerson(people.lists),
    ballot: ofPerson(people.ballot),
    ofNumber: new Groups(number, count, numbers),
    ofId: new Groups(id, count, ids),
  };
}
