import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { proveInclusion } from '../../../core/log/prove.ts';
import { verifyConsistency, verifyInclusion } from '../../../core/log/verify.ts';
import { at, codeOf, Definition, leaves } from './trees.ts';

interface InclusionCase {
  readonly case: string;
  /** Up to 2^64 - 1: as a JSON number it arrives rounded, and no longer safe; it must be refused all the same. */
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

interface ConsistencyCase {
  readonly case: string;
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

const folder = new URL('../../../../shared/vectors/', import.meta.url);
const present = existsSync(folder);
const missing = present ? '' : ' (skipped: ../shared/vectors is not beside this checkout)';

const bytes = (base64: string) => Buffer.from(base64, 'base64');
const proofOf = (proof: readonly string[] | null) => (proof ?? []).map(bytes);

describe.skipIf(!present)(`published proofs${missing}`, () => {
  it.each(casesOf<InclusionCase>('inclusion.json'))('inclusion $case', (vector) => {
    const { leafIdx: index, treeSize: size, wantErr } = vector;
    const claim = {
      index,
      size,
      leaf: bytes(vector.leafHash),
      proof: proofOf(vector.proof),
      root: bytes(vector.root),
    };
    expect(codeOf(() => verifyInclusion(claim)) !== undefined).toBe(wantErr);
  });

  it.each(casesOf<ConsistencyCase>('consistency.json'))('consistency $case', (vector) => {
    const claim = {
      oldSize: vector.size1,
      oldRoot: bytes(vector.root1),
      newSize: vector.size2,
      newRoot: bytes(vector.root2),
      proof: proofOf(vector.proof),
    };
    expect(codeOf(() => verifyConsistency(claim)) !== undefined).toBe(vector.wantErr);
  });

  it('has both good and mutated cases, and indexes beyond what a number holds', () => {
    const inclusion = casesOf<InclusionCase>('inclusion.json');
    const consistency = casesOf<ConsistencyCase>('consistency.json');
    for (const cases of [inclusion, consistency]) {
      expect(cases.filter(({ wantErr }) => wantErr).length).toBeGreaterThan(80);
      expect(cases.filter(({ wantErr }) => !wantErr).length).toBeGreaterThan(5);
    }
    expect(inclusion.some(({ leafIdx }) => !Number.isSafeInteger(leafIdx))).toBe(true);
  });
});

describe('the published tree of 70,000', () => {
  it('proves leaf 12345 with 17 hashes', async () => {
    const tree = new Definition(leaves(70_000));
    const proof = await proveInclusion(12_345, 70_000, tree.reader);
    expect(proof).toHaveLength(17);
    const root = bytes('iBwvTHw7YMhk1XSquRdGoWciDFIKL4M9hu7m3++5rMs=');
    verifyInclusion({ index: 12_345, size: 70_000, leaf: at(tree.hashes, 12_345), proof, root });
  });
});

function casesOf<T>(file: string): T[] {
  return present ? (JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as T[]) : [];
}
