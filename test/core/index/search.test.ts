import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_WIDTH, blockCount, blockOf, type Row, statusOf } from '../../../core/index/block.ts';
import { factsOf, wordsOf } from '../../../core/index/facts.ts';
import {
  candidateBlocks,
  ERA_WIDTH,
  eraCount,
  eraOf,
  facetsOf,
  facetsOfStatus,
  matches,
  requirements,
  type Search,
} from '../../../core/index/search.ts';
import { STATES } from '../../../core/lifecycle/transfer.ts';
import { evolveTransfer } from '../../../core/lifecycle/transfer-events.ts';
import { NOTHING_UPSTREAM } from '../../../core/lifecycle/upstream.ts';
import type { Entry } from '../../../core/model/entry.ts';
import { type AgencyId, addDays, type Day } from '../../../core/model/scalars.ts';
import { CANONICAL_FIELDS, type CanonicalField } from '../../../core/model/vocabulary.ts';
import { AGENCIES, AREAS, aVariedTransfer, DATASETS, PURPOSES, WORDS, YEARS } from '../../support/varied.ts';
import { entryOf, event, type Step } from '../lifecycle/specs.ts';

const TODAY = '2026-03-15' as Day;

const EVENTS: Step[][] = [
  [],
  [event('transfer-acknowledged')],
  [event('transfer-disputed')],
  [event('legal-hold-set')],
  [event('recall-issued', { dueBy: '2026-03-20' })],
  [event('transfer-disputed', { reason: 'not-received' }), event('record-withdrawn')],
  [event('correction-issued')],
  [event('destruction-certified', { derivatives: 'kept' })],
  [event('destruction-certified')],
  [event('destruction-certified'), event('destruction-verified')],
  [event('record-superseded')],
];

function rowOf(seed: number, events: readonly Step[], index: number): Row {
  const opening = entryOf({ kind: 'transfer-recorded', body: aVariedTransfer(seed) }, 0);
  const history: Entry[] = [opening, ...events.map((step, n) => entryOf(step, n + 1))];
  const [first, ...rest] = history;
  const state = rest.reduce(evolveTransfer, evolveTransfer(undefined, first ?? expect.fail()));
  return { facts: factsOf(opening, index), status: statusOf(state, NOTHING_UPSTREAM) };
}

const row = fc
  .record({ seed: fc.nat({ max: 400 }), events: fc.constantFrom(...EVENTS), index: fc.nat({ max: 3_000 }) })
  .map(({ seed, events, index }) => rowOf(seed, events, index));

const someDay = fc
  .tuple(fc.constantFrom(...YEARS, 2150, 0, 9999), fc.constantFrom('01-01', '06-30', '12-31'))
  .map(([year, rest]) => `${String(year).padStart(4, '0')}-${rest}` as Day);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const search: fc.Arbitrary<Search> = fc.record({
  recipient: maybe(fc.constantFrom(...AGENCIES)),
  provider: maybe(fc.constantFrom(...AGENCIES)),
  party: maybe(fc.constantFrom(...AGENCIES)),
  dataset: maybe(fc.constantFrom(...DATASETS)),
  field: maybe(fc.subarray<CanonicalField>(CANONICAL_FIELDS.slice(0, 9), { minLength: 1, maxLength: 3 })),
  match: maybe(fc.constantFrom('all' as const, 'any' as const)),
  purpose: maybe(fc.constantFrom(...PURPOSES)),
  area: maybe(fc.constantFrom(...AREAS)),
  snapshotFrom: maybe(someDay),
  snapshotTo: maybe(someDay),
  state: maybe(fc.constantFrom(...STATES)),
  q: maybe(fc.constantFrom(...WORDS)),
});

/** The blocks in which an index of these rows, as the projection keeps it, would look. */
function blocksFor(asked: Search, rows: readonly Row[]): number[] {
  const listed = new Map<string, Set<number>>();
  for (const { facts, status } of rows)
    for (const facet of [...facetsOf(facts), ...facetsOfStatus(status)])
      listed.set(facet, (listed.get(facet) ?? new Set()).add(blockOf(facts.index)));
  return candidateBlocks(requirements(asked, TODAY), listed, blockCount(3_001));
}

describe('the index', () => {
  it('leads to the block of whatever matches', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 12 }), search, (rows, asked) => {
        const blocks = new Set(blocksFor(asked, rows));
        for (const each of rows)
          if (matches(each, asked, TODAY)) expect(blocks).toContain(blockOf(each.facts.index));
      }),
      { numRuns: 400 },
    );
  });

  it('leads there by each filter alone', () => {
    fc.assert(
      fc.property(row, search, (each, asked) => {
        for (const [name, value] of Object.entries(asked)) {
          const alone: Search = { [name]: value, ...(name === 'field' && { match: asked.match }) };
          if (matches(each, alone, TODAY))
            expect(blocksFor(alone, [each])).toContain(blockOf(each.facts.index));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('finds a snapshot that spans what was asked for the wrong way round', () => {
    const spanning: Row = {
      ...rowOf(1, [], 5),
      facts: { ...rowOf(1, [], 5).facts, snapshot: { from: '2019-05-01' as Day, to: '2024-05-01' as Day } },
    };
    const asked = { snapshotFrom: '2023-01-01' as Day, snapshotTo: '2020-01-01' as Day };
    expect(matches(spanning, asked, TODAY)).toBe(true);
    expect(blocksFor(asked, [spanning])).toEqual([0]);
  });

  it('looks at every block, newest first, when nothing narrows the search', () => {
    expect(candidateBlocks([], new Map(), 4)).toEqual([3, 2, 1, 0]);
    expect(
      candidateBlocks(
        [['a'], ['b', 'c']],
        new Map([
          ['a', new Set([1, 2, 3])],
          ['c', new Set([3, 2])],
        ]),
        9,
      ),
    ).toEqual([3, 2]);
    expect(candidateBlocks([['a']], new Map(), 9)).toEqual([]);
  });

  it('cuts the log into blocks and eras without a gap', () => {
    expect([0, 255, 256].map(blockOf)).toEqual([0, 0, 1]);
    expect([0, 1, 256, 257].map(blockCount)).toEqual([0, 1, 1, 2]);
    expect([0, ERA_WIDTH - 1, ERA_WIDTH].map(eraOf)).toEqual([0, 0, 1]);
    expect([0, 1, ERA_WIDTH * BLOCK_WIDTH, ERA_WIDTH * BLOCK_WIDTH + 1].map(eraCount)).toEqual([0, 1, 1, 2]);
  });

  it('lists under keys that the table takes, whatever was written', () => {
    const texts = ['ﷲ'.repeat(500), '㌀'.repeat(500), '名'.repeat(500), '𐐀'.repeat(250), 'x'.repeat(500)];
    for (const purposeText of texts) {
      const entry = entryOf({ kind: 'transfer-recorded', body: { ...aVariedTransfer(3), purposeText } }, 0);
      // A partition key is at most 2,048 bytes.
      for (const facet of facetsOf(factsOf(entry, 0)))
        expect(Buffer.byteLength(`POSTING#${facet}`)).toBeLessThan(1_024);
    }
  });
});

describe('what matches', () => {
  const base = rowOf(11, [], 9);
  const having = (facts: Partial<Row['facts']>): Row => ({ ...base, facts: { ...base.facts, ...facts } });

  it('a party on either side', () => {
    const each = having({ provider: 'a' as AgencyId, recipient: 'b' as AgencyId });
    expect(['a', 'b', 'c'].map((party) => matches(each, { party: party as AgencyId }, TODAY))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('all fields, or any of them', () => {
    const each = having({ fields: ['cnic', 'address'] });
    expect(matches(each, { field: ['cnic', 'address'] }, TODAY)).toBe(true);
    expect(matches(each, { field: ['cnic', 'name'] }, TODAY)).toBe(false);
    expect(matches(each, { field: ['cnic', 'name'], match: 'any' }, TODAY)).toBe(true);
    expect(matches(each, { field: ['name'], match: 'any' }, TODAY)).toBe(false);
  });

  it('an area by its country, and a country by its area', () => {
    expect(matches(having({ areas: ['PK-PB'] }), { area: 'PK' }, TODAY)).toBe(true);
    expect(matches(having({ areas: ['PK'] }), { area: 'PK-PB' }, TODAY)).toBe(true);
    expect(matches(having({ areas: ['PK-SD'] }), { area: 'PK-PB' }, TODAY)).toBe(false);
    expect(matches(having({ areas: ['SA'] }), { area: 'PK' }, TODAY)).toBe(false);
  });

  it('a snapshot by its bounds, to the day', () => {
    const each = having({ snapshot: { from: '2022-01-10' as Day, to: '2022-02-10' as Day } });
    const from = (day: string) => matches(each, { snapshotFrom: day as Day }, TODAY);
    const to = (day: string) => matches(each, { snapshotTo: day as Day }, TODAY);
    expect([from('2022-02-10'), from('2022-02-11')]).toEqual([true, false]);
    expect([to('2022-01-10'), to('2022-01-09')]).toEqual([true, false]);
  });

  it('nothing by what its record lacks', () => {
    const { fields: _f, purposes: _p, areas: _a, snapshot: _s, ...bare } = base.facts;
    const each = { ...base, facts: bare };
    const asked: Search[] = [
      { field: ['cnic'] },
      { field: ['cnic'], match: 'any' },
      { purpose: PURPOSES[0] },
      { area: 'PK' },
      { snapshotFrom: '0001-01-01' as Day },
      { snapshotTo: '9999-12-31' as Day },
    ];
    expect(asked.map((one) => matches(each, one, TODAY))).toEqual(asked.map(() => false));
  });

  it('the state of the day that is asked', () => {
    const dueOn = rowOf(11, [event('recall-issued', { dueBy: '2026-03-20' })], 9);
    const due = { ...dueOn, status: { ...dueOn.status, dueOn: '2026-03-20' as Day } };
    const on = (day: Day) => STATES.filter((state) => matches(due, { state }, day));
    expect(on(addDays('2026-03-20' as Day, -31))).toEqual(['recorded', 'unacknowledged', 'recalled']);
    expect(on(addDays('2026-03-20' as Day, -30))).toEqual(['due', 'unacknowledged', 'recalled']);
    expect(on('2026-03-20' as Day)).toEqual(['due', 'unacknowledged', 'recalled']);
    expect(on('2026-03-21' as Day)).toEqual(['overdue', 'unacknowledged', 'recalled']);
  });
});

describe('words', () => {
  it('are compared without regard to case, form and punctuation, each once', () => {
    expect(wordsOf('Straße, STRASSE; Ⅻ — ｆｕｌｌ-width! naïve nai\u0308ve')).toEqual([
      'straße',
      'strasse',
      'xii',
      'full',
      'width',
      'naïve',
    ]);
    expect(wordsOf(' -- ')).toEqual([]);
  });

  it('keep the signs that they cannot be without, and not those that are left out at will', () => {
    expect(wordsOf('हिन्दी')).toEqual(['हिन्दी']);
    expect(wordsOf('فہرستِ مُحَمَّد')).toEqual(wordsOf('فہرست محمد'));
    expect(wordsOf('فہرست محمد')).toHaveLength(2);
  });

  it('find themselves, also the longest', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const words = wordsOf(text);
        for (const word of words) {
          expect(wordsOf(word).every((again) => words.includes(again))).toBe(true);
          expect(Buffer.byteLength(word)).toBeLessThanOrEqual(256);
        }
      }),
    );
    expect(wordsOf('x'.repeat(500))).toEqual(wordsOf('x'.repeat(100)));
  });
});
