import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBundle, encodeBundle, MAX_ENTRY_BYTES } from '../../../core/log/bundles.ts';
import { bundlePath, parsePath, tilePath } from '../../../core/log/paths.ts';
import { codeOf } from './trees.ts';

describe('paths', () => {
  it('are those of the format', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(tilePath({ level: 2, index: 0, width: 1 })).toBe('tile/2/000.p/1');
    expect(bundlePath({ index: 999, width: 255 })).toBe('tile/entries/999.p/255');
    expect(bundlePath({ index: 1_000, width: 256 })).toBe('tile/entries/x001/000');
  });

  it('read back to what they were written from', async () => {
    const id = { index: fc.nat(2 ** 28), width: fc.integer({ min: 1, max: 256 }) };
    await fc.assert(
      fc.property(fc.record({ level: fc.nat(2), ...id }), (tile) => {
        expect(parsePath(tilePath(tile))).toEqual({ kind: 'tile', ...tile });
        const { index, width } = tile;
        expect(parsePath(bundlePath(tile))).toEqual({ kind: 'entries', index, width });
      }),
    );
  });

  it.each([
    '',
    'tile',
    'tile/0',
    'tile/0/',
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    'tile/0/x000/000',
    'tile/0/x000/x001/000',
    'tile/0/001/000',
    'tile/0/x001',
    'tile/0/x001/x000',
    'tile/0/X001/000',
    'tile/0/x1/000',
    'tile/00/000',
    'tile/-1/000',
    'tile/64/000',
    'tile/100/000',
    'tile/0x1/000',
    'tile/entry/000',
    'tile/Entries/000',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/000.p/999',
    'tile/0/000.p/',
    'tile/0/000.p',
    'tile/0/000.P/1',
    'tile/0/000/',
    'tile/0/000\n',
    ' tile/0/000',
    '/tile/0/000',
    'tile//000',
    'tile/0/٠٠٠',
    'tile/0/..',
    'tile/8/0/000',
    'checkpoint',
    `tile/0/${'x999/'.repeat(100_000)}999`,
  ])('%# are refused when they are not: %j', (path) => {
    expect(codeOf(() => parsePath(path))).toBe('bad-path');
  });

  it('refuses a tile that no tree can have', () => {
    for (const path of [
      'tile/7/000',
      'tile/63/000.p/1',
      'tile/0/x999/x999/x999/x999/x999/999',
      'tile/6/032',
    ]) {
      expect(codeOf(() => parsePath(path))).toBe('out-of-range');
    }
    for (const index of [-1, 0.5, 2 ** 53, Number.NaN]) {
      expect(codeOf(() => tilePath({ level: 0, index, width: 1 }))).toBe('out-of-range');
    }
    for (const width of [0, 257, -1, 1.5, Number.NaN]) {
      expect(codeOf(() => bundlePath({ index: 0, width }))).toBe('out-of-range');
    }
  });

  it('takes one path only for each resource, whatever it is fed', async () => {
    const piece = fc.constantFrom(
      'tile/',
      'entries/',
      '0',
      '1',
      '63/',
      'x001/',
      'x000/',
      '000',
      '.p/',
      '256',
      '/',
      ' ',
    );
    const path = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    await fc.assert(
      fc.property(path, (text) => {
        const code = codeOf(() => {
          const resource = parsePath(text);
          expect(resource.kind === 'tile' ? tilePath(resource) : bundlePath(resource)).toBe(text);
        });
        expect([undefined, 'bad-path', 'out-of-range']).toContain(code);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('entry bundles', () => {
  it('put each entry behind its length', () => {
    expect(encodeBundle([Buffer.from('ab'), Buffer.of()])).toEqual(Buffer.from('\0\x02ab\0\0', 'latin1'));
    const longest = new Uint8Array(MAX_ENTRY_BYTES).fill(7);
    expect(decodeBundle(encodeBundle([longest]), 1).map((entry) => Buffer.compare(entry, longest))).toEqual([
      0,
    ]);
  });

  it('read back to the entries', async () => {
    await fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 600 }), { minLength: 1, maxLength: 256 }),
        (entries) => {
          const decoded = decodeBundle(encodeBundle(entries), entries.length);
          expect(decoded.map((entry) => [...entry])).toEqual(entries.map((entry) => [...entry]));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('are refused when too long, or of too many or no entries', () => {
    expect(codeOf(() => encodeBundle([new Uint8Array(MAX_ENTRY_BYTES + 1)]))).toBe('bad-bundle');
    expect(codeOf(() => encodeBundle([]))).toBe('bad-bundle');
    expect(codeOf(() => encodeBundle(new Array(257).fill(Buffer.of())))).toBe('bad-bundle');
  });

  it('hold exactly as many entries as they must, whatever they are fed', async () => {
    const good = encodeBundle([Buffer.from('one'), Buffer.from('two')]);
    for (const width of [0, 1, 3, 256]) expect(codeOf(() => decodeBundle(good, width))).toBe('bad-bundle');
    for (let end = 0; end < good.length; end++) {
      expect(codeOf(() => decodeBundle(good.subarray(0, end), 2))).toBe('bad-bundle');
    }
    await fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.integer({ min: 1, max: 4 }), (bytes, width) => {
        const code = codeOf(() => {
          const entries = decodeBundle(bytes, width);
          expect([...encodeBundle(entries)]).toEqual([...bytes]);
          expect(entries).toHaveLength(width);
        });
        expect([undefined, 'bad-bundle']).toContain(code);
      }),
      { numRuns: 2_000 },
    );
  });
});
