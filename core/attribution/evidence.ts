/**
 * What the model is told: never rows or fingerprints, only which of the known sets (recorded transfers and reference
 * frames) hold what. Columns have one value a row, or a pattern of rows, 1 where the set holds it.
 */
export type Column = Uint8Array;

/** A recorded transfer, or a reference frame: the provider's master data on a day. */
export interface KnownSet {
  readonly id: string;
  readonly kind: 'transfer' | 'frame';
  /** The day whose state it shows, in days since 1970-01-01. */
  readonly day: number;
  /** Different values by field set. */
  readonly distinct: Readonly<Record<string, number>>;
  /** By field set, different values by stratum: by what a row itself shows, such as its province. */
  readonly strata: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** The field sets that a row is judged by. */
export interface Layout {
  /** The fields of a row together. */
  readonly whole: string;
  /** Two sets of which the whole is made, or none: then re-mixing cannot be seen. */
  readonly parts: readonly [] | readonly [string, string];
  /** Further sets, each of texts together with one of the parts. */
  readonly satellites: readonly Satellite[];
}
export interface Satellite {
  readonly set: string;
  /** The part that it hangs on, 0 or 1; the whole, where there are no parts. */
  readonly part: 0 | 1;
}

/** Rows of a leak that were found in the same sets, with their count. */
export interface Patterns {
  readonly size: number;
  readonly counts: Float64Array;
  /** The place of each pattern's stratum in {@link Ledger.strata}. */
  readonly strata: Uint8Array;
  /** By field set whether the rows have these fields at all. */
  readonly present: ReadonlyMap<string, Column>;
  /** By field set, then by set in the order of {@link Ledger.sets}. */
  readonly held: ReadonlyMap<string, readonly Column[]>;
}

/**
 * Values drawn from sets of one fingerprint key, the same from all of them: what sketches of thresholds give. Only from
 * it is known how many rows two sets share. A value is drawn for a set that holds it when its rank is below the set's
 * rate, so small sets can be drawn from more densely than large ones.
 */
export interface Sample {
  readonly fields: string;
  /** By value, a number in [0, 1) that any key gives it at random: its fingerprint. */
  readonly ranks: Float64Array;
  readonly strata: Uint8Array;
  /** By the place of the set in {@link Ledger.sets}: what it holds of all values drawn, and how densely it was drawn from. Sets of another key are absent. */
  readonly held: ReadonlyMap<number, { readonly column: Column; readonly rate: number }>;
}

export interface Ledger {
  readonly sets: readonly KnownSet[];
  readonly layout: Layout;
  readonly strata: readonly string[];
  /** Of the whole and of either part. */
  readonly samples: readonly Sample[];
  /** The share of values that a set does not hold and yet claims to. */
  readonly falsePositives: number;
  /** From and to which day a copy may have been made: the last, when the leak was seen. */
  readonly period: { readonly from: number; readonly to: number };
}

/** How many values of a field set, and of a stratum, a set holds. */
export const countOf = (set: KnownSet | undefined, fields: string, stratum?: string): number =>
  (stratum === undefined ? set?.distinct[fields] : set?.strata[fields]?.[stratum]) ?? 0;

/** The field sets that are judged, without those of one part that no row has. */
export const fieldSetsOf = ({ whole, parts, satellites }: Layout): string[] => [
  ...new Set([whole, ...parts, ...satellites.map(({ set }) => set)]),
];

/**
 * Without what a set cannot hold: of a stratum of which it has no row, what it claims to hold is a false positive. Left
 * in, a single one would speak for a transfer as a row that was spoiled on the way to its recipient does. Parts that do
 * not show their stratum stay as they are.
 */
export function withoutImpossible(rows: Patterns, { sets, layout, strata }: Ledger): Patterns {
  const [, second] = layout.parts;
  const shown = layout.parts.length > 0 ? [layout.whole, second] : [layout.whole];
  const held = [...rows.held].map(([fields, columns]) => {
    if (!shown.includes(fields)) return [fields, columns] as const;
    const possible = columns.map((column, set) => {
      const counts = sets[set]?.strata[fields];
      return counts === undefined
        ? column
        : column.map((flag, i) => (counts[strata[rows.strata[i] as number] as string] ? flag : 0));
    });
    return [fields, possible] as const;
  });
  return { ...rows, held: new Map(held) };
}

/** Puts rows together that no set tells apart. What the model says of the patterns is what it says of the rows. */
export function collapse(rows: Patterns): Patterns {
  const flags = [...rows.present.values(), ...[...rows.held.values()].flat()];
  const members = alikeRows(rows.strata, flags);
  const thin = (column: Column): Column => Uint8Array.from(members, ([first = 0]) => column[first] as number);
  return {
    size: members.length,
    counts: Float64Array.from(members, (each) =>
      each.reduce((sum, row) => sum + (rows.counts[row] as number), 0),
    ),
    strata: thin(rows.strata),
    present: new Map([...rows.present].map(([set, column]) => [set, thin(column)])),
    held: new Map([...rows.held].map(([set, held]) => [set, held.map(thin)])),
  };
}

/** The places of rows by what tells them apart, in an order that does not depend on theirs. */
export function alikeRows(strata: Uint8Array, flags: readonly Column[]): number[][] {
  const groups = Map.groupBy(strata.keys(), (row) => spelling(strata[row] as number, flags, row));
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rows]) => rows);
}

/** A pattern as a string, twelve flags a character. */
function spelling(stratum: number, flags: readonly Column[], row: number): string {
  let text = String.fromCharCode(stratum);
  for (let f = 0; f < flags.length; f += 12) {
    let word = 0;
    for (let bit = 0; bit < 12 && f + bit < flags.length; bit++) if (flags[f + bit]?.[row]) word |= 1 << bit;
    text += String.fromCharCode(word);
  }
  return text;
}
