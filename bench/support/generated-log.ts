import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canonicalJson } from '../../core/canonical.ts';
import { encodeBundle } from '../../core/log/bundles.ts';
import { signCheckpoint } from '../../core/log/checkpoint.ts';
import { formatVerifierKey } from '../../core/log/key.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '../../core/log/merkle.ts';
import { parsePath, tilePath } from '../../core/log/paths.ts';
import { appendTiles, EMPTY_TILE_EDGE, TILE_WIDTH } from '../../core/log/tiles.ts';
import { exampleEntry, ORIGIN } from '../../test/cli/verify/served-log.ts';
import { signerOf } from '../../test/core/log/keys.ts';

const signer = signerOf(ORIGIN);
export const LOG_KEY = formatVerifierKey(signer.key);

const entryIdAt = (index: number): string => (index + 1).toString(16).padStart(32, '0');
const example = exampleEntry(0);
const [before = '', between = '', after = ''] = canonicalJson(example).split(example.entryId);
/** A transfer as one is recorded, and like all others but for its id: making it must not be what is measured. */
const entryAt = (index: number): Buffer => {
  const id = entryIdAt(index);
  return Buffer.from(before + id + between + id + after);
};

export const ENTRY_BYTES = entryAt(0).length;

/** Serves a log of so many entries on loopback, as the API does, and answers where. */
export async function serveGenerated(size: number): Promise<string> {
  const tiles = new Map<string, Uint8Array>();
  let [frontier, edge] = [EMPTY_FRONTIER, EMPTY_TILE_EDGE];
  while (frontier.size < size) {
    const count = Math.min(4_096, size - frontier.size);
    const leaves = Array.from({ length: count }, (_, i) => leafHash(entryAt(frontier.size + i)));
    const appended = appendLeaves(frontier, leaves);
    const cut = appendTiles(edge, appended.levels);
    for (const tile of cut.tiles) tiles.set(tilePath(tile), tile.bytes);
    [frontier, edge] = [appended.frontier, cut.edge];
  }
  const checkpoint = await signCheckpoint({ origin: ORIGIN, size, root: rootOf(frontier) }, signer);

  const answer = (path: string): string | Uint8Array => {
    const { pathname, searchParams } = new URL(path, 'http://x');
    if (pathname === '/log/checkpoint') return checkpoint;
    if (pathname === '/v1/entries')
      return places(Number(searchParams.get('from')), Number(searchParams.get('limit')));
    const resource = parsePath(pathname.slice('/log/'.length));
    if (resource.kind === 'tile') return tiles.get(tilePath(resource)) ?? '';
    const first = resource.index * TILE_WIDTH;
    return encodeBundle(Array.from({ length: resource.width }, (_, i) => entryAt(first + i)));
  };
  const places = (from: number, limit: number) =>
    JSON.stringify({
      items: Array.from({ length: limit }, (_, i) => ({ entryId: entryIdAt(from + i), index: from + i })),
      size,
    });
  const server = createServer((request, response) => response.end(answer(request.url ?? '')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
