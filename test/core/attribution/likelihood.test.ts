import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Cells,
  ELSEWHERE,
  FIRST,
  FIRST_ONLY,
  INTACT,
  JOINT,
  MIXED,
  maximize,
  SECOND,
  SECOND_ONLY,
  STRANGE,
  TYPES,
} from '../../../core/attribution/likelihood.ts';

const column = (values: readonly number[]) => Float64Array.from(values);

interface Row {
  count: number;
  shape: number;
  elsewhere: number;
  outside: number;
  known?: number;
  whole: number[];
  parts: number[];
}

function cellsOf(rows: readonly Row[], streams: number): Cells {
  const of = (pick: (row: Row) => number) => column(rows.map(pick));
  return {
    size: rows.length,
    counts: of(({ count }) => count),
    shape: Uint8Array.from(rows, ({ shape }) => shape),
    elsewhere: of(({ elsewhere }) => elsewhere),
    outsideFirst: of(({ outside }) => outside),
    outsideSecond: of(({ outside }) => outside),
    known: Uint8Array.from(rows, ({ known = 3 }) => known),
    stray: of(() => 0),
    tilts: [],
    streams: Array.from({ length: streams }, (_, j) => ({
      whole: of(({ whole }) => whole[j] ?? 0),
      first: of(({ parts }) => parts[j] ?? 0),
      second: of(({ parts }) => parts[(j + 1) % streams] ?? 0),
    })),
  };
}

const density = fc.constantFrom(0, 1e-6, 1e-5, 1e-3);
const row: fc.Arbitrary<Row> = fc.record({
  count: fc.integer({ min: 1, max: 50 }),
  shape: fc.constantFrom(JOINT, JOINT, FIRST, SECOND),
  elsewhere: fc.constantFrom(0, 1e-6),
  outside: fc.constantFrom(1e-10, 1e-6),
  known: fc.constantFrom(0, 1, 2, 3),
  whole: fc.array(density, { minLength: 5, maxLength: 5 }),
  parts: fc.array(density, { minLength: 5, maxLength: 5 }),
});

describe('the fit of an explanation', () => {
  it('never becomes less likely by a step', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 3 }),
        (rows, streams) => {
          const seen: number[] = [];
          maximize(cellsOf(rows, streams), { steps: 60, tolerance: -1, watch: (value) => seen.push(value) });
          for (const [i, value] of seen.entries())
            if (i > 0) expect(value).toBeGreaterThanOrEqual((seen[i - 1] as number) - 1e-9 * Math.abs(value));
        },
      ),
    );
  });

  it('never becomes less likely by a step where parts of one source were taken by age', () => {
    const cohorts = fc.integer({ min: 1, max: 99 }).map((share) => column([share / 100, 1 - share / 100]));
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 12 }),
        fc.tuple(cohorts, cohorts),
        (rows, [first, second]) => {
          const seen: number[] = [];
          const parts = [
            { at: 0, cohorts: first },
            { at: 2, cohorts: second },
          ];
          const cells = { ...cellsOf(rows, 5), tilts: [{ parts }] };
          const { shares } = maximize(cells, {
            steps: 60,
            tolerance: -1,
            // The first shares are any; what is tied is so from the second step on.
            watch: (value) => seen.push(value),
          });
          for (const [i, value] of seen.entries())
            if (i > 1) expect(value).toBeGreaterThanOrEqual((seen[i - 1] as number) - 1e-9 * Math.abs(value));
          // How often the first cohort was taken, times how often the second was in the other part, both ways.
          const taken = (at: number, cohort: Float64Array, g: number) =>
            (shares[at + g] as number) / (cohort[g] as number);
          expect(taken(0, first, 0) * taken(2, second, 1)).toBeCloseTo(
            taken(0, first, 1) * taken(2, second, 0),
            9,
          );
        },
      ),
    );
  });

  it('gives shares that sum to one, of streams and of types', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 3 }),
        (rows, streams) => {
          const { shares, types } = maximize(cellsOf(rows, streams));
          const sum = (values: Float64Array) => values.reduce((total, each) => total + each, 0);
          expect(sum(shares)).toBeCloseTo(1, 9);
          for (const shape of [JOINT, FIRST, SECOND])
            expect(sum(types.slice(shape * TYPES, (shape + 1) * TYPES))).toBeCloseTo(1, 9);
        },
      ),
    );
  });

  it('finds 60 rows of one set and 40 of another where no row is in both', () => {
    const rows = [
      { count: 60, whole: [0.01, 0] },
      { count: 40, whole: [0, 0.02] },
    ].map((each) => ({ ...each, shape: JOINT, elsewhere: 0, outside: 1e-10, parts: [0, 0] }));
    const { shares, types, logLikelihood } = maximize(cellsOf(rows, 2), { tolerance: 1e-9 });
    expect(shares[0]).toBeCloseTo(0.6, 4);
    expect(types[INTACT]).toBeCloseTo(1, 4);
    expect(logLikelihood).toBeCloseTo(60 * Math.log(0.6 * 0.01) + 40 * Math.log(0.4 * 0.02), 3);
  });

  it('puts rows that only others hold elsewhere, and rows that none holds outside', () => {
    const rows = [
      { count: 70, elsewhere: 1e-6, outside: 1e-6, whole: [1e-3], parts: [1e-3] },
      { count: 20, elsewhere: 1e-6, outside: 1e-6, whole: [0], parts: [0] },
      { count: 10, elsewhere: 0, outside: 1e-10, known: 0, whole: [0], parts: [0] },
    ].map((each) => ({ ...each, shape: JOINT }));
    const { types } = maximize(cellsOf(rows, 1), { tolerance: 1e-9 });
    expect(types[INTACT]).toBeCloseTo(0.7, 2);
    expect(types[ELSEWHERE]).toBeCloseTo(0.2, 2);
    expect(types[STRANGE]).toBeCloseTo(0.1, 2);
  });

  it('does not take rows that were re-mixed for strangers because there are others that nobody knows', () => {
    const rows = [
      { count: 50, elsewhere: 1e-6, outside: 1e-6, known: 3, whole: [1e-6], parts: [1e-6] },
      { count: 30, elsewhere: 0, outside: 1e-6, known: 3, whole: [0], parts: [1e-6] },
      { count: 20, elsewhere: 0, outside: 1e-10, known: 0, whole: [0], parts: [0] },
    ].map((each) => ({ ...each, shape: JOINT }));
    const { types } = maximize(cellsOf(rows, 1), { tolerance: 1e-9 });
    expect(types[STRANGE]).toBeCloseTo(0.2, 3);
    // Strangers that are known would look the same, and are no more than half: the fit starts with far fewer.
    expect(types[MIXED]).toBeGreaterThan(2 * (types[STRANGE + 3] as number));
  });

  it('keeps the share of streams that is held', () => {
    const rows = [
      { count: 60, whole: [0.01, 0] },
      { count: 40, whole: [0, 0.02] },
    ].map((each) => ({ ...each, shape: JOINT, elsewhere: 0, outside: 1e-10, parts: [0, 0] }));
    const held = maximize(cellsOf(rows, 2), { fixed: { streams: [0], share: 0.3 } });
    expect(held.shares[0]).toBeCloseTo(0.3, 9);
    expect(held.logLikelihood).toBeLessThan(maximize(cellsOf(rows, 2)).logLikelihood);
  });
});

/** The same likelihood as sums over where each row may have come from, one term each, written out anew. */
function byHand(cells: Cells, shares: readonly number[], types: readonly number[]): number {
  let log = 0;
  for (let c = 0; c < cells.size; c++) {
    const terms: number[] = [];
    const at = (values: Float64Array) => values[c] as number;
    const [a, b] = [at(cells.outsideFirst), at(cells.outsideSecond)];
    for (const [j, stream] of cells.streams.entries()) {
      const share = shares[j] as number;
      terms.push((types[INTACT] as number) * share * at(stream.whole));
      for (const [k, other] of cells.streams.entries())
        terms.push(
          (types[MIXED] as number) * share * (shares[k] as number) * at(stream.first) * at(other.second),
        );
      terms.push((types[FIRST_ONLY] as number) * share * at(stream.first) * b);
      terms.push((types[SECOND_ONLY] as number) * share * at(stream.second) * a);
    }
    terms.push((types[ELSEWHERE] as number) * at(cells.elsewhere));
    terms.push((types[STRANGE + (cells.known[c] as number)] as number) * a * b);
    log += at(cells.counts) * Math.log(terms.reduce((sum, term) => sum + term, 0));
  }
  return log;
}

describe('the likelihood', () => {
  const joint = row.map((each) => ({ ...each, shape: JOINT }));

  it('is the sum over all ways in which the rows may have come about', () => {
    fc.assert(
      fc.property(
        fc.array(joint, { minLength: 1, maxLength: 8 }),
        fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
        fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: TYPES, maxLength: TYPES }),
        (rows, weights, kinds) => {
          const [shares, types] = [weights, kinds].map((each) => {
            const total = each.reduce((sum, value) => sum + value, 0);
            return each.map((value) => value / total);
          }) as [number[], number[]];
          const cells = cellsOf(rows, 3);
          const start = { shares: column(shares), types: column([...types, ...types, ...types]) };
          const { logLikelihood } = maximize(cells, { start, steps: 0 });
          const expected = byHand(cells, shares, types);
          expect(Math.abs(logLikelihood - expected)).toBeLessThan(1e-9 * Math.abs(expected));
        },
      ),
    );
  });

  it('is no smaller than the largest that a grid of all shares finds', () => {
    const rows = [
      { count: 12, whole: [0.01, 0], parts: [0.01, 0] },
      { count: 5, whole: [0.01, 0.02], parts: [0.01, 0.02] },
      { count: 7, whole: [0, 0.02], parts: [0, 0.02] },
      { count: 3, whole: [0, 0], parts: [0.01, 0.02] },
    ].map((each) => ({ ...each, shape: JOINT, elsewhere: 1e-4, outside: 1e-6 }));
    const cells = cellsOf(rows, 2);
    const { logLikelihood } = maximize(cells, { tolerance: 1e-10, steps: 5_000 });
    let most = Number.NEGATIVE_INFINITY;
    const steps = [...Array(21).keys()].map((step) => step / 20);
    for (const share of steps)
      for (const intact of steps)
        for (const elsewhere of steps)
          for (const mixed of steps) {
            const rest = Math.max(0, 1 - intact - elsewhere - mixed);
            if (intact + elsewhere + mixed > 1 + 1e-9) continue;
            const types = [intact, elsewhere, mixed, rest / 3, rest / 3, 0, 0, 0, rest / 3];
            most = Math.max(most, byHand(cells, [share, 1 - share], types));
          }
    expect(logLikelihood).toBeGreaterThanOrEqual(most - 1e-6);
    expect(logLikelihood).toBeLessThan(most + 0.2);
  });
});
