/**
 * What other transfers tell of whether a row lies within the extent of one that cannot know it: of a row that was not in
 * use on the day of one extract of a list, an extract of the same list made later tells it, and so do an extract of its
 * part in a province, or one of all subscribers of an operator together with it.
 *
 * Rows that the transfer can know, drawn at random from all files, are what it is learned from: of those that another
 * transfer holds, and of those that it could have held and does not, by how much more or less often this one holds them
 * than of their stratum. What a transfer cannot know is not taken as an answer: the next is asked, as far as
 * {@link DEPTH} answers, each among the rows that had the answers before it.
 */
export interface Hints {
  readonly root: Node;
  /** By leaf, what is to be added to the log odds of a row's stratum. */
  readonly lifts: readonly number[];
}

interface Node {
  readonly leaf: number;
  /** The most telling first. */
  readonly questions: readonly Question[];
}

interface Question {
  readonly transfer: number;
  /** By answer, from {@link NOT_HELD} on. */
  readonly answers: readonly [Node, Node];
}

/** What a transfer says of a row: nothing, where the row was not in use on its day as far as anybody knows. */
export type Answers = Uint8Array;
export const UNKNOWN = 0;
export const NOT_HELD = 1;
export const HELD = 2;

/** Answers that are put together, and transfers asked for each. */
const DEPTH = 2;
const QUESTIONS = 8;
/** Of so many transfers at most two answers are put together, of more those that tell most by themselves. */
const SHORTLIST = 40;
/** It is learned from about so many rows at most. */
const MOST_ROWS = 8_192;
/** What an answer must tell at least, in nats over all rows that it was learned from: chance among hundreds tells less. */
const LEAST_GAIN = 12;
/** So many rows are added to those with an answer, as if it told nothing. */
const WITHOUT_ANSWER = 2;
/** Log odds are not moved further. */
const MOST_LIFT = 10;

/** Rows that the transfer can know. */
export interface Lessons {
  /** By kind of rows (by what strata they may be of) the share that the transfer holds. */
  readonly shares: Float64Array;
  /** By row: its kind, the rows that it stands for, the sum of their squares, whether it is held, and its place. */
  readonly kinds: Uint16Array;
  readonly weights: Float64Array;
  readonly squares: Float64Array;
  readonly held: Uint8Array;
  readonly places: Uint32Array;
  /** By other transfer what it says, by the place of a row. */
  readonly answers: ReadonlyMap<number, Answers>;
}

export const NO_HINTS: Hints = { root: { leaf: 0, questions: [] }, lifts: [0] };

export const learn = (lessons: Lessons): Hints => new Learning(thinned(lessons)).run();

class Learning {
  readonly #lessons: Lessons;
  readonly #lifts = [0];
  #shortlist: readonly number[] = [];

  constructor(lessons: Lessons) {
    this.#lessons = lessons;
  }

  run(): Hints {
    const rows = Uint32Array.from(this.#lessons.kinds.keys());
    const told = tellings(this.#lessons, [...this.#lessons.answers.keys()], rows, 0);
    this.#shortlist = told.slice(0, SHORTLIST).map(({ transfer }) => transfer);
    return { root: { leaf: 0, questions: this.#ask(told, rows, 1) }, lifts: this.#lifts };
  }

  /** @param depth how many answers have been given with the next */
  #ask(told: readonly Telling[], rows: Uint32Array, depth: number): Question[] {
    return told
      .filter(({ gain }) => gain >= LEAST_GAIN)
      .slice(0, QUESTIONS)
      .map(({ transfer, lifts: [not, held] }) => {
        const after = (answer: number, lift: number): Node => ({
          leaf: this.#lifts.push(lift) - 1,
          questions:
            depth === DEPTH
              ? []
              : this.#askAfter(answering(this.#lessons, rows, transfer, answer), lift, depth + 1),
        });
        return { transfer, answers: [after(NOT_HELD, not), after(HELD, held)] };
      });
  }

  #askAfter(rows: Uint32Array, lift: number, depth: number): Question[] {
    return this.#ask(tellings(this.#lessons, this.#shortlist, rows, lift), rows, depth);
  }
}

/**
 * Of many rows those that stand for most, and evenly so many of the others that each stands for as much (systematic
 * sampling by size): what is learned from them is hardly less certain, for that hangs on those that stand for most.
 */
function thinned(lessons: Lessons): Lessons {
  const { kinds, weights, squares, held, places } = lessons;
  if (weights.length <= MOST_ROWS) return lessons;
  const step = weights.reduce((sum, weight) => sum + weight, 0) / MOST_ROWS;
  const kept: number[] = [];
  let next = step / 2;
  let before = 0;
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row] as number;
    if (weight < step) {
      before += weight;
      if (before < next) continue;
      next += step;
    }
    kept.push(row);
  }
  const isWhole = (row: number) => (weights[row] as number) >= step;
  return {
    ...lessons,
    kinds: Uint16Array.from(kept, (row) => kinds[row] as number),
    weights: Float64Array.from(kept, (row) => (isWhole(row) ? (weights[row] as number) : step)),
    squares: Float64Array.from(kept, (row) => (isWhole(row) ? (squares[row] as number) : step ** 2)),
    held: Uint8Array.from(kept, (row) => held[row] as number),
    places: Uint32Array.from(kept, (row) => places[row] as number),
  };
}

function answering(
  { answers, places }: Lessons,
  rows: Uint32Array,
  transfer: number,
  answer: number,
): Uint32Array {
  const said = answers.get(transfer) as Answers;
  const found = new Uint32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (said[places[row] as number] === answer) found[count++] = row;
  }
  return found.subarray(0, count);
}

/** By row the leaf that its answers lead to. */
export function leavesOf(
  { root }: Hints,
  size: number,
  answersOf: (transfer: number) => Answers,
): Uint16Array {
  const leaves = new Uint16Array(size);
  const follow = ({ leaf, questions }: Node, rows: Uint32Array): void => {
    let rest = rows;
    for (const { transfer, answers } of questions) {
      if (rest.length === 0) return;
      const said = answersOf(transfer);
      for (const [i, next] of answers.entries())
        follow(
          next,
          rest.filter((row) => said[row] === NOT_HELD + i),
        );
      rest = rest.filter((row) => said[row] === UNKNOWN);
    }
    for (const row of rest) leaves[row] = leaf;
  };
  follow(root, Uint32Array.from(leaves.keys()));
  return leaves;
}

/** The share of a stratum, as what others tell moves it. What is none or all of a stratum stays so. */
export function lifted(share: number, lift: number): number {
  if (lift === 0 || share <= 0 || share >= 1) return share;
  const odds = (share / (1 - share)) * Math.exp(lift);
  return odds / (1 + odds);
}

interface Telling {
  readonly transfer: number;
  readonly gain: number;
  readonly lifts: readonly [number, number];
}

/** What others tell of some rows, the most telling first. */
function tellings(
  lessons: Lessons,
  others: readonly number[],
  rows: Uint32Array,
  lift: number,
): readonly Telling[] {
  const shares = lessons.shares.map((share) => lifted(share, lift));
  return others
    .map((transfer) => tellingOf(lessons, rows, shares, lift, transfer))
    .sort((a, b) => b.gain - a.gain || a.transfer - b.transfer);
}

function tellingOf(
  { kinds, weights, squares, held, places, answers }: Lessons,
  rows: Uint32Array,
  shares: Float64Array,
  lift: number,
  transfer: number,
): Telling {
  const said = answers.get(transfer) as Answers;
  const count = shares.length;
  const all = new Float64Array(3 * count);
  const own = new Float64Array(3 * count);
  const square = new Float64Array(3);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const answer = said[places[row] as number] as number;
    const at = answer * count + (kinds[row] as number);
    const weight = weights[row] as number;
    all[at] = (all[at] as number) + weight;
    if (held[row]) own[at] = (own[at] as number) + weight;
    square[answer] = (square[answer] as number) + (squares[row] as number);
  }
  const [not, is] = [NOT_HELD, HELD].map((answer) => {
    const part = (sums: Float64Array) => sums.subarray(answer * count, (answer + 1) * count);
    return moved(part(all), part(own), square[answer] as number, shares);
  }) as [Moved, Moved];
  return { transfer, gain: not.gain + is.gain, lifts: [lift + not.lift, lift + is.lift] };
}

interface Moved {
  readonly lift: number;
  readonly gain: number;
}

/** By how much the log odds of all kinds are moved by what was held of some rows, and how much better it is told then. */
function moved(all: Float64Array, held: Float64Array, squares: number, shares: Float64Array): Moved {
  const total = all.reduce((sum, each) => sum + each, 0);
  if (total === 0) return { lift: 0, gain: 0 };
  // What rows stand for, in rows that are as good as so many equally dense ones.
  const scale = total / squares;
  const prior = WITHOUT_ANSWER / total;
  const wanted = held.reduce(
    (sum, each, kind) => sum + scale * each + prior * (all[kind] as number) * (shares[kind] as number),
    0,
  );
  const expected = (lift: number) => {
    const factor = Math.exp(lift);
    let sum = 0;
    for (let kind = 0; kind < all.length; kind++) {
      const share = shares[kind] as number;
      sum += ((scale + prior) * (all[kind] as number) * share * factor) / (1 - share + share * factor);
    }
    return sum;
  };
  let [low, high] = [-MOST_LIFT, MOST_LIFT];
  for (let step = 0; step < 16; step++) {
    const middle = (low + high) / 2;
    if (expected(middle) < wanted) low = middle;
    else high = middle;
  }
  const lift = (low + high) / 2;
  let gain = 0;
  for (let kind = 0; kind < all.length; kind++) {
    const [share, some, own] = [shares[kind] as number, all[kind] as number, held[kind] as number];
    if (some === 0 || share <= 0 || share >= 1) continue;
    const now = lifted(share, lift);
    gain += scale * (own * Math.log(now / share) + (some - own) * Math.log((1 - now) / (1 - share)));
  }
  return { lift, gain };
}
