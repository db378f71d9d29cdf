import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../core/attribution/attribute.ts';
import { collapse, type Patterns } from '../../../core/attribution/evidence.ts';
import { Known } from '../../../core/attribution/known.ts';
import { asOf, every, framesUntil, type Holder, leakOf, ledgerOf, type Pair, register } from './ledgers.ts';

const FRAMES = framesUntil(360);
const ofStratum = (rows: readonly Pair[], stratum: string) => rows.filter(([, id]) => id.startsWith(stratum));
/** Two whole extracts, one of a stratum on the day of the first, one of a stratum later. */
const TRANSFERS: Holder[] = [
  { id: 'all-100', day: 100, rows: asOf(100) },
  { id: 'all-220', day: 220, rows: asOf(220) },
  { id: 'one-100', day: 100, rows: ofStratum(asOf(100), '1') },
  { id: 'two-300', day: 300, rows: ofStratum(asOf(300), '2') },
];
const HOLDERS = [...TRANSFERS, ...FRAMES];
const rowsOf = (id: string): readonly Pair[] => HOLDERS.find((holder) => holder.id === id)?.rows ?? [];
const place = (id: string) => HOLDERS.findIndex((holder) => holder.id === id);

const ask = (rows: readonly Pair[], holders: readonly Holder[] = HOLDERS) =>
  attribute(new Known(ledgerOf(holders)), leakOf(holders, rows));
const ratio = ({ posterior }: ReturnType<typeof ask>, transfer: number) =>
  posterior.standings.find((standing) => standing.transfer === transfer)?.log10Ratio ?? Number.NaN;

describe('the sources of a leak', () => {
  it('are one transfer, when its rows leaked', () => {
    const found = ask(every(rowsOf('all-220'), 300));
    expect(found.sources).toEqual([place('all-220')]);
    expect(ratio(found, place('all-220'))).toBeGreaterThan(2);
    for (const other of ['all-100', 'one-100', 'two-300']) expect(ratio(found, place(other))).toBeLessThan(0);
    expect(found.vintage?.day).toBeCloseTo(220, 0);
  });

  it('are the smaller of nested ones, when only its rows leaked, and the larger cut down is named as its equal', () => {
    const found = ask(every(rowsOf('one-100'), 300));
    expect(found.sources).toEqual([place('one-100')]);
    expect(found.posterior.credible).toContain(place('all-100'));
    expect(found.equals).toMatchObject([
      { transfers: [place('one-100'), place('all-100')], kind: 'cut-down' },
    ]);
  });

  it('are two merged ones, with the share of each', () => {
    const found = ask([...every(rowsOf('all-100'), 180), ...every(rowsOf('two-300'), 120)]);
    expect(found.sources).toEqual([place('all-100'), place('two-300')]);
    expect(found.shares.get(place('all-100'))?.value).toBeCloseTo(0.6, 1);
    const { low = 1, high = 0 } = found.shares.get(place('two-300')) ?? {};
    expect(low).toBeLessThan(0.4);
    expect(high).toBeGreaterThan(0.4);
    // With a copy of the other each explains them nearly as well: that does not make them equal.
    expect(found.equals).toEqual([]);
  });

  it('are none, when a copy leaked that lies between the recorded days', () => {
    const found = ask(every(asOf(160), 400));
    expect(found.sources).toEqual([]);
    expect(found.posterior.notRecorded.all).toBeGreaterThan(0.9);
    for (const { log10Ratio } of found.posterior.standings) expect(log10Ratio).toBeLessThan(1);
    expect(Math.abs((found.vintage?.day ?? 0) - 160)).toBeLessThan(6);
  });

  it('stay found when half of the rows are re-mixed', () => {
    const rows = every(rowsOf('all-220'), 300);
    const ids = every(rowsOf('all-220'), 300, 0.37).map(([, id]) => id);
    const found = ask(
      rows.map(([number, id], i) => [number, i % 2 === 0 ? id : (ids[(i * 7) % 300] as string)]),
    );
    expect(found.sources).toEqual([place('all-220')]);
    expect(found.mixed.value).toBeCloseTo(0.5, 1);
  });

  it('stay found when a third of the rows come from elsewhere', () => {
    const strangers: Pair[] = register(900_000, 900_100);
    const found = ask([...every(rowsOf('all-220'), 200), ...strangers]);
    expect(found.sources).toEqual([place('all-220')]);
    expect(found.shares.get(place('all-220'))?.value).toBeCloseTo(2 / 3, 1);
  });
});

describe('one extract given to two', () => {
  const twins: Holder[] = [...TRANSFERS, { id: 'again-220', day: 220, rows: asOf(220) }, ...FRAMES];

  it('is named as given to either, and its copies as the same extract', () => {
    const found = ask(every(asOf(220), 300), twins);
    const [a, b] = [1, 4].map((transfer) => ratio(found, transfer));
    expect(a).toBeCloseTo(b as number, 1);
    expect([...found.posterior.credible].sort()).toEqual([1, 4]);
    expect(found.equals).toMatchObject([{ kind: 'same-extract', ratio: 1, differ: 0 }]);
  });
});

describe('one extract given to many', () => {
  const many: Holder[] = [
    ...Array.from({ length: 15 }, (_, i) => ({ id: `same-${i}`, day: 220, rows: asOf(220) })),
    { id: 'two-300', day: 300, rows: rowsOf('two-300') },
    { id: 'all-100', day: 100, rows: asOf(100) },
    ...FRAMES,
  ];

  it('leaves all of them equal, beside another source', () => {
    const found = ask([...every(asOf(220), 200), ...every(rowsOf('two-300'), 120)], many);
    const [first = Number.NaN, ...others] = Array.from({ length: 15 }, (_, i) => ratio(found, i));
    for (const other of others) expect(other).toBe(first);
    expect(first).toBeGreaterThan(-0.5);
    expect(found.posterior.credible).toHaveLength(16);
    expect(ratio(found, 15)).toBeGreaterThan(2);
    expect(ratio(found, 16)).toBeLessThan(-1);
    expect(found.equals.filter(({ kind }) => kind === 'same-extract')).toHaveLength(14);
  });
});

describe('what an answer does not depend on', () => {
  const leak = [...every(rowsOf('all-100'), 90), ...every(rowsOf('two-300'), 60)];
  const summary = (found: ReturnType<typeof ask>, holders: readonly Holder[]) =>
    Object.fromEntries(
      found.posterior.standings.map(({ transfer, log10Ratio }) => [
        holders[transfer]?.id,
        log10Ratio.toFixed(6),
      ]),
    );

  it('is the order of the transfers', () => {
    const expected = summary(ask(leak), HOLDERS);
    fc.assert(
      fc.property(fc.shuffledSubarray(TRANSFERS, { minLength: TRANSFERS.length }), (shuffled) => {
        const holders = [...shuffled, ...FRAMES];
        expect(summary(ask(leak, holders), holders)).toEqual(expected);
      }),
      { numRuns: 4 },
    );
  });

  it('is the order of the rows', () => {
    const expected = summary(ask(leak), HOLDERS);
    fc.assert(
      fc.property(fc.shuffledSubarray(leak, { minLength: leak.length }), (shuffled) => {
        expect(summary(ask(shuffled), HOLDERS)).toEqual(expected);
      }),
      { numRuns: 4 },
    );
  });

  it('is whether equal patterns come one by one or with a count', () => {
    const known = new Known(ledgerOf(HOLDERS));
    const one = leakOf(HOLDERS, leak);
    const merged: Patterns = collapse(one);
    expect(merged.size).toBeLessThan(one.size);
    expect(attribute(known, merged).posterior.standings).toEqual(attribute(known, one).posterior.standings);
  });
});

describe('a transfer without a leaked row', () => {
  it('is made less probable', () => {
    const holders = [...TRANSFERS, { id: 'apart', day: 200, rows: register(500_000, 500_500) }, ...FRAMES];
    expect(ratio(ask(every(asOf(220), 200), holders), 4)).toBeLessThan(0);
  });
});

describe('a false positive', () => {
  it('of a stratum of which a transfer holds nothing leaves it as it was', () => {
    const strangers: Pair[] = [...every(asOf(160), 400), ['n1650', '3-unknown']];
    const patterns = leakOf(HOLDERS, strangers);
    const claimed: Patterns = {
      ...patterns,
      held: new Map(
        [...patterns.held].map(([fields, columns]) => [
          fields,
          columns.map((column, set) =>
            set === place('one-100') && fields !== 'msisdn'
              ? column.map((flag, row) => (row === 400 ? 1 : flag))
              : column,
          ),
        ]),
      ),
    };
    const known = new Known(ledgerOf(HOLDERS));
    expect(attribute(known, claimed).posterior.standings).toEqual(
      attribute(known, patterns).posterior.standings,
    );
  });
});

describe('the interval of a share', () => {
  const shareOf = ({ shares }: ReturnType<typeof ask>, id: string) =>
    shares.get(place(id)) ?? { low: 1, high: 0 };

  it('holds what other explanations say that are nearly as probable', () => {
    // All of them from one, more often of a stratum; or some from the extract of that stratum on the same day.
    const found = ask([...every(rowsOf('all-100'), 150), ...every(rowsOf('one-100'), 50, 0.3)]);
    const sharing = found.posterior.explanations.slice(0, 4).map(({ recorded }) => recorded.length);
    expect(new Set(sharing)).toEqual(new Set([1, 2]));
    expect(shareOf(found, 'all-100').low).toBeLessThan(0.75);
    expect(shareOf(found, 'all-100').high).toBe(1);
  });

  it('holds all rows, when of a few that nobody knows both parts may have been spoiled', () => {
    const spoiled = every(rowsOf('all-220'), 300).map(([number, id], i): Pair => {
      const [first, second] = [i % 20 === 0 || i % 97 === 5, i % 20 === 1 || i % 97 === 5];
      return [first ? `x${i}` : number, second ? `${id.charAt(0)}-x${i}` : id];
    });
    expect(shareOf(ask(spoiled), 'all-220').high).toBe(1);
  });
});

describe('what stands against a source', () => {
  it('is its copy on all days on which that would look alike, for each of several sources', () => {
    const rows = [...every(rowsOf('all-100'), 60), ...every(rowsOf('two-300'), 40)];
    const { explanations } = ask(rows).posterior;
    for (const [source, other] of [
      ['all-100', 'two-300'],
      ['two-300', 'all-100'],
    ] as const) {
      const against = explanations.find(
        ({ recorded, scored }) =>
          recorded.includes(place(other)) &&
          !recorded.includes(place(source)) &&
          scored.components.some(({ kind }) => kind === 'unrecorded'),
      );
      expect(against?.scored.spread).toBeGreaterThan(0.1);
    }
  });
});

describe('without reference frames', () => {
  it('a single transfer is named rather than none of this data', () => {
    const found = ask(every(asOf(220), 300), TRANSFERS.slice(1, 2));
    expect(found.sources).toEqual([0]);
    expect(found.posterior.standings[0]?.log10Ratio).toBeLessThan(1);
  });

  it('nothing is held to be strongly supported, for nothing tells of copies that nobody recorded', () => {
    const found = ask(every(rowsOf('two-300'), 300), TRANSFERS);
    expect(found.posterior.standings[0]?.transfer).toBe(place('two-300'));
    expect(found.posterior.standings[0]?.log10Ratio).toBeLessThan(3);
  });
});

describe('rows that tell nothing', () => {
  const strangers = register(900_000, 900_300);

  it('name nobody, when nothing of them is known', () => {
    const found = ask(strangers);
    expect(found.sources).toEqual([]);
    expect(found.shares.size).toBe(0);
    expect(found.vintage).toBeUndefined();
    for (const { log10Ratio } of found.posterior.standings) expect(Math.abs(log10Ratio)).toBeLessThan(0.5);
  });

  it('leave every transfer as probable as before, when there are none', () => {
    for (const { log10Ratio } of ask([]).posterior.standings) expect(Math.abs(log10Ratio)).toBeLessThan(0.3);
  });

  it('support none by a single row', () => {
    for (const { log10Ratio } of ask(every(asOf(220), 1)).posterior.standings)
      expect(log10Ratio).toBeLessThan(1);
  });

  it('may come before a ledger without transfers, or without anything', () => {
    const found = ask(every(asOf(220), 300), FRAMES);
    expect(found.posterior.notRecorded.all).toBeCloseTo(1, 6);
    expect(Math.abs((found.vintage?.day ?? 0) - 220)).toBeLessThan(6);
    expect(ask(strangers, []).posterior.notRecorded.all).toBe(1);
  });

  it('are weighed by numbers alone where they have nothing else', () => {
    const patterns = leakOf(HOLDERS, every(rowsOf('all-220'), 300));
    const none = new Uint8Array(patterns.size);
    const empty = (fields: string) => (patterns.held.get(fields) ?? []).map(() => none);
    const numbers: Patterns = {
      ...patterns,
      present: new Map([...patterns.present].map(([set, all]) => [set, set === 'msisdn' ? all : none])),
      held: new Map(
        [...patterns.held].map(([set, held]) => [set, set === 'msisdn' ? held : empty(set)] as const),
      ),
    };
    const found = attribute(new Known(ledgerOf(HOLDERS)), numbers);
    expect(found.sources).toEqual([place('all-220')]);
    expect(found.mixed.value).toBeLessThan(0.01);
  });
});

describe('a transfer whose rows nobody has', () => {
  it('is no error, and no source', () => {
    const holders = [...TRANSFERS, { id: 'empty', day: 200, rows: [] }, ...FRAMES];
    const found = ask(every(rowsOf('all-220'), 300), holders);
    expect(found.sources).toEqual([place('all-220')]);
    expect(ratio(found, 4)).toBeLessThan(0);
  });
});
