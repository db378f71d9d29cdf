import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafHash, nodeHash, rootOf } from '../../../core/log/merkle.ts';
import { type HashReader, proveConsistency, proveInclusion, readFrontier } from '../../../core/log/prove.ts';
import { MAX_PROOF_HASHES, verifyConsistency, verifyInclusion } from '../../../core/log/verify.ts';
import { at, codeOf, Definition, leaves } from './trees.ts';

const ALL = 300;
const tree = new Definition(leaves(ALL));
const noise = leafHash(Buffer.from('noise'));

describe('inclusion', () => {
  it(`has the proof that the definition gives, and verifies, for every leaf of every tree up to ${ALL}`, async () => {
    for (let size = 1; size <= ALL; size++) {
      const root = tree.root(0, size);
      for (let index = 0; index < size; index++) {
        const proof = await proveInclusion(index, size, tree.reader);
        if (!equal(proof, tree.path(index, 0, size))) expect.fail(`another proof for ${index} of ${size}`);
        verifyInclusion({ index, size, leaf: at(tree.hashes, index), proof, root });
      }
    }
  });

  it('refuses every proof that is altered, of every leaf of every tree up to 33', () => {
    for (let size = 1; size <= 33; size++) {
      const root = tree.root(0, size);
      for (let index = 0; index < size; index++) {
        const good = { index, size, leaf: at(tree.hashes, index), proof: tree.path(index, 0, size), root };
        for (const proof of alterations(good.proof)) refused(() => verifyInclusion({ ...good, proof }));
        for (const leaf of [noise, root, flipped(good.leaf)].filter((hash) => hash !== good.leaf)) {
          refused(() => verifyInclusion({ ...good, leaf }));
        }
        refused(() => verifyInclusion({ ...good, root: flipped(root) }));
        const longer = { ...good, proof: [...good.proof, noise] };
        if (codeOf(() => verifyInclusion(longer)) !== 'bad-proof') expect.fail('a proof that is too long');
        for (let other = 0; other < size; other++) {
          if (other !== index) refused(() => verifyInclusion({ ...good, index: other }));
        }
      }
    }
  });

  it('refuses what is no index or size', async () => {
    const claim = { index: 0, size: 1, leaf: noise, proof: [], root: noise };
    for (const bad of [-1, 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 64 - 1]) {
      expect(codeOf(() => verifyInclusion({ ...claim, index: bad }))).toBe('out-of-range');
      expect(codeOf(() => proveInclusion(bad, 1, tree.reader))).toBe('out-of-range');
    }
    expect(codeOf(() => verifyInclusion({ ...claim, size: 0 }))).toBe('out-of-range');
    expect(codeOf(() => verifyInclusion({ ...claim, size: 2 ** 64 }))).toBe('out-of-range');
    const long = new Array(MAX_PROOF_HASHES + 1).fill(noise);
    expect(codeOf(() => verifyInclusion({ ...claim, proof: long }))).toBe('bad-proof');
  });
});

describe('consistency', () => {
  it(`has the proof that the definition gives, and verifies, for every two trees up to ${ALL}`, async () => {
    for (let newSize = 0; newSize <= ALL; newSize++) {
      const newRoot = tree.root(0, newSize);
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        const proof = await proveConsistency(oldSize, newSize, tree.reader);
        const expected = oldSize === 0 ? [] : tree.subproof(oldSize, 0, newSize);
        if (!equal(proof, expected)) expect.fail(`another proof from ${oldSize} to ${newSize}`);
        verifyConsistency({ oldSize, oldRoot: tree.root(0, oldSize), newSize, newRoot, proof });
      }
    }
  });

  it('refuses every proof that is altered, and every other root, for every two trees up to 33', () => {
    for (let newSize = 1; newSize <= 33; newSize++) {
      for (let oldSize = 1; oldSize <= newSize; oldSize++) {
        const good = {
          oldSize,
          oldRoot: tree.root(0, oldSize),
          newSize,
          newRoot: tree.root(0, newSize),
          proof: tree.subproof(oldSize, 0, newSize),
        };
        for (const proof of alterations(good.proof)) refused(() => verifyConsistency({ ...good, proof }));
        const longer = { ...good, proof: [...good.proof, noise] };
        if (codeOf(() => verifyConsistency(longer)) !== 'bad-proof') expect.fail('a proof that is too long');
        refused(() => verifyConsistency({ ...good, oldRoot: flipped(good.oldRoot) }));
        refused(() => verifyConsistency({ ...good, newRoot: flipped(good.newRoot) }));
        if (oldSize < newSize) {
          refused(() => verifyConsistency({ ...good, oldRoot: good.newRoot, newRoot: good.oldRoot }));
        }
      }
    }
  });

  it('knows the root of the empty tree, and that nothing shrinks', () => {
    const [empty, one] = [tree.root(0, 0), tree.root(0, 1)];
    const from = (oldSize: number, oldRoot: Uint8Array, newSize: number, newRoot: Uint8Array) => () =>
      verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof: [] });
    expect(codeOf(from(0, empty, 0, empty))).toBeUndefined();
    expect(codeOf(from(0, empty, 1, one))).toBeUndefined();
    expect(codeOf(from(0, noise, 1, one))).toBe('root-mismatch');
    expect(codeOf(from(0, noise, 0, noise))).toBe('root-mismatch');
    expect(codeOf(from(1, one, 1, noise))).toBe('root-mismatch');
    expect(codeOf(from(1, one, 2, noise))).toBe('bad-proof');
    expect(codeOf(from(1, one, 0, empty))).toBe('out-of-range');
    expect(codeOf(() => proveConsistency(2, 1, tree.reader))).toBe('out-of-range');
  });
});

describe('a tree larger than any that is stored', () => {
  it('proves and verifies up to 2^53 - 1 leaves', async () => {
    const size = fc.oneof(
      fc.maxSafeNat(),
      fc.tuple(fc.nat(53), fc.integer({ min: -2, max: 2 })).map(([k, d]) => 2 ** k + d),
    );
    const sizes = size.filter((n) => n > 0 && Number.isSafeInteger(n));
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.double({ min: 0, max: 1, noNaN: true }), async (a, b, share) => {
        const [oldSize, newSize] = [Math.min(a, b), Math.max(a, b)];
        const index = Math.min(newSize - 1, Math.floor(newSize * share));
        const read = sparseReader(index);
        const [oldRoot, newRoot] = [await rootAt(oldSize, read), await rootAt(newSize, read)];

        const proof = await proveInclusion(index, newSize, read);
        const claim = { index, size: newSize, leaf: MARKED, proof, root: newRoot };
        verifyInclusion(claim);
        const other = index === 0 ? newSize - 1 : index - 1;
        if (other !== index) expect(codeOf(() => verifyInclusion({ ...claim, index: other }))).toBeDefined();

        const consistency = await proveConsistency(oldSize, newSize, read);
        verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof: consistency });
        if (oldSize < newSize) {
          const wrong = { oldSize, oldRoot: flipped(oldRoot), newSize, newRoot, proof: consistency };
          expect(codeOf(() => verifyConsistency(wrong))).toBe('root-mismatch');
        }
      }),
      { numRuns: 300 },
    );
  });
});

const PLAIN = leafHash(Buffer.from('plain'));
const MARKED = leafHash(Buffer.from('marked'));

/** A tree whose leaves are all alike but one, so that any subtree is known without the rest. */
function sparseReader(marked: number): HashReader {
  const plain = [PLAIN];
  while (plain.length < 54) plain.push(nodeHash(at(plain, plain.length - 1), at(plain, plain.length - 1)));
  return (level, index) => {
    if (Math.floor(marked / 2 ** level) !== index) return Promise.resolve(at(plain, level));
    let hash = MARKED;
    for (let below = 0; below < level; below++) {
      const right = Math.floor(marked / 2 ** below) % 2 === 1;
      hash = right ? nodeHash(at(plain, below), hash) : nodeHash(hash, at(plain, below));
    }
    return Promise.resolve(hash);
  };
}

async function rootAt(size: number, read: HashReader): Promise<Uint8Array> {
  return rootOf(await readFrontier(size, read));
}

/** Every proof that differs by one hash: altered, removed, doubled, exchanged for its neighbour, or added. */
function* alterations(proof: readonly Uint8Array[]): Generator<Uint8Array[]> {
  for (const [position, hash] of proof.entries()) {
    yield proof.with(position, flipped(hash));
    yield proof.with(position, hash.subarray(1));
    yield proof.toSpliced(position, 1);
    yield proof.toSpliced(position, 0, hash);
    yield proof.toSpliced(position, 0, noise);
    if (position > 0) yield proof.toSpliced(position - 1, 2, hash, at(proof, position - 1));
  }
  yield [...proof, noise];
  yield [...proof, new Uint8Array()];
}

function flipped(hash: Uint8Array): Uint8Array {
  return hash.with(0, at([...hash], 0) ^ 1);
}

function refused(attempt: () => void): void {
  if (codeOf(attempt) === undefined) expect.fail('accepted');
}

function equal(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((hash, index) => Buffer.compare(hash, at(b, index)) === 0);
}
