import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeBundle } from '../../core/log/bundles.ts';
import { openCheckpoint } from '../../core/log/checkpoint.ts';
import { leafHash } from '../../core/log/merkle.ts';
import { policyOf } from '../../core/log/policy.ts';
import { at, Definition } from '../core/log/trees.ts';
import { PROVIDER } from '../support/transfers.ts';
import { type Grow, growing } from './support/growing.ts';
import { ANYONE, type Asked, AUDITOR, agency, createWorld, STEWARD, type World } from './world.ts';

/** Uneven: over the edges of tiles and short of them, one by one and many at once. */
const BATCHES = [1, 1, 1, 4, 1, 12, 235, 1, 1, 44, 211, 1, 87];

let world: World;
let grow: Grow;
let before: Awaited<ReturnType<typeof ask>>;
/** The checkpoint that was shown at each size. */
const checkpoints = new Map<number, string>();
/** The entries in the order of the log, and the tree over them by its definition. */
let entries: Buffer[];
let tree: Definition;

const ask = (operation: Parameters<World['ask']>[0], asked?: Asked, who = ANYONE) =>
  world.ask(operation, who, asked);
const tile = (path: string) => ask('getTile', { params: { tile: path } });
const bundle = (path: string, headers?: Record<string, string>, who = AUDITOR) =>
  ask('getEntryBundle', { params: { bundle: path }, ...(headers && { headers }) }, who);
const problem = ({ status, json }: Awaited<ReturnType<typeof ask>>) => [
  status,
  String(json['type']).slice('https://amanat.dev/problems/'.length),
];

beforeAll(async () => {
  world = await createWorld();
  grow = await growing();
  before = await ask('getCheckpoint');
  let size = 0;
  for (const count of BATCHES) {
    await grow(count);
    size += count;
    checkpoints.set(size, (await ask('getCheckpoint')).text);
  }
  entries = [];
  for (let from = 0; from < size; from += 256) {
    const { json } = await ask('listEntries', { query: { from: String(from) } }, AUDITOR);
    const ids = (json['items'] as unknown as { entryId: string }[]).map(({ entryId }) => entryId);
    const { inParallel } = await import('../../lambdas/store/client.ts');
    await inParallel([...ids.entries()], 16, async ([n, entryId]) => {
      entries[from + n] = (await ask('getEntry', { params: { entryId } }, AUDITOR)).bytes;
    });
  }
  tree = new Definition(entries.map(leafHash));
});
afterAll(() => world.tables.client.destroy());

/** The tiles of a tree, full and partial, by the words of the format: path below `tile/`, level, first hash, width. */
function* tilesOf(size: number) {
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / 256))
    for (let n = 0; n * 256 < count; n++) {
      const width = Math.min(256, count - n * 256);
      const path = `${level}/${String(n).padStart(3, '0')}${width < 256 ? `.p/${width}` : ''}`;
      yield { path, level, n, width };
    }
}

describe('the checkpoint', () => {
  it('is not there before the first entry, and then one of every size, signed by the key that is served', async () => {
    expect(problem(before)).toEqual([404, 'not-found']);
    const vkey = (await ask('getVerifierKey')).text;
    expect(vkey).toMatch(/^amanat\.example\.org\/log\+[0-9a-f]{8}\+\S{44}\n$/);
    const policy = policyOf([vkey.trimEnd()]);
    for (const [size, text] of checkpoints) {
      const checkpoint = openCheckpoint(text, policy);
      expect(checkpoint).toMatchObject({ size, origin: 'amanat.example.org/log' });
      expect(Buffer.from(checkpoint.root)).toEqual(Buffer.from(tree.root(0, size)));
      expect(text.split('\n')).toHaveLength(6);
    }
  });

  it('is the same text whoever asks how often', async () => {
    const texts = await Promise.all([1, 2, 3].map(async () => (await ask('getCheckpoint')).text));
    expect(new Set(texts)).toEqual(new Set([checkpoints.get(600)]));
  });

  it('can be had again by its size, and of no size at which the log was not signed', async () => {
    const ofSize = (size: number) => ask('getCheckpointOfSize', { params: { size: String(size) } });
    for (const [size, text] of checkpoints) {
      const again = await ofSize(size);
      expect([again.status, again.text]).toEqual([200, text]);
    }
    for (const size of [4, 599, 601])
      expect([size, ...problem(await ofSize(size))]).toEqual([size, 404, 'not-found']);
  });

  it('is plain text that nobody keeps for long, and the key a little longer', async () => {
    expect((await ask('getCheckpoint')).headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'public, max-age=1',
    });
    expect((await ask('getVerifierKey')).headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'public, max-age=300',
    });
  });
});

describe('tiles', () => {
  it.each(BATCHES.map((_, i) => BATCHES.slice(0, i + 1).reduce((sum, count) => sum + count)))(
    'of the tree of %i are all served, with the hashes of the definition',
    async (size) => {
      for (const { path, level, n, width } of tilesOf(size)) {
        const { status, bytes } = await tile(path);
        const span = 256 ** level;
        const hashes = Array.from({ length: width }, (_, i) =>
          tree.root((n * 256 + i) * span, (n * 256 + i + 1) * span),
        );
        expect([path, status, bytes.toString('hex')]).toEqual([
          path,
          200,
          Buffer.concat(hashes).toString('hex'),
        ]);
      }
    },
  );

  it('are bytes that anybody may keep for ever', async () => {
    for (const path of ['0/000', '0/002.p/88', '1/000.p/2'])
      expect((await tile(path)).headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'cache-control': 'public, max-age=31536000, immutable',
      });
  });

  it.each([
    ['wider than the log', '0/002.p/89'],
    ['full where it is partial', '0/002'],
    ['behind the last', '0/003.p/1'],
    ['of a higher level than there is', '2/000.p/1'],
    ['of no width', '0/000.p/0'],
    ['of the width of a full one', '0/000.p/256'],
    ['with an index in other digits', '0/0'],
    ['with a superfluous group of digits', '0/x000/001'],
    ['with a level in other digits', '00/000'],
    ['beyond any level', '64/000'],
    ['beyond any number', '63/x999/x999/x999/x999/x999/999'],
    ['outside the log', '../checkpoint'],
    ['of nothing', ''],
  ])('%s are not there', async (_, path) => {
    expect(problem(await tile(path))).toEqual([404, 'not-found']);
  });
});

describe('entry bundles', () => {
  it.each([...tilesOf(600), ...tilesOf(301), ...tilesOf(7)].filter(({ level }) => level === 0))(
    'hold the entries of the tile $path, zipped and plain',
    async ({ path, n, width }) => {
      const name = path.slice('0/'.length);
      const plain = await bundle(name);
      expect(decodeBundle(plain.bytes, width).map(String)).toEqual(
        entries.slice(n * 256, n * 256 + width).map(String),
      );
      const zipped = await bundle(name, { 'Accept-Encoding': 'br, gzip;q=0.8' });
      expect(zipped.headers['content-encoding']).toBe('gzip');
      expect(gunzipSync(zipped.bytes)).toEqual(plain.bytes);
      expect(plain.headers['content-encoding']).toBeUndefined();
    },
  );

  it('are for auditors, whose own caches may keep them for ever', async () => {
    for (const who of [agency(PROVIDER), STEWARD, ANYONE])
      expect((await bundle('000', {}, who)).status).toBeGreaterThanOrEqual(401);
    for (const headers of [{}, { 'accept-encoding': 'gzip' }])
      expect((await bundle('000', headers)).headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'cache-control': 'private, max-age=31536000, immutable',
        vary: 'accept-encoding',
      });
  });

  it.each(['002', '002.p/89', '003.p/1', '0', 'x000/000', '000.p/0'])(
    'beyond the log are not there: %s',
    async (path) => expect(problem(await bundle(path))).toEqual([404, 'not-found']),
  );
});

describe('the list of entries', () => {
  it('tells places from anywhere, so many at a time, and none beyond what is published', async () => {
    const from = async (query: Record<string, string>) => {
      const { json } = await ask('listEntries', { query }, AUDITOR);
      expect(json['size']).toBe(600);
      return (json['items'] as unknown as { entryId: string; index: number }[]).map(({ entryId, index }) => {
        expect(String(at(entries, index))).toContain(`"entryId":"${entryId}"`);
        return index;
      });
    };
    const places = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);
    expect(await from({})).toEqual(places(0, 256));
    expect(await from({ from: '255', limit: '3' })).toEqual(places(255, 3));
    expect(await from({ from: '590' })).toEqual(places(590, 10));
    expect(await from({ from: '600' })).toEqual([]);
    expect(await from({ from: '999999' })).toEqual([]);
  });
});

// Last, since it goes on with the log: 130 entries of 48 KB that no zipping makes much smaller.
describe('a bundle that no answer can hold', () => {
  it('is refused, and can be read narrower or zipped', async () => {
    const body = (n: number) => ({
      provider: { agencyId: PROVIDER },
      noise: `${n} ${randomBytes(36_000).toString('base64')}`,
    });
    await grow(38 + 130, body);
    const path = (width: number) => `002.p/${width}`;
    expect(problem(await bundle('002'))).toEqual([406, 'bundle-too-large']);
    expect(problem(await bundle('002', { 'accept-encoding': 'gzip' }))).toEqual([406, 'bundle-too-large']);
    expect(problem(await bundle(path(200)))).toEqual([406, 'bundle-too-large']);
    const zipped = await bundle(path(200), { 'accept-encoding': 'gzip' });
    expect(decodeBundle(gunzipSync(zipped.bytes), 200)).toHaveLength(200);
    expect(decodeBundle((await bundle(path(170))).bytes, 170)).toHaveLength(170);
  });
});
