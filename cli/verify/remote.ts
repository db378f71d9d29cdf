import type { EntryPlaces } from '../../core/api/answers.ts';
import { ApiProblem, type Client } from '../../core/api/client.ts';
import { decodeBundle, MAX_ENTRY_BYTES } from '../../core/log/bundles.ts';
import { bundlePath, tilePath } from '../../core/log/paths.ts';
import { TILE_WIDTH, type TileId } from '../../core/log/tiles.ts';
import { Finding, type FindingKind } from './finding.ts';
import { inOrder } from './in-order.ts';
import type { Shown, Stretch } from './log.ts';

/** What the API shows of a stretch; the index's part where entries are read. */
export interface ShownByApi extends Shown {
  readonly places: EntryPlaces['items'] | undefined;
}

export interface ReadOptions {
  readonly client: Client;
  readonly signal: AbortSignal;
  /** With the entries and their index, for which an auditor's token is needed. */
  readonly entries: boolean;
}

/** Single entries of a bundle that are read at once. */
const SINGLE_ENTRIES = 4;

/** The newest checkpoint that the log shows, unverified. */
export const readCheckpoint = (client: Client, signal: AbortSignal): Promise<string> =>
  client.call('getCheckpoint', { signal });

/** The checkpoint of a size, unverified. */
export const readCheckpointOfSize = (client: Client, size: number, signal: AbortSignal): Promise<string> =>
  client.call('getCheckpointOfSize', { params: { size }, signal });

/** The key that the log itself shows, unverified. */
export const readLogKey = async (client: Client, signal: AbortSignal): Promise<string> =>
  (await client.call('getVerifierKey', { signal })).replace(/\n$/, '');

/** Reads what the API shows of a stretch of its log. @throws Finding, ApiFailure, ApiProblem */
export async function readStretch(stretch: Stretch, options: ReadOptions): Promise<ShownByApi> {
  const [tile, above, places, entries] = await Promise.all([
    readTile(stretch.tile, options),
    Promise.all(stretch.above.map((id) => readTile(id, options))),
    options.entries ? readPlaces(stretch.first, stretch.end, options) : undefined,
    options.entries ? readBundle(stretch.tile, options) : undefined,
  ]);
  return { tile, above, places, entries };
}

export const readTile = (
  id: TileId,
  { client, signal }: Pick<ReadOptions, 'client' | 'signal'>,
): Promise<Uint8Array> => {
  const path = tilePath(id);
  return orFinding(
    'tile',
    path,
    client.call('getTile', { params: { tile: path.slice('tile/'.length) }, signal }),
  );
};

/** All entries of a tile of level 0; one by one where an answer cannot hold them together. */
async function readBundle({ index, width }: TileId, options: ReadOptions): Promise<Uint8Array[]> {
  const { client, signal } = options;
  const path = bundlePath({ index, width });
  const params = { bundle: path.slice('tile/entries/'.length) };
  try {
    return decodeBundle(
      await orFinding('bundle', path, client.call('getEntryBundle', { params, signal })),
      width,
    );
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.slug !== 'bundle-too-large') throw error;
  }
  const first = index * TILE_WIDTH;
  const places = await readPlaces(first, first + width, options);
  return Array.fromAsync(inOrder(places, SINGLE_ENTRIES, (place) => readEntry(place, options)));
}

async function readEntry(
  { entryId }: EntryPlaces['items'][number],
  { client, signal }: ReadOptions,
): Promise<Uint8Array> {
  const { bytes } = await orFinding(
    'bundle',
    `entry ${entryId}`,
    client.send('getEntry', { params: { entryId }, signal }),
  );
  if (bytes.length > MAX_ENTRY_BYTES)
    throw new Finding('bundle', `the entry ${entryId} has ${bytes.length} bytes, more than any can`);
  return bytes;
}

/** What the index says of the places `first` … `end - 1`. */
async function readPlaces(
  first: number,
  end: number,
  { client, signal }: ReadOptions,
): Promise<EntryPlaces['items']> {
  const { items } = await client.call('listEntries', { query: { from: first, limit: end - first }, signal });
  return items;
}

async function orFinding<T>(kind: FindingKind, path: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) throw new Finding(kind, `${path} is not there`);
    if (error instanceof ApiProblem && error.status === 500)
      throw new Finding('broken', `the API fails at ${path}: what the ledger holds there may be damaged`);
    throw error;
  }
}
