import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LogError } from '../../../core/log/error.ts';
import {
  appendLeaves,
  EMPTY_FRONTIER,
  EMPTY_ROOT,
  frontierOf,
  leafHash,
  nodeHash,
  restoreFrontier,
  rootOf,
  rootOfLeaves,
} from '../../../core/log/merkle.ts';
import { bruteRoot, codeOf, leaves } from './trees.ts';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

describe('hashing', () => {
  it('prefixes leaves with 0 and nodes with 1', () => {
    const sha = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
    const entry = Buffer.from('an entry');
    expect(leafHash(entry)).toEqual(sha(Buffer.of(0), entry));
    const [a, b] = [leafHash(entry), leafHash(Buffer.of())];
    expect(nodeHash(a, b)).toEqual(sha(Buffer.of(1), a, b));
    expect(EMPTY_ROOT).toEqual(sha());
  });

  it('refuses a node of anything but two hashes', () => {
    const whole = leafHash(Buffer.of(1));
    for (const part of [Buffer.of(), whole.subarray(1), Buffer.concat([whole, Buffer.of(0)])]) {
      expect(codeOf(() => nodeHash(part, whole))).toBe('bad-hash');
      expect(codeOf(() => nodeHash(whole, part))).toBe('bad-hash');
    }
  });
});

describe('published roots', () => {
  it('has the root of 70,000 leaves', () => {
    expect(base64(rootOfLeaves(leaves(70_000)))).toBe('iBwvTHw7YMhk1XSquRdGoWciDFIKL4M9hu7m3++5rMs=');
  });

  it.each([
    [1, '0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek='],
    [2, 'T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4='],
    [8, 'bC+VwvrJbalNVjfkdI8kUgs7mJoXrqiXCE7bgnD28pY='],
    [15, 'rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs='],
  ])('has the root of the test log at size %i', (size, root) => {
    const words = 'one two three four five six seven eit nain ten ileven twelf threeten fourten fivten'.split(
      ' ',
    );
    expect(base64(rootOfLeaves(words.slice(0, size).map((word) => leafHash(Buffer.from(word)))))).toBe(root);
  });
});

describe('the right edge', () => {
  it('has the root that the definition gives, at every size', () => {
    const all = leaves(300);
    for (let size = 0; size <= all.length; size++) {
      expect(rootOfLeaves(all.slice(0, size))).toEqual(bruteRoot(all.slice(0, size)));
    }
  });

  it('does not depend on how the leaves were batched, and leaves the old edge as it was', () => {
    const all = leaves(600);
    for (const batch of [1, 3, 7, 64, 255, 256, 257]) {
      let frontier = EMPTY_FRONTIER;
      for (let from = 0; from < all.length; from += batch) {
        const before = structuredClone(frontier);
        const { frontier: next } = appendLeaves(frontier, all.slice(from, from + batch));
        expect(structuredClone(frontier)).toEqual(before);
        frontier = next;
      }
      expect(frontier.size).toBe(all.length);
      expect(rootOf(frontier)).toEqual(bruteRoot(all));
    }
  });

  it('gives the completed hashes of every tile level, from floor(oldSize / 256^level) on', () => {
    const all = leaves(70_000);
    const { frontier } = appendLeaves(EMPTY_FRONTIER, all.slice(0, 300));
    const { levels } = appendLeaves(frontier, all.slice(300));
    expect(levels.map((hashes) => hashes.length)).toEqual([69_700, 273 - 1, 1]);
    expect(levels[0]?.[0]).toEqual(all[300]);
    expect(levels[1]?.[0]).toEqual(bruteRoot(all.slice(256, 512)));
    expect(levels[2]?.[0]).toEqual(bruteRoot(all.slice(0, 65_536)));
  });

  it('is restored from its parts, only with the right root', () => {
    const { frontier } = appendLeaves(EMPTY_FRONTIER, leaves(201));
    const { size, hashes } = frontier;
    expect(frontierOf(size, hashes)).toEqual(frontier);
    expect(restoreFrontier(size, hashes, rootOf(frontier))).toEqual(frontier);
    expect(restoreFrontier(0, [], EMPTY_ROOT)).toEqual(EMPTY_FRONTIER);
    expect(codeOf(() => restoreFrontier(size, hashes, EMPTY_ROOT))).toBe('root-mismatch');
    expect(codeOf(() => restoreFrontier(size, hashes.toReversed(), rootOf(frontier)))).toBe('root-mismatch');
    expect(codeOf(() => frontierOf(size, hashes.slice(1)))).toBe('bad-frontier');
    expect(codeOf(() => frontierOf(size + 2, hashes))).toBe('bad-frontier');
    expect(codeOf(() => frontierOf(1, [Buffer.alloc(31)]))).toBe('bad-hash');
    for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(codeOf(() => frontierOf(bad, hashes))).toBe('out-of-range');
    }
  });

  it('counts beyond 32 bits', () => {
    const zero = Buffer.alloc(32);
    const { frontier } = appendLeaves(frontierOf(2 ** 40 + 1, [zero, zero]), [zero]);
    expect(frontier).toEqual(frontierOf(2 ** 40 + 2, [zero, nodeHash(zero, zero)]));
    expect(codeOf(() => appendLeaves(frontierOf(2 ** 52, [zero]), new Array(3).fill(Buffer.alloc(3))))).toBe(
      'bad-hash',
    );
  });

  it('refuses an edge that lies about its size', () => {
    expect(() => appendLeaves({ size: 3, hashes: [] }, leaves(1))).toThrow(LogError);
  });
});
