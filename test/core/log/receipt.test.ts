import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReceipt, parseReceipt, type Receipt, verifyReceipt } from '../../../core/log/receipt.ts';
import { checkpointAt, entryAt, log, policyWith, receiptAt, witnesses } from './logs.ts';
import { at, codeOf } from './trees.ts';

const policy = policyWith(2);

describe('a receipt', () => {
  it('is written as the format has it, and read back', async () => {
    const receipt = await receiptAt(123, 500, witnesses);
    const text = formatReceipt(receipt);
    const proof = receipt.proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('');
    expect(text).toBe(`c2sp.org/tlog-proof@v1\nindex 123\n${proof}\n${receipt.checkpoint}`);
    expect(parseReceipt(text)).toEqual(receipt);
    expect(parseReceipt(Buffer.from(text))).toEqual(receipt);
    const extra = { ...receipt, extra: Buffer.from('why not') };
    expect(formatReceipt(extra)).toContain('@v1\nextra d2h5IG5vdA==\nindex 123\n');
    expect(parseReceipt(formatReceipt(extra))).toEqual(extra);
  });

  it('verifies for its own entry, at every index', async () => {
    for (const size of [1, 2, 7, 256, 300]) {
      for (const index of [0, 1, 5, 6, 255, 299].filter((i) => i < size)) {
        const receipt = parseReceipt(formatReceipt(await receiptAt(index, size, witnesses)));
        const verified = verifyReceipt(receipt, entryAt(index), policy);
        expect(verified).toMatchObject({ index, checkpoint: { size } });
        expect(verified.checkpoint.cosignatures).toHaveLength(3);
      }
    }
  });

  it('names what is wrong', async () => {
    const good = await receiptAt(123, 500, witnesses);
    const verify = (receipt: Receipt, entry = entryAt(123)) =>
      codeOf(() => verifyReceipt(receipt, entry, policy));
    expect(verify(good)).toBeUndefined();
    expect(verify(good, entryAt(124))).toBe('root-mismatch');
    expect(verify({ ...good, index: 124 })).toBe('root-mismatch');
    expect(verify({ ...good, index: 500 })).toBe('out-of-range');
    expect(verify({ ...good, proof: good.proof.slice(1) })).toBe('bad-proof');
    expect(verify({ ...good, proof: log.path(123, 0, 499) })).toBe('root-mismatch');
    expect(verify({ ...good, checkpoint: await checkpointAt(600, witnesses) })).toBe('bad-proof');
    expect(verify({ ...good, checkpoint: await checkpointAt(500, witnesses.slice(2)) })).toBe(
      'too-few-cosignatures',
    );
    expect(verify({ ...good, checkpoint: good.checkpoint.replace('\n500\n', '\n501\n') })).toBe(
      'bad-signature',
    );
  });

  it('does not pass a node of the tree off as an entry', async () => {
    // The concatenated children of an inner node, claimed as an entry one level up.
    const [left, right] = [at(log.hashes, 0), at(log.hashes, 1)];
    const receipt = { ...(await receiptAt(0, 4, witnesses)), index: 0, proof: [log.root(2, 4)] };
    expect(codeOf(() => verifyReceipt(receipt, Buffer.concat([left, right]), policy))).toBe('bad-proof');
    const two = { ...(await receiptAt(0, 2, witnesses)), proof: [] };
    expect(codeOf(() => verifyReceipt(two, Buffer.concat([left, right]), policy))).toBe('bad-proof');
  });

  it.each([
    ['nothing', ''],
    ['another version', 'c2sp.org/tlog-proof@v2\nindex 0\n\nx'],
    ['no index', 'c2sp.org/tlog-proof@v1\n\nx'],
    ['no empty line', 'c2sp.org/tlog-proof@v1\nindex 0\n'],
    ['an index with a leading zero', 'c2sp.org/tlog-proof@v1\nindex 01\n\nx'],
    ['a negative index', 'c2sp.org/tlog-proof@v1\nindex -1\n\nx'],
    ['an index without its number', 'c2sp.org/tlog-proof@v1\nindex \n\nx'],
    ['an extra line without data', 'c2sp.org/tlog-proof@v1\nextra \nindex 0\n\nx'],
    ['an extra line of no base64', 'c2sp.org/tlog-proof@v1\nextra hello\nindex 0\n\nx'],
    ['two extra lines', 'c2sp.org/tlog-proof@v1\nextra AAAA\nextra AAAA\nindex 0\n\nx'],
    ['the extra line after the index', 'c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\nx'],
    ['a hash of 30 bytes', `c2sp.org/tlog-proof@v1\nindex 0\n${'A'.repeat(40)}\n\nx`],
    ['too many hashes', `c2sp.org/tlog-proof@v1\nindex 0\n${`${'A'.repeat(43)}=\n`.repeat(64)}\nx`],
    ['carriage returns', 'c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\nx'],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => parseReceipt(text))).toBe('bad-receipt');
  });

  it('refuses an index beyond what a number holds', () => {
    expect(codeOf(() => parseReceipt('c2sp.org/tlog-proof@v1\nindex 18446744073709551615\n\nx'))).toBe(
      'out-of-range',
    );
  });

  it('has one spelling, and never verifies once it is altered in substance', async () => {
    const good = await receiptAt(123, 500, witnesses.slice(0, 2));
    const text = formatReceipt(good);
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.constantFrom('\n', '0', '=', ' ', '— ', 'A', 'extra AAAA\n'),
    );
    await fc.assert(
      fc.property(fc.nat(text.length), fc.nat(3), piece, (position, cut, insert) => {
        const altered = text.slice(0, position) + insert + text.slice(position + cut);
        codeOf(() => {
          const receipt = parseReceipt(altered);
          expect(formatReceipt(receipt)).toBe(altered);
          const { checkpoint } = verifyReceipt(receipt, entryAt(123), policy);
          // Accepted: then nothing differs but what nobody signs.
          expect({ ...receipt, extra: undefined }).toEqual({ ...good, extra: undefined });
          expect(checkpoint.cosignatures).toHaveLength(2);
        });
      }),
      { numRuns: 2_000 },
    );
    await fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), (bytes) => {
        expect(codeOf(() => parseReceipt(bytes))).toBe('bad-receipt');
      }),
    );
  });

  it('verifies for no other entry', async () => {
    const good = await receiptAt(123, 500, witnesses);
    await fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (entry) => {
        const code = codeOf(() => verifyReceipt(good, entry, policy));
        expect(code).toBe(Buffer.compare(entry, entryAt(123)) === 0 ? undefined : 'root-mismatch');
      }),
      { numRuns: 200 },
    );
  });
});
