import { sameHash } from '../../../core/log/merkle.ts';
import { TILE_WIDTH, type TileId } from '../../../core/log/tiles.ts';
import { keyOf } from '../../store/corrupt.ts';
import { type Key, ledgerKeys } from '../../store/keys.ts';
import { isStored } from '../../store/tiles.ts';
import { hasForm, type Kind, OTHER_FORM, wrong } from '../judge.ts';

/** What a batch holds was judged when the chain was read; here, that there is none beside the chain. */
export const BATCH: Kind = {
  is: ({ pk, sk }) => pk === ledgerKeys.log && sk.startsWith('BATCH#'),
  judge: (row, { chain, isBroken }) => {
    const counts = { batches: 1 };
    const { sk } = keyOf(row);
    const first = Number(/^BATCH#(\d{20})$/.exec(sk)?.[1]);
    if (chain.isStart(first) || (isBroken && first >= chain.size)) return { counts, findings: [] };
    return wrong(counts, row, 'foreign', 'stands beside the batches of the log');
  },
};

export const TILE: Kind = {
  is: ({ pk }) => pk.startsWith('TILE#'),
  judge: (row, { chain, isBroken, size }) => {
    const id = tileOf(keyOf(row));
    const since = id && chain.sinceOf(id);
    const counts = { tiles: 1, ...(since !== undefined && since <= size && { tilesOfLog: 1 }) };
    if (id && (id.index * TILE_WIDTH + id.width) * TILE_WIDTH ** id.level > chain.size)
      return isBroken
        ? { counts, findings: [] }
        : wrong(counts, row, 'inconsistent', `is of a larger log than the one that ends at ${chain.size}`);
    if (!id || since === undefined) return wrong(counts, row, 'foreign', 'is a tile that the log never had');
    if (!hasForm(row, { hashes: 'B' })) return wrong(counts, row, 'changed', OTHER_FORM);
    const content = chain.tileOf(id);
    if (content && !sameHash(content, row['hashes']?.B ?? new Uint8Array()))
      return wrong(counts, row, 'changed', 'does not hold the hashes that follow from the entries');
    return { counts, findings: [] };
  },
};

/** The tile that has its row under this key, if any does. */
function tileOf(key: Key): TileId | undefined {
  const [, level, index] = /^TILE#(\d{1,2})#(\d{1,16})$/.exec(key.pk) ?? [];
  const id = { level: Number(level), index: Number(index), width: Number(key.sk) };
  const { pk, sk } = ledgerKeys.tile(id);
  return pk === key.pk && sk === key.sk && isStored(id) ? id : undefined;
}
