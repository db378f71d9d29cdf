import type { Column, KnownSet, Ledger, Patterns, Sample } from '../../../core/attribution/evidence.ts';

/** A row as it is in the tests: a number and an id, whose first digit is its stratum. */
export type Pair = readonly [number: string, id: string];

export interface Holder {
  readonly id: string;
  readonly kind?: 'transfer' | 'frame';
  readonly day: number;
  readonly rows: readonly Pair[];
}

const FIELDS = ['msisdn', 'cnic', 'msisdn+cnic'] as const;
type Fields = (typeof FIELDS)[number];
const STRATA = ['none', '1', '2', '3'];

const valueIn = (fields: Fields, [number, id]: Pair): string =>
  fields === 'msisdn' ? number : fields === 'cnic' ? id : `${number}/${id}`;
const stratumOf = ([, id]: Pair): string => (STRATA.includes(id.charAt(0)) ? id.charAt(0) : 'none');

/** A ledger of which everything is known: all rows are in the samples. */
export function ledgerOf(holders: readonly Holder[]): Ledger {
  return {
    sets: holders.map(describeHolder),
    layout: { whole: 'msisdn+cnic', parts: ['msisdn', 'cnic'], satellites: [] },
    strata: STRATA,
    samples: FIELDS.map((fields) => sampleOf(fields, holders)),
    falsePositives: 2 ** -16,
    period: { from: 0, to: 1_000 },
  };
}

function describeHolder({ id, kind = 'transfer', day, rows }: Holder): KnownSet {
  const byFields = FIELDS.map(
    (fields) => [fields, new Map(rows.map((row) => [valueIn(fields, row), row]))] as const,
  );
  return {
    id,
    kind,
    day,
    distinct: Object.fromEntries(byFields.map(([fields, values]) => [fields, values.size])),
    strata: Object.fromEntries(
      byFields.map(([fields, values]) => [
        fields,
        Object.fromEntries(
          [...Map.groupBy(values.values(), stratumOf)].map(([stratum, members]) => [stratum, members.length]),
        ),
      ]),
    ),
  };
}

function sampleOf(fields: Fields, holders: readonly Holder[]): Sample {
  const values = new Map(
    holders.flatMap(({ rows }) => rows.map((row) => [valueIn(fields, row), row] as const)),
  );
  return {
    fields,
    ranks: new Float64Array(values.size),
    strata: Uint8Array.from(values.values(), (row) => STRATA.indexOf(stratumOf(row))),
    held: new Map(
      holders.map(({ rows }, place) => {
        const own = new Set(rows.map((row) => valueIn(fields, row)));
        return [
          place,
          { column: Uint8Array.from(values.keys(), (value) => Number(own.has(value))), rate: 1 },
        ];
      }),
    ),
  };
}

/** What filters without false positives say of leaked rows. */
export function leakOf(holders: readonly Holder[], rows: readonly Pair[]): Patterns {
  const column = (fields: Fields, { rows: own }: Holder): Column => {
    const values = new Set(own.map((row) => valueIn(fields, row)));
    return Uint8Array.from(rows, (row) => Number(values.has(valueIn(fields, row))));
  };
  return {
    size: rows.length,
    counts: new Float64Array(rows.length).fill(1),
    strata: Uint8Array.from(rows, (row) => STRATA.indexOf(stratumOf(row))),
    present: new Map(FIELDS.map((fields) => [fields, new Uint8Array(rows.length).fill(1)])),
    held: new Map(FIELDS.map((fields) => [fields, holders.map((holder) => column(fields, holder))])),
  };
}

/** Rows `from` … `to` of a register in which every number has an owner of its own, of strata in turn. */
export const register = (from: number, to: number): Pair[] =>
  Array.from({ length: to - from }, (_, i) => [`n${from + i}`, `${1 + ((from + i) % 3)}-${from + i}`]);

/**
 * A register to which ten rows come every day and from which ten go, and its frames every 30 days. On day d it holds
 * rows 10 d to 10 d + 3000.
 */
export const asOf = (day: number): Pair[] => register(10 * day, 10 * day + 3_000);
export const framesUntil = (last: number): Holder[] =>
  Array.from({ length: Math.floor(last / 30) + 1 }, (_, i) => ({
    id: `frame-${i * 30}`,
    kind: 'frame',
    day: i * 30,
    rows: asOf(i * 30),
  }));

/** So many rows of a list, spread evenly over it from a place on. */
export const every = (rows: readonly Pair[], count: number, offset = 0): Pair[] =>
  Array.from(
    { length: count },
    (_, i) => rows[Math.floor(((i + offset) * rows.length) / count) % rows.length] as Pair,
  );
