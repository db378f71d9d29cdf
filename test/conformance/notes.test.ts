import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openCheckpoint } from '../../core/log/checkpoint.ts';
import { formatVerifierKey, parseVerifierKey } from '../../core/log/key.ts';
import { formatNote, parseNote, verifyNote } from '../../core/log/note.ts';
import { policyOf } from '../../core/log/policy.ts';
import { formatReceipt, parseReceipt, verifyReceipt } from '../../core/log/receipt.ts';
import { checkpointAt, entryAt, logSigner, policyWith, receiptAt, witnesses } from '../core/log/logs.ts';
import { at, codeOf } from '../core/log/trees.ts';
import { ask, judge, missing, type Question, reason } from './support/run.ts';

const Signed = z.strictObject({
  notes: z.array(
    z.strictObject({
      name: z.string(),
      note: z.string(),
      logs: z.array(z.string()),
      witnesses: z.array(z.string()),
      isCheckpoint: z.boolean(),
    }),
  ),
  receipts: z.array(
    z.strictObject({ name: z.string(), receipt: z.string(), entry: z.string(), logs: z.array(z.string()) }),
  ),
});

describe.skipIf(missing)(`what Go signs${reason}`, () => {
  let signed: z.infer<typeof Signed>;
  beforeAll(async () => {
    signed = Signed.parse(await ask(['sign']));
    expect(signed.notes).toHaveLength(10);
    expect(signed.receipts).toHaveLength(34);
  });

  it('is read as notes with all their signatures, and written back the same', () => {
    for (const { name, note, logs, witnesses: cosigners } of signed.notes) {
      const parsed = parseNote(note);
      expect(formatNote(parsed), name).toBe(note);
      const trusted = [...logs, ...cosigners].map(parseVerifierKey);
      const verified = verifyNote(parsed, trusted).map(({ key }) => formatVerifierKey(key));
      expect(verified.sort(), name).toEqual([...logs, ...cosigners].sort());
      for (const key of trusted)
        expect(formatVerifierKey(key)).toBe([...logs, ...cosigners][trusted.indexOf(key)]);
    }
  });

  it('is read as checkpoints, with the times of cosignatures', () => {
    const now = Date.now() / 1_000;
    for (const { name, note, logs, witnesses: cosigners } of signed.notes.filter((one) => one.isCheckpoint)) {
      const checkpoint = openCheckpoint(note, policyOf(logs, cosigners, cosigners.length));
      expect(checkpoint, name).toMatchObject({ origin: 'go.example/log', size: 70_000 });
      expect(checkpoint.cosignatures).toHaveLength(cosigners.length);
      for (const { time = 0 } of checkpoint.cosignatures) expect(Math.abs(now - time)).toBeLessThan(600);
    }
    expect(signed.notes.filter(({ isCheckpoint }) => !isCheckpoint)).toHaveLength(2);
  });

  it('is refused with any letter of a text or signature changed', () => {
    const {
      note,
      logs,
      witnesses: cosigners,
    } = at(
      signed.notes.filter(({ name }) => name === 'a cosignature of torchwood'),
      0,
    );
    const policy = policyOf(logs, cosigners, 1);
    for (let position = 0; position < note.length; position++) {
      const letter = note[position] === 'A' ? 'B' : 'A';
      const altered = note.slice(0, position) + letter + note.slice(position + 1);
      expect([position, codeOf(() => openCheckpoint(altered, policy))]).not.toEqual([position, undefined]);
    }
  });

  it('is read as receipts', () => {
    for (const { name, receipt, entry, logs } of signed.receipts) {
      const parsed = parseReceipt(receipt);
      expect(formatReceipt(parsed), name).toBe(receipt);
      const { index, checkpoint } = verifyReceipt(parsed, Buffer.from(entry), policyOf(logs));
      expect(`${index} of ${checkpoint.size}`).toBe(name);
    }
  });
});

describe.skipIf(missing)(`Go and we come to the same verdict${reason}`, () => {
  const logs = [formatVerifierKey(logSigner.key)];
  const cosigners = witnesses.map(({ key }) => formatVerifierKey(key));

  /** The same altered texts on every run: a few letters cut out of a good one and others put in. */
  const alterations = (good: string, pieces: readonly string[]): string[] => {
    const piece = fc.oneof(fc.string({ unit: 'binary', maxLength: 2 }), fc.constantFrom('', ...pieces));
    const edit = fc.tuple(fc.nat(good.length), fc.nat(3), piece);
    return fc
      .sample(edit, { numRuns: 3_000, seed: 7 })
      .map(([position, cut, insert]) => good.slice(0, position) + insert + good.slice(position + cut));
  };

  /** Where the two differ. */
  async function differences(questions: readonly (Question & { readonly ours: boolean })[]) {
    const theirs = await judge(questions.map(({ ours: _, ...question }) => question));
    const differing = questions.flatMap(({ text, ours }, i) =>
      ours === theirs[i] ? [] : [{ text: Buffer.from(text).toString(), ours }],
    );
    expect(theirs).toContain(true);
    expect(theirs).toContain(false);
    return differing;
  }

  it('on altered checkpoints', async () => {
    const good = await checkpointAt(500, witnesses);
    const line = at(good.split('\n'), 4);
    const pieces = ['\n', '\n\n', '— ', '=', '+', ' ', '0', '\r\n', 'A', '\u00a0', '\ufeff', `${line}\n`];
    const questions = [good, ...alterations(good, pieces)].map((text) => ({
      kind: 'checkpoint' as const,
      text: Buffer.from(text),
      logs,
      witnesses: cosigners,
      ours: codeOf(() => openCheckpoint(Buffer.from(text), policyWith(0))) === undefined,
    }));
    expect(await differences(questions)).toEqual([]);
  });

  it('on altered receipts', async () => {
    const good = formatReceipt(await receiptAt(123, 500));
    const pieces = ['\n', '\n\n', '=', '+', '0', '-', '\r\n', 'A', 'extra AAAA\n', `${'A'.repeat(43)}=\n`];
    const questions = [good, ...alterations(good, pieces)].map((text) => ({
      kind: 'receipt' as const,
      text: Buffer.from(text),
      entry: entryAt(123),
      logs,
      ours:
        codeOf(() => verifyReceipt(parseReceipt(Buffer.from(text)), entryAt(123), policyWith(0))) ===
        undefined,
    }));
    expect(await differences(questions)).toEqual([]);
  });

  it('on altered keys', async () => {
    const good = at(logs, 0);
    const questions = [good, ...alterations(good, ['+', '=', 'A', '\n', ' ', 'g', 'F'])].map((text) => ({
      kind: 'vkey' as const,
      text: Buffer.from(text),
      ours: codeOf(() => parseVerifierKey(text)) === undefined,
    }));
    // Go's base64 skips ends of lines; here a key has one spelling.
    const others = (await differences(questions)).filter(({ text, ours }) => ours || !/[\r\n]/.test(text));
    expect(others).toEqual([]);
  });
});
