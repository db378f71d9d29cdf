import { archiveKeys } from '../../core/log/archive-keys.ts';
import { decodeBundle } from '../../core/log/bundles.ts';
import { TILE_WIDTH } from '../../core/log/tiles.ts';
import { getObject, type ListedObject, listObjects } from '../store/archive.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';

/** What the archive has of a bundle: its entries from the first on, and which objects they were read from. */
export interface ReadBundle {
  readonly entries: readonly Uint8Array[];
  /** In order; each from a place within the bundle on. */
  readonly objects: readonly { readonly key: string; readonly from: number }[];
}

/** More than a step of a restore needs. */
const MOST_KEPT = 24;

/**
 * Reads the entries of the archive, bundle by bundle, and remembers the last. What it reads may have been altered: that
 * the objects have the form of bundles is checked here, and nothing else.
 */
export class ArchivedBundles {
  readonly #read = new Map<number, Promise<ReadBundle>>();

  /** The entries `from` … `to - 1`, as far as the archive has them. @throws LedgerCorrupt when an object is no bundle */
  async entries(from: number, to: number): Promise<Uint8Array[]> {
    const entries: Uint8Array[] = [];
    for (let at = from; at < to; ) {
      const start = at - (at % TILE_WIDTH);
      const found = (await this.of(at)).entries.slice(at - start, to - start);
      entries.push(...found);
      at += found.length;
      if (at < Math.min(to, start + TILE_WIDTH)) break;
    }
    return entries;
  }

  /** The bundle of the entry at that place. */
  of(place: number): Promise<ReadBundle> {
    const index = Math.floor(place / TILE_WIDTH);
    const known = this.#read.get(index);
    if (known !== undefined) return known;
    const oldest = this.#read.keys().next().value;
    if (this.#read.size >= MOST_KEPT && oldest !== undefined) this.#read.delete(oldest);
    const reading = readBundle(index);
    this.#read.set(index, reading);
    return reading;
  }

  /** The object that the entry at that place was read from, or would be if it were there. */
  async keyOf(place: number): Promise<string> {
    const { entries, objects } = await this.of(place);
    const within = place % TILE_WIDTH;
    const key = objects.findLast(({ from }) => from <= within)?.key;
    return key !== undefined && within < entries.length
      ? key
      : archiveKeys.bundle({ index: Math.floor(place / TILE_WIDTH), width: TILE_WIDTH });
  }
}

/** The whole bundle, or else what its parts come to. */
async function readBundle(index: number): Promise<ReadBundle> {
  const key = archiveKeys.bundle({ index, width: TILE_WIDTH });
  const bytes = await getObject(key);
  if (bytes) return { entries: decoded(key, bytes, TILE_WIDTH), objects: [{ key, from: 0 }] };
  return readParts(await listObjects(archiveKeys.partsOf(index)));
}

/**
 * Parts overlap where a signer died, or two were at it, and agree; but where the tables were lost before what they hold
 * was signed, its places went to others after a restore. So of those that go on from what is read, the one is read that
 * was put last.
 */
async function readParts(objects: readonly ListedObject[]): Promise<ReadBundle> {
  const parts = objects.map(({ key, keptAt }) => ({ key, keptAt, ...archiveKeys.boundsIn(key) }));
  const entries: Uint8Array[] = [];
  const read: { key: string; from: number }[] = [];
  for (;;) {
    const reached = entries.length;
    const [next] = parts
      .filter(({ from, to }) => from <= reached && to > reached)
      .sort((a, b) => b.keptAt.getTime() - a.keptAt.getTime());
    if (!next) return { entries, objects: read };
    const { key, from, to } = next;
    const own = decoded(key, (await getObject(key)) ?? new Uint8Array(), to - from);
    entries.push(...own.slice(reached - from));
    read.push({ key, from: reached });
  }
}

function decoded(key: string, bytes: Uint8Array, width: number): Uint8Array[] {
  try {
    return decodeBundle(bytes, width);
  } catch (error) {
    throw new LedgerCorrupt(key, `does not hold ${width} entries`, error);
  }
}
