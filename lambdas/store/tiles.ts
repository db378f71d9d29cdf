import { TILE_WIDTH, type Tile, type TileId } from '../../core/log/tiles.ts';
import { placedBetween } from './batches.ts';
import { attributeKey, type Item } from './client.ts';
import { LedgerCorrupt } from './corrupt.ts';
import { ledgerKeys } from './keys.ts';
import { get, insertMissing } from './ledger.ts';

/**
 * Whether a tile has a row of its own. A partial tile of level 0 has none: it would be written anew with every small
 * batch, up to eight write units each time, and holds nothing but leaves that the batches hold already.
 */
export const isStored = ({ level, width }: TileId): boolean => level > 0 || width === TILE_WIDTH;

/**
 * The content of a tile, as far as the log reaches; its hashes are checked by the proofs that are built from them.
 * `undefined` when there is no such tile.
 */
export async function findTile(id: TileId): Promise<Uint8Array | undefined> {
  if (isStored(id)) return (await get(ledgerKeys.tile(id)))?.['hashes']?.B;
  const first = id.index * TILE_WIDTH;
  return Buffer.concat((await placedBetween(first, first + id.width)).map(({ leaf }) => leaf));
}

/** {@link findTile} of a tile that a committed batch has. @throws LedgerCorrupt when it is gone */
export async function readTile(id: TileId): Promise<Uint8Array> {
  const bytes = await findTile(id);
  if (bytes === undefined) throw new LedgerCorrupt(ledgerKeys.tile(id), 'is gone');
  return bytes;
}

/** Inserts those that have rows; what is there already stays as it is. */
export async function insertTiles(tiles: readonly Tile[]): Promise<void> {
  await insertMissing(tiles.filter(isStored).map(tileItem));
}

export const tileItem = (tile: Tile): Item => ({
  ...attributeKey(ledgerKeys.tile(tile)),
  hashes: { B: tile.bytes },
});
