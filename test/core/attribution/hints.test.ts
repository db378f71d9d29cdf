import { describe, expect, it } from 'vitest';
import { recorded } from '../../../core/attribution/component.ts';
import { unrecordedOn } from '../../../core/attribution/copies.ts';
import {
  type Answers,
  HELD,
  learn,
  leavesOf,
  lifted,
  NOT_HELD,
  UNKNOWN,
} from '../../../core/attribution/hints.ts';
import { Known } from '../../../core/attribution/known.ts';
import { Rows } from '../../../core/attribution/rows.ts';
import { asOf, framesUntil, type Holder, leakOf, ledgerOf, type Pair } from './ledgers.ts';

const ROWS = 6_000;
/** Of the rows of the one kind that the lessons are of, the share that the transfer holds. */
const SHARE = 0.1;
const answers = (of: (row: number) => number): Answers =>
  Uint8Array.from({ length: ROWS }, (_, row) => of(row));
const held = (row: number) => row % 10 === 0;
const said = (isHeld: boolean) => (isHeld ? HELD : NOT_HELD);

/** What is told of rows by what others say of them, when it was learned from rows 0 … 5999, of which every tenth is held. */
function sharesAfter(others: ReadonlyMap<number, Answers>, asked: readonly (readonly number[])[]): number[] {
  const ones = new Float64Array(ROWS).fill(1);
  const hints = learn({
    shares: Float64Array.of(SHARE),
    kinds: new Uint16Array(ROWS),
    weights: ones,
    squares: ones,
    held: answers((row) => Number(held(row))),
    places: Uint32Array.from(ones.keys()),
    answers: others,
  });
  const places = [...others.keys()];
  const leaves = leavesOf(hints, asked.length, (transfer) =>
    Uint8Array.from(asked, (row) => row[places.indexOf(transfer)] as number),
  );
  return [...leaves].map((leaf) => lifted(SHARE, hints.lifts[leaf] as number));
}

describe('what other transfers tell of a row', () => {
  it('is that it is within, or not, where another holds the same and nothing else', () => {
    const [within, without, unknown] = sharesAfter(new Map([[4, answers((row) => said(held(row)))]]), [
      [HELD],
      [NOT_HELD],
      [UNKNOWN],
    ]);
    expect(within).toBeGreaterThan(0.99);
    expect(without).toBeLessThan(0.01);
    expect(unknown).toBe(SHARE);
  });

  it('is nothing, where another holds as many of those within as of the rest', () => {
    expect(sharesAfter(new Map([[4, answers((row) => said(row % 7 === 0))]]), [[HELD], [NOT_HELD]])).toEqual([
      SHARE,
      SHARE,
    ]);
  });

  it('is what two say together, where neither tells enough', () => {
    const two = answers((row) => said(row % 2 === 0));
    const five = answers((row) => said(row % 5 === 0));
    const [both, one] = sharesAfter(
      new Map([
        [4, two],
        [5, five],
      ]),
      [
        [HELD, HELD],
        [UNKNOWN, HELD],
      ],
    );
    expect(both).toBeGreaterThan(0.99);
    expect(one).toBeCloseTo(0.5, 1);
  });

  it('is asked of the next one, where the first cannot know, though it knew all that was learned from', () => {
    const same = answers((row) => said(held(row)));
    const [within] = sharesAfter(
      new Map([
        [4, same],
        [5, same],
      ]),
      [[UNKNOWN, HELD]],
    );
    expect(within).toBeGreaterThan(0.99);
  });

  it('is learned as well from very many rows, of which most stand for few', () => {
    // Those of a transfer that was drawn from densely; of the rest one of eight.
    const rows = Uint32Array.from({ length: 60_000 }, (_, i) => i);
    const isHeld = (row: number) => row % 3 > 0;
    const ofRows = (of: (row: number) => number) => Float64Array.from(rows, of);
    const weights = ofRows((row) => (isHeld(row) ? 1 : 8));
    const { root, lifts } = learn({
      shares: Float64Array.of(0.2),
      kinds: new Uint16Array(rows.length),
      weights,
      squares: weights.map((weight) => weight ** 2),
      held: Uint8Array.from(rows, (row) => Number(isHeld(row))),
      places: rows,
      // Holds all of those within, and of the others one in four.
      answers: new Map([[4, Uint8Array.from(rows, (row) => said(isHeld(row) || row % 12 === 0))]]),
    });
    const [not, is] = (root.questions[0]?.answers ?? []).map(({ leaf }) =>
      lifted(0.2, lifts[leaf] as number),
    );
    expect(not).toBeLessThan(0.01);
    expect(is).toBeCloseTo(0.5, 1);
  });

  it('is less certain from a few rows that stand for many', () => {
    const few = (count: number) => {
      const rows = Uint32Array.from({ length: count }, (_, i) => i);
      return learn({
        shares: Float64Array.of(SHARE),
        kinds: new Uint16Array(count),
        weights: new Float64Array(count).fill(64),
        squares: new Float64Array(count).fill(64 * 64),
        held: Uint8Array.from(rows, (row) => Number(held(row))),
        places: rows,
        answers: new Map([[4, answers((row) => said(held(row)))]]),
      }).root.questions.length;
    };
    expect([few(20), few(200)]).toEqual([0, 1]);
  });
});

describe('a copy of a list that two hand-overs show, months apart', () => {
  const isListed = ([number]: Pair) => Number(number.slice(1)) % 5 === 0;
  const listed = (day: number) => asOf(day).filter(isListed);
  const holders: Holder[] = [
    { id: 'list-100', day: 100, rows: listed(100) },
    { id: 'list-290', day: 290, rows: listed(290) },
    ...framesUntil(360),
  ];
  const known = new Known(ledgerOf(holders));

  it('holds of the rows that came after the first those that the second shows', () => {
    const later = asOf(150).slice(-400);
    const patterns = leakOf(holders, later);
    const copy = unrecordedOn(known, 150, { within: [0] }) ?? recorded(0, 100);
    const densities = new Rows(known, patterns).densities(copy);
    for (const [i, row] of later.entries()) {
      if (isListed(row)) expect(densities[i]).toBeGreaterThan(0.9 / 600);
      else expect(densities[i]).toBeLessThan(0.02 / 600);
    }
  });
});
