import type { Column, Patterns } from '../../core/attribution/evidence.ts';
import { type Holding, holds, spoiled } from './holdings.ts';
import type { Population } from './population.ts';
import type { Random } from './random.ts';

/** A leaked row: a number and an id of the population, or a value below 0 that nobody has. */
export interface LeakedRow {
  readonly number: number;
  readonly id: number;
  /** The place of the only holding that ever held this row, where it was spoiled on the way. */
  readonly onlyIn?: number;
}

export const NUMBER = 'msisdn';
export const ID = 'cnic';
export const BOTH = 'msisdn+cnic';
/** Filters of 16 bits. */
export const FALSE_POSITIVES = 2 ** -16;

/** Which holdings hold what of a leak, with the false positives that filters would show. */
export function observeLeak(
  people: Population,
  holdings: readonly Holding[],
  leak: readonly LeakedRow[],
  random: Random,
): Patterns {
  const held = { [NUMBER]: [] as Column[], [ID]: [] as Column[], [BOTH]: [] as Column[] };
  for (const [place, holding] of holdings.entries()) {
    const intact = (r: number) => holds(people, holding, r) && !spoiled(holding, r);
    const column = (holdsRow: (row: LeakedRow) => boolean): Column =>
      Uint8Array.from(leak, (row) => Number(holdsRow(row) || random.chance(FALSE_POSITIVES)));
    held[NUMBER].push(
      column(({ number }) => number >= 0 && people.ofNumber.some(number, (r) => holds(people, holding, r))),
    );
    held[ID].push(column(({ id, onlyIn }) => onlyIn === place || (id >= 0 && people.ofId.some(id, intact))));
    held[BOTH].push(
      column(
        ({ number, id, onlyIn }) =>
          onlyIn === place ||
          (number >= 0 && id >= 0 && people.ofNumber.some(number, (r) => people.id[r] === id && intact(r))),
      ),
    );
  }
  const everywhere = new Uint8Array(leak.length).fill(1);
  return {
    size: leak.length,
    counts: new Float64Array(leak.length).fill(1),
    strata: Uint8Array.from(leak, ({ id }) => stratumOf(people, id)),
    present: new Map([NUMBER, ID, BOTH].map((set) => [set, everywhere])),
    held: new Map(Object.entries(held)),
  };
}

/** An id that nobody has, of a province. */
export const unknownId = (province: number, random: Random): number =>
  -1 - (random.below(1e8) * PROVINCES + province);
const PROVINCES = 7;

/** Ids show their province; those that nobody has show one as well. */
function stratumOf(people: Population, id: number): number {
  if (id < 0) return 1 + (-(id + 1) % PROVINCES);
  let province = 0;
  people.ofId.some(id, (r) => {
    province = people.province[r] as number;
    return true;
  });
  return 1 + province;
}
