import { LogError } from './error.ts';
import { TILE_WIDTH } from './tiles.ts';

/** The longest entry: its length is written in 16 bits. */
export const MAX_ENTRY_BYTES = 0xffff;

const LENGTH_BYTES = 2;

/** The entries of one tile of level 0, each behind its length as a big-endian uint16. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length < 1 || entries.length > TILE_WIDTH) {
    throw new LogError('bad-bundle', `a bundle has 1 to ${TILE_WIDTH} entries, not ${entries.length}`);
  }
  return Buffer.concat(entries.flatMap((entry) => [lengthOf(entry), entry]));
}

/** The `width` entries of a bundle, which may be hostile: too few, too many or cut short is refused. */
export function decodeBundle(bundle: Uint8Array, width: number): Uint8Array[] {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bundle.length && entries.length < width) {
    if (at + LENGTH_BYTES > bundle.length) throw new LogError('bad-bundle', 'ends within a length');
    const start = at + LENGTH_BYTES;
    const end = start + view.getUint16(at);
    if (end > bundle.length) throw new LogError('bad-bundle', `ends within entry ${entries.length}`);
    entries.push(bundle.subarray(start, end));
    at = end;
  }
  if (entries.length !== width || at !== bundle.length) {
    throw new LogError('bad-bundle', `does not hold exactly ${width} entries`);
  }
  return entries;
}

function lengthOf(entry: Uint8Array): Uint8Array {
  if (entry.length > MAX_ENTRY_BYTES) {
    throw new LogError('bad-bundle', `an entry has at most ${MAX_ENTRY_BYTES} bytes, not ${entry.length}`);
  }
  return Buffer.of(entry.length >> 8, entry.length & 0xff);
}
