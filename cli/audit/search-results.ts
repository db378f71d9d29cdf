import type { Client } from '../../core/api/client.ts';
import { inOrder } from '../verify/in-order.ts';
import type { Compared, Difference } from './compare.ts';
import type { Histories } from './histories.ts';
import { daysAbout, tellAll } from './live.ts';
import { type ExpectedSearch, expectedSearches } from './searches.ts';
import { TRANSFERS } from './views.ts';

export const SEARCHES = 'searches';

export interface SearchOptions {
  readonly client: Client;
  readonly signal: AbortSignal;
  readonly parallel: number;
  /** The size of the log that the views reflected before. */
  readonly from: number;
  /** Has the log read up to a size that was told. */
  readonly reaches: (size: number) => Promise<boolean>;
  /** Told how many searches have been compared. */
  readonly onProgress: (compared: number, of: number) => void;
}

/** What a search found, and how much of the log that reflects. */
interface Found {
  readonly name: string;
  readonly ids: ReadonlySet<string>;
  readonly size: number;
}

/**
 * Compares what each search for one thing finds with what it has to find. What is counted is a transfer in a search.
 * @param before what it came to before: then only the searches that differed are made once more
 */
export async function compareSearches(
  histories: Histories,
  before: Compared | undefined,
  options: SearchOptions,
): Promise<Compared> {
  const expected = () => expectedSearches(histories, options.from, daysAbout(Date.now()));
  const again = before && new Set(before.differences.map(({ id }) => id.slice(0, id.lastIndexOf(' '))));
  const searches = expected().filter(({ name }) => again === undefined || again.has(name));
  const doubtful: Found[] = [];
  let [inLog, answered, done] = [0, 0, 0];
  const make = async (search: ExpectedSearch) => ({ search, found: await find(search, options) });
  for await (const { search, found } of inOrder(searches, options.parallel, make)) {
    inLog += search.lasting.size;
    answered += found.ids.size;
    if (differencesIn(search, found).length > 0) doubtful.push(found);
    options.onProgress(++done, searches.length);
  }
  // What came into the log meanwhile is found already, and read only now.
  for (const { size } of doubtful) await options.reaches(size);
  const known = new Map(doubtful.length === 0 ? [] : expected().map((search) => [search.name, search]));
  const differences = doubtful.flatMap((found) => differencesIn(known.get(found.name), found));
  return before ? { ...before, differences } : { view: SEARCHES, inLog, answered, differences };
}

async function find({ name, query }: ExpectedSearch, { client, signal }: SearchOptions): Promise<Found> {
  const ids = new Set<string>();
  let size = 0;
  const asked = { ...TRANSFERS, query: { ...TRANSFERS.query, ...query } };
  for await (const told of tellAll(asked, client, signal)) {
    size = Math.max(size, told.size);
    for (const thing of told.things) ids.add(TRANSFERS.idOf(thing));
  }
  return { name, ids, size };
}

const NOTHING: ReadonlySet<string> = new Set();

function differencesIn(search: ExpectedSearch | undefined, { name, ids }: Found): Difference[] {
  const { lasting, possible } = search ?? { lasting: NOTHING, possible: NOTHING };
  const named = (what: string) => (id: string) => ({ view: SEARCHES, id: `${name} ${id}`, what });
  return [
    ...[...lasting].filter((id) => !ids.has(id)).map(named('missing')),
    ...[...ids].filter((id) => !possible.has(id)).map(named('unknown')),
  ];
}
