import type { KnownSet, Ledger } from './evidence.ts';

/** A transfer that holds this share of the frame of its day shows the whole of the master data, as a frame does. */
export const COMPLETE = 0.985;

/** Sets that show the whole of the master data, by their day: the days between which a row came up or went. */
export class Timeline {
  /** Places in the ledger's list of sets, in the order of their days. */
  readonly sets: readonly number[];
  readonly #days: readonly number[];
  readonly #complete: ReadonlySet<number>;

  constructor({ sets }: Ledger) {
    const places = [...sets.keys()];
    const byDay = (a: number, b: number) => dayAt(sets, a) - dayAt(sets, b) || a - b;
    const frames = places.filter((place) => sets[place]?.kind === 'frame').sort(byDay);
    const whole = places.filter(
      (place) => sets[place]?.kind === 'transfer' && isComplete(sets, frames, sets[place] as KnownSet),
    );
    this.sets = [...frames, ...whole].sort(byDay);
    this.#days = this.sets.map((place) => dayAt(sets, place));
    this.#complete = new Set(this.sets);
  }

  holdsAll(set: number): boolean {
    return this.#complete.has(set);
  }

  /** The last complete set up to a day and the first from then on; where there is none on one side, the nearest twice. */
  around(day: number): { left: number; right: number } | undefined {
    const after = this.#days.findIndex((each) => each >= day);
    const right = after < 0 ? this.#days.length - 1 : after;
    const left = this.#days[right] === day || after < 0 ? right : Math.max(0, right - 1);
    const [l, r] = [this.sets[left], this.sets[right]];
    return l === undefined || r === undefined ? undefined : { left: l, right: r };
  }
}

function isComplete(
  sets: readonly KnownSet[],
  frames: readonly number[],
  { day, distinct }: KnownSet,
): boolean {
  const right = frames.findIndex((frame) => dayAt(sets, frame) >= day);
  if (right <= 0 && dayAt(sets, frames[0] ?? -1) !== day) return false;
  const [a, b] = [sets[frames[Math.max(0, right - 1)] as number], sets[frames[right] as number]];
  if (!a || !b) return false;
  const along = b.day === a.day ? 0 : (day - a.day) / (b.day - a.day);
  return Object.entries(distinct).every(
    ([set, count]) => count >= COMPLETE * between(a.distinct[set] ?? 0, b.distinct[set] ?? 0, along),
  );
}

export const between = (a: number, b: number, along: number): number => a + (b - a) * along;
export const dayAt = (sets: readonly KnownSet[], place: number): number => sets[place]?.day ?? Number.NaN;
