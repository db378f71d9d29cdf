import { generateKeyPairSync, sign } from 'node:crypto';
import { openCheckpoint, signCheckpoint } from '../../core/log/checkpoint.ts';
import { formatVerifierKey, publicKeyOfSpki, verifierKey } from '../../core/log/key.ts';
import { appendLeaves, EMPTY_FRONTIER, type Frontier, leafHash, rootOf } from '../../core/log/merkle.ts';
import type { Signer } from '../../core/log/note.ts';
import { tilePath } from '../../core/log/paths.ts';
import { policyOf } from '../../core/log/policy.ts';
import { type HashReader, proveConsistency, proveInclusion, readFrontier } from '../../core/log/prove.ts';
import { verifyReceipt } from '../../core/log/receipt.ts';
import { tileHashReader } from '../../core/log/tile-reader.ts';
import { appendTiles, EMPTY_TILE_EDGE, type TileEdge } from '../../core/log/tiles.ts';
import { verifyConsistency, verifyInclusion } from '../../core/log/verify.ts';
import { percentile, print, title, whole } from '../support/table.ts';

const SIZES = [1_000, 100_000, 1_000_000];
const BATCH = 1_000;
const ROUNDS = 1_000;

const FILLER = 'x'.repeat(880);
const entryAt = (index: number): Uint8Array => Buffer.from(`${String(index).padStart(20, '0')}${FILLER}`);

const tiles = new Map<string, Uint8Array>();

/**
 * What the log's core costs, without any storage: how many leaves a second are hashed and integrated; then, at three
 * sizes of tree, what it takes to build proofs from tiles (no tile is remembered from one proof to the next) and to
 * verify them. An entry has 900 bytes.
 */
export async function measureCore(): Promise<void> {
  // Once unmeasured, or the first size would measure the compiler.
  grow(EMPTY_FRONTIER, EMPTY_TILE_EDGE, 50_000);

  const growth: string[][] = [];
  const proofs: string[][] = [];
  let [frontier, edge] = [EMPTY_FRONTIER, EMPTY_TILE_EDGE];
  for (const size of SIZES) {
    const grown = grow(frontier, edge, size);
    growth.push([whole(grown.count), ...grown.milliseconds.map((ms) => whole((grown.count / ms) * 1_000))]);
    ({ frontier, edge } = grown);
    proofs.push(...(await proofsAt(size, rootOf(frontier))));
  }
  title('The core alone, leaves a second');
  print(['leaves', 'hashed', 'appended', 'cut into tiles', 'all three'], growth);
  title('Proofs');
  print(['', 'tree', 'hashes', 'p50 µs', 'p99 µs'], proofs);
}

/** Grows the log in batches; the time that hashing, appending and making tiles took, and all of it together. */
function grow(from: Frontier, fromEdge: TileEdge, size: number) {
  let [frontier, edge] = [from, fromEdge];
  let [hashing, appending, tiling] = [0, 0, 0];
  while (frontier.size < size) {
    const first = frontier.size;
    const entries = Array.from({ length: Math.min(BATCH, size - first) }, (_, i) => entryAt(first + i));
    const started = performance.now();
    const hashes = entries.map(leafHash);
    const hashed = performance.now();
    const appended = appendLeaves(frontier, hashes);
    const integrated = performance.now();
    const cut = appendTiles(edge, appended.levels);
    tiling += performance.now() - integrated;
    appending += integrated - hashed;
    hashing += hashed - started;
    for (const tile of cut.tiles) tiles.set(tilePath(tile), tile.bytes);
    ({ frontier } = appended);
    ({ edge } = cut);
  }
  const milliseconds = [hashing, appending, tiling, hashing + appending + tiling];
  return { frontier, edge, count: size - from.size, milliseconds };
}

async function proofsAt(size: number, root: Uint8Array): Promise<string[][]> {
  const signer = newSigner();
  const policy = policyOf([formatVerifierKey(signer.key)]);
  const checkpoint = await signCheckpoint({ origin: signer.key.name, size, root }, signer);
  const samples = await Promise.all(
    Array.from({ length: ROUNDS }, async (_, round) => {
      const index = Math.floor((round * 0.618_034 * size) % size);
      const oldSize = index + 1;
      return {
        index,
        entry: entryAt(index),
        oldSize,
        oldRoot: rootOf(await readFrontier(oldSize, reader(size))),
        inclusion: await proveInclusion(index, size, reader(size)),
        consistency: await proveConsistency(oldSize, size, reader(size)),
      };
    }),
  );
  const longest = (kind: 'inclusion' | 'consistency') =>
    String(Math.max(...samples.map((sample) => sample[kind].length)));
  const row = async (what: string, hashes: string, work: (sample: (typeof samples)[number]) => unknown) => [
    what,
    whole(size),
    hashes,
    ...(await percentiles(samples, work)),
  ];
  return [
    await row('build inclusion', longest('inclusion'), ({ index }) =>
      proveInclusion(index, size, reader(size)),
    ),
    await row('verify inclusion', longest('inclusion'), ({ index, entry, inclusion }) =>
      verifyInclusion({ index, size, leaf: leafHash(entry), proof: inclusion, root }),
    ),
    await row('build consistency', longest('consistency'), ({ oldSize }) =>
      proveConsistency(oldSize, size, reader(size)),
    ),
    await row('verify consistency', longest('consistency'), ({ oldSize, oldRoot, consistency }) =>
      verifyConsistency({ oldSize, oldRoot, newSize: size, newRoot: root, proof: consistency }),
    ),
    await row('verify checkpoint', '', () => openCheckpoint(checkpoint, policy)),
    await row('verify receipt', longest('inclusion'), ({ index, entry, inclusion }) =>
      verifyReceipt({ index, proof: inclusion, checkpoint }, entry, policy),
    ),
  ];
}

function reader(size: number): HashReader {
  return tileHashReader(size, (id) => {
    const bytes = tiles.get(tilePath(id));
    return bytes === undefined ? Promise.reject(new Error(`no ${tilePath(id)}`)) : Promise.resolve(bytes);
  });
}

function newSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return {
    key: verifierKey('log.example/bench', 'note', publicKeyOfSpki(spki)),
    sign: (message) => Promise.resolve(sign(null, message, privateKey)),
  };
}

/** Microseconds of the work on one sample: p50 and p99. A first pass over a tenth is not counted. */
async function percentiles<T>(samples: readonly T[], work: (sample: T) => unknown): Promise<string[]> {
  for (const sample of samples.slice(0, samples.length / 10)) await work(sample);
  const times: number[] = [];
  for (const sample of samples) {
    const started = performance.now();
    await work(sample);
    times.push((performance.now() - started) * 1_000);
  }
  return [0.5, 0.99].map((share) => whole(percentile(times, share)));
}
