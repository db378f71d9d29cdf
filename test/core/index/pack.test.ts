import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../../core/index/pack.ts';

const row = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.jsonValue());

describe('packed rows', () => {
  it('come back as they were, through JSON', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const given = JSON.parse(JSON.stringify(rows));
        const read = unpack(JSON.parse(JSON.stringify(pack(given))));
        expect(JSON.parse(JSON.stringify(read))).toEqual(given);
      }),
    );
  });

  it('hold an equal value once', () => {
    const { columns } = pack(Array.from({ length: 50 }, (_, n) => ({ n, same: ['x', { y: 1 }] })));
    expect(columns['same']?.values).toHaveLength(1);
  });
});
