import { describe, test } from 'vitest';
import { encodeBundle } from '../../../core/log/bundles.ts';
import { type Case, ENTRIES, expectFound, flipped, forkedAt, log, SIZE, tile } from './example-log.ts';
import { entryIdAt, exampleEntry, ServedLog } from './served-log.ts';

const CASES: readonly Case[] = [
  {
    what: 'an altered tile of leaves',
    make: () => log.instead.set('/log/tile/0/000', flipped(tile('tile/0/000'), 40)),
    options: { token: undefined },
    code: 17,
    line: 'FAILED tile: tile/1/000.p/2 is not what follows from the tiles below it',
  },
  {
    what: 'an altered partial tile of leaves',
    make: () => log.instead.set('/log/tile/0/002.p/88', flipped(tile('tile/0/002.p/88'), 40)),
    options: { token: undefined },
    code: 18,
    line: `FAILED root: the leaves of the log of size ${SIZE} do not lead to the root that was signed`,
  },
  {
    what: 'an altered tile above',
    make: () => log.instead.set('/log/tile/1/000.p/2', flipped(tile('tile/1/000.p/2'), 0)),
    code: 17,
    line: 'FAILED tile: tile/1/000.p/2 is not what follows from the tiles below it',
  },
  {
    what: 'a tile that is too short',
    make: () => log.instead.set('/log/tile/0/001', tile('tile/0/001').subarray(32)),
    code: 17,
    line: 'FAILED tile: the tile 0/1 has 8160 bytes, not 8192',
  },
  {
    what: 'a tile that is not there',
    make: () => log.instead.set('/log/tile/0/001', { problem: 'not-found' }),
    code: 17,
    line: 'FAILED tile: tile/0/001 is not there',
  },
  {
    what: 'a tile at which the server fails',
    make: () => log.instead.set('/log/tile/0/001', { problem: 'internal-error' }),
    code: 6,
    line: 'FAILED broken: the API fails at tile/0/001: what the ledger holds there may be damaged',
  },
  {
    what: 'an altered leaf: an entry that was changed',
    make: () => log.instead.set('/log/tile/entries/001', encodeBundle(forkedAt(300).slice(256, 512))),
    code: 20,
    line: 'FAILED leaf: the entry at place 300 is not the one whose hash is in the log there',
  },
  {
    what: 'swapped entries',
    make: () => {
      const swapped = [...ENTRIES];
      [swapped[3], swapped[4]] = [swapped[4] as Uint8Array, swapped[3] as Uint8Array];
      log.instead.set('/log/tile/entries/000', encodeBundle(swapped.slice(0, 256)));
    },
    code: 20,
    line: 'FAILED leaf: the entry at place 3 is not the one whose hash is in the log there',
  },
  {
    what: 'a truncated bundle',
    make: () => log.instead.set('/log/tile/entries/000', log.bundle(0, 256).subarray(0, -10)),
    code: 19,
    line: 'FAILED bundle: ends within entry 255',
  },
  {
    what: 'a bundle that lacks an entry',
    make: () => log.instead.set('/log/tile/entries/000', log.bundle(0, 255)),
    code: 19,
    line: 'FAILED bundle: does not hold exactly 256 entries',
  },
  {
    what: 'a bundle with an extra entry',
    make: () =>
      log.instead.set(
        '/log/tile/entries/002.p/88',
        encodeBundle([...ENTRIES.slice(512), ENTRIES[0] as Uint8Array]),
      ),
    code: 19,
    line: 'FAILED bundle: does not hold exactly 88 entries',
  },
  {
    what: 'an entry in the log twice',
    make: () => log.hold([...ENTRIES.slice(0, 500), ENTRIES[7] as Uint8Array]),
    code: 22,
    line: `FAILED duplicate: the entry ${entryIdAt(7)} stands at place 7, and again at 500`,
  },
  {
    what: 'something in the log that is no entry',
    make: () => log.hold([...ENTRIES.slice(0, 5), Buffer.from(`{"entryId":"${entryIdAt(5)}"}`)]),
    code: 21,
    line: 'FAILED entry: what stands at place 5 is no entry in canonical JSON',
  },
  {
    what: 'an entry in another spelling',
    make: () => log.hold([Buffer.from(JSON.stringify(exampleEntry(0), null, 1).replace(/\n */g, ''))]),
    code: 21,
    line: 'FAILED entry: what stands at place 0 is no entry in canonical JSON',
  },
  {
    what: 'an index that has an entry elsewhere',
    make: () =>
      log.instead.set(
        '/v1/entries?from=256&limit=256',
        log.places(256, 256).replace('"index":300', '"index":301'),
      ),
    code: 23,
    line: `FAILED index: it has the entry ${entryIdAt(300)} of place 300 at 301`,
  },
  {
    what: 'an index that lacks an entry',
    make: () =>
      log.instead.set(
        '/v1/entries?from=256&limit=256',
        log.places(256, 256).replace('"index":300', '"index":null'),
      ),
    code: 23,
    line: `FAILED index: it lacks the entry ${entryIdAt(300)} of place 300`,
  },
  {
    what: 'an index that has another entry in a place',
    make: () =>
      log.instead.set(
        '/v1/entries?from=256&limit=256',
        log.places(256, 256).replace(entryIdAt(300), entryIdAt(999)),
      ),
    code: 23,
    line: `FAILED index: it has another entry at place 300 than ${entryIdAt(300)}`,
  },
  {
    what: 'an index that ends too early',
    make: () => log.instead.set('/v1/entries?from=512&limit=88', log.places(512, 87)),
    code: 23,
    line: 'FAILED index: it tells of 87 entries from place 512 on, where the log has 88',
  },
  {
    what: 'a checkpoint with another root',
    make: async () => {
      const { tiles, entries } = log;
      await log.hold(forkedAt(599));
      for (const [path, bytes] of tiles) log.instead.set(`/log/${path}`, bytes);
      log.instead.set('/log/tile/0/002.p/88', encodeTile(entries));
    },
    options: { token: undefined },
    code: 18,
    line: `FAILED root: the leaves of the log of size ${SIZE} do not lead to the root that was signed`,
  },
];

/** The last tile of leaves as it honestly is. */
function encodeTile(entries: readonly Uint8Array[]): Uint8Array {
  const honest = ServedLog.tilesOf(entries).get('tile/0/002.p/88');
  return honest as Uint8Array;
}

describe('a log that is not whole', { timeout: 60_000 }, () => {
  test.each(CASES)('is found out by $what', expectFound);
});
