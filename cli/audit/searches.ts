import { TransferQuery } from '../../core/api/queries.ts';
import type { Row } from '../../core/index/block.ts';
import { matches, type Search } from '../../core/index/search.ts';
import { STATES } from '../../core/lifecycle/transfer.ts';
import type { Day, TransferId } from '../../core/model/scalars.ts';
import type { Histories } from './histories.ts';
import { rowsSince } from './standing.ts';

/** A search for one thing, and the transfers that it has to find. */
export interface ExpectedSearch {
  /** The query, `name=value`. */
  readonly name: string;
  readonly query: Readonly<Record<string, string>>;
  /** Those that were to be found when the log had a size, and have been ever since. */
  readonly lasting: Set<string>;
  /** Those that were to be found at that size or at any time since. */
  readonly possible: Set<string>;
}

/**
 * Every search for one thing that finds anything: each provider, recipient, dataset, field, purpose, flag, area, state,
 * year and word of the ledger. A search reads only what the index lists under what is asked for, so what somebody took out
 * of one of its lists is missing there and nowhere else.
 * @param from the size of the log that is to be reflected at the least
 */
export function expectedSearches(histories: Histories, from: number, days: readonly Day[]): ExpectedSearch[] {
  const expected = new Map<string, ExpectedSearch>();
  const shared = sharedSearches(histories, from);
  for (const id of histories.subjects('transfer')) {
    const rows = rowsSince(histories, id as TransferId, from);
    const found = rows.flatMap((row) => days.map((day) => new Map(row ? searchesOf(row, day, shared) : [])));
    for (const [name, query] of new Map(found.flatMap((searches) => [...searches]))) {
      const search = expected.get(name) ?? { name, query, lasting: new Set(), possible: new Set() };
      expected.set(name, search);
      search.possible.add(id);
      if (found.every((searches) => searches.has(name))) search.lasting.add(id);
    }
  }
  return [...expected.values()];
}

type Query = Readonly<Record<string, string>>;
type Named = readonly [name: string, query: Query];

const named = (property: string, value: string): Named => [`${property}=${value}`, { [property]: value }];

/** The searches that find a transfer on a day. */
function searchesOf(row: Row, day: Day, shared: readonly (readonly [...Named, Search])[]): Named[] {
  const { provider, recipient, dataset, fields = [], purposes = [], words } = row.facts;
  return [
    named('provider', provider),
    named('recipient', recipient),
    named('dataset', dataset.id),
    ...fields.map((field) => named('field', field)),
    ...purposes.map((purpose) => named('purpose', purpose)),
    ...[...row.facts.flags, ...(row.status.flags ?? [])].map((flag) => named('flag', flag)),
    // A word that looks like somebody's number is none that the API lets anybody search for.
    ...words.filter((word) => TransferQuery.shape.q.safeParse(word).success).map((word) => named('q', word)),
    ...shared
      .filter(([, , search]) => matches(row, search, day))
      .map(([name, query]): Named => [name, query]),
  ];
}

/** Searches that find more than what has the very value: areas within areas, spans of time, states. */
function sharedSearches(histories: Histories, from: number): (readonly [...Named, Search])[] {
  const areas = new Set<string>();
  const years = new Set<string>();
  for (const id of histories.subjects('transfer'))
    for (const row of rowsSince(histories, id as TransferId, from)) {
      for (const area of row?.facts.areas ?? []) areas.add(area).add(area.slice(0, 2));
      for (const day of Object.values(row?.facts.snapshot ?? {})) years.add(day.slice(0, 4));
    }
  const spans = [...years].map((year) => ({
    snapshotFrom: `${year}-01-01` as Day,
    snapshotTo: `${year}-12-31` as Day,
  }));
  return [
    ...[...areas].map((area) => [...named('area', area), { area }] as const),
    ...spans.map((span) => [`snapshot=${span.snapshotFrom.slice(0, 4)}`, span, span] as const),
    ...STATES.map((state) => [...named('state', state), { state }] as const),
  ];
}
