import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from '../../../core/log/checkpoint.ts';
import { formatVerifierKey } from '../../../core/log/key.ts';
import { EMPTY_ROOT, leafHash } from '../../../core/log/merkle.ts';
import { cosignText, formatNote, parseNote, signText } from '../../../core/log/note.ts';
import { policyOf } from '../../../core/log/policy.ts';
import { signerOf } from './keys.ts';
import { COSIGNED_AT, checkpointAt, log, logSigner, ORIGIN, policyWith, witnesses } from './logs.ts';
import { codeOf } from './trees.ts';

const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
const TEXT = `example.com/behind-the-sofa\n20852163\n${ROOT}\n`;

describe('the text of a checkpoint', () => {
  it('reads the example of the format and writes it again', () => {
    const checkpoint = parseCheckpoint(TEXT);
    expect(checkpoint).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 });
    expect(formatCheckpoint(checkpoint)).toBe(TEXT);
  });

  it('allows extension lines, and origins that are no key name of ours', () => {
    expect(parseCheckpoint(`${TEXT}extension\n— another\n`).size).toBe(20_852_163);
    expect(parseCheckpoint(TEXT.replace('example.com/', 'go.sum database ')).origin).toBe(
      'go.sum database behind-the-sofa',
    );
  });

  it.each([
    ['nothing', ''],
    ['two lines', 'example.com/log\n20852163\n'],
    ['no newline at the end', TEXT.slice(0, -1)],
    ['no origin', `\n20852163\n${ROOT}\n`],
    ['an empty line at the end', `${TEXT}\n`],
    ['an empty line among the extensions', `${TEXT}a\n\nb\n`],
    ['a leading zero', TEXT.replace('20852163', '020852163')],
    ['a sign', TEXT.replace('20852163', '+20852163')],
    ['a negative size', TEXT.replace('20852163', '-1')],
    ['a hexadecimal size', TEXT.replace('20852163', '0x10')],
    ['an exponent', TEXT.replace('20852163', '1e3')],
    ['a fraction', TEXT.replace('20852163', '1.0')],
    ['digits of another script', TEXT.replace('20852163', '٢٠')],
    ['a space', TEXT.replace('20852163', '20852163 ')],
    ['a size of too many digits', TEXT.replace('20852163', '1'.repeat(30))],
    ['a root without its padding', TEXT.replace('=', '')],
    ['a root with stray bits', TEXT.replace('q2I=', 'q2J=')],
    ['a root of 31 bytes', TEXT.replace('CsUYapGG', 'CsUYapG').replace('=', '==')],
    ['a root of 33 bytes', TEXT.replace('=', 'A')],
    ['a carriage return', TEXT.replace('\n', '\r\n')],
    ['an empty tree that is not', `example.com/log\n0\n${ROOT}\n`],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => parseCheckpoint(text))).toBe('bad-checkpoint');
  });

  it('refuses a size beyond what a number holds', () => {
    for (const size of ['9007199254740992', '18446744073709551615', '99999999999999999999']) {
      expect(codeOf(() => parseCheckpoint(TEXT.replace('20852163', size)))).toBe('out-of-range');
    }
    expect(parseCheckpoint(TEXT.replace('20852163', '9007199254740991')).size).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('has one spelling for each checkpoint, whatever it is fed', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.constantFrom('\n', '0', '=', ' ', 'A'),
    );
    await fc.assert(
      fc.property(fc.nat(TEXT.length), fc.nat(3), piece, (at, cut, insert) => {
        const text = TEXT.slice(0, at) + insert + TEXT.slice(at + cut);
        const code = codeOf(() => {
          const checkpoint = parseCheckpoint(text);
          // What is written is the first three lines of what was read, if the origin is one that we would write.
          if (/^[^\p{White_Space}+]+$/u.test(checkpoint.origin)) {
            expect(text.startsWith(formatCheckpoint(checkpoint))).toBe(true);
          }
        });
        expect([undefined, 'bad-checkpoint', 'out-of-range']).toContain(code);
      }),
      { numRuns: 3_000 },
    );
  });

  it('writes no checkpoint that it would not read', () => {
    const good: Checkpoint = { origin: 'a.example', size: 1, root: leafHash(Buffer.of()) };
    expect(codeOf(() => formatCheckpoint({ ...good, origin: 'a\nb' }))).toBe('bad-checkpoint');
    expect(codeOf(() => formatCheckpoint({ ...good, origin: '' }))).toBe('bad-checkpoint');
    expect(codeOf(() => formatCheckpoint({ ...good, size: -1 }))).toBe('out-of-range');
    expect(codeOf(() => formatCheckpoint({ ...good, size: 0 }))).toBe('bad-checkpoint');
    expect(codeOf(() => formatCheckpoint({ ...good, root: new Uint8Array(31) }))).toBe('bad-hash');
    expect(formatCheckpoint({ ...good, size: 0, root: EMPTY_ROOT })).toBe(
      'a.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n',
    );
  });
});

describe('a signed checkpoint', () => {
  it('opens with the key of its log', async () => {
    const opened = openCheckpoint(await checkpointAt(500), policyWith(0));
    expect(opened).toMatchObject({ origin: ORIGIN, size: 500, cosignatures: [] });
    expect(Buffer.compare(opened.root, log.root(0, 500))).toBe(0);
    expect(opened.signature.key.name).toBe(ORIGIN);
  });

  it('opens with either key while the log changes its key', async () => {
    const next = signerOf(ORIGIN, 'note', 'next year');
    const { text, signatures } = parseNote(await checkpointAt(5));
    const both = formatNote({ text, signatures: [...signatures, await signText(text, next)] });
    const [oldKey, newKey] = [logSigner, next].map(({ key }) => formatVerifierKey(key));
    for (const keys of [[oldKey], [newKey], [oldKey, newKey]]) {
      expect(openCheckpoint(both, policyOf(keys.filter((key) => key !== undefined))).size).toBe(5);
    }
  });

  it('counts the cosignatures of known witnesses, with their times', async () => {
    const [w1, w2] = witnesses;
    if (w1 === undefined || w2 === undefined) return expect.fail('there are three witnesses');
    const stranger = signerOf('stranger.example', 'cosignature');
    const note = await checkpointAt(500, [w1, stranger, w2, w1]);
    const { cosignatures } = openCheckpoint(note, policyWith(2));
    expect(cosignatures.map(({ name, time }) => [name, time])).toEqual([
      ['witness.example/w1', COSIGNED_AT],
      ['witness.example/w2', COSIGNED_AT],
    ]);
    expect(codeOf(() => openCheckpoint(note, policyWith(3)))).toBe('too-few-cosignatures');
  });

  it('names what is wrong with it', async () => {
    const note = await checkpointAt(500, witnesses);
    const { text, signatures } = parseNote(note);
    const [own, ...cosignatures] = signatures;
    if (own === undefined) return expect.fail('the log has signed');
    const open = (signed: string) => codeOf(() => openCheckpoint(signed, policyWith(3)));

    expect(open(note)).toBeUndefined();
    expect(open(formatNote({ text, signatures: cosignatures }))).toBe('no-signature');
    expect(open(formatNote({ text, signatures: [own] }))).toBe('too-few-cosignatures');
    expect(open(note.replace('\n500\n', '\n501\n'))).toBe('bad-signature');
    expect(open(note.replace(ORIGIN, 'log.example/other'))).toBe('unknown-origin');
    expect(open('hello\n')).toBe('bad-note');
    const hello = formatNote({ text: 'hello\n', signatures: [await signText('hello\n', logSigner)] });
    expect(open(hello)).toBe('bad-checkpoint');
    // One bad cosignature of a known witness condemns it, even where the others are enough.
    const [first, second] = cosignatures;
    if (first === undefined || second === undefined) return expect.fail('three witnesses have cosigned');
    const swapped = { ...first, signature: second.signature };
    const bad = formatNote({ text, signatures: [own, swapped, second] });
    expect(codeOf(() => openCheckpoint(bad, policyWith(1)))).toBe('bad-signature');
  });

  it('of one log is not signed by another log that is trusted too', async () => {
    const other = signerOf('log.example/other');
    const policy = policyOf([formatVerifierKey(logSigner.key), formatVerifierKey(other.key)]);
    const text = formatCheckpoint({ origin: ORIGIN, size: 5, root: log.root(0, 5) });
    const posing = formatNote({ text, signatures: [await signText(text, other)] });
    expect(codeOf(() => openCheckpoint(posing, policy))).toBe('no-signature');
  });

  it('is signed by its own log only, and never by a witness key', async () => {
    const checkpoint = { origin: 'log.example/other', size: 5, root: log.root(0, 5) };
    await expect(signCheckpoint(checkpoint, logSigner)).rejects.toMatchObject({ code: 'bad-key' });
    const witness = signerOf(ORIGIN, 'cosignature');
    await expect(signCheckpoint({ ...checkpoint, origin: ORIGIN }, witness)).rejects.toMatchObject({
      code: 'bad-key',
    });
  });

  it('does not open with a cosignature of the log key in place of a signature', async () => {
    const text = formatCheckpoint({ origin: ORIGIN, size: 5, root: log.root(0, 5) });
    const cosigner = signerOf(ORIGIN, 'cosignature');
    const note = formatNote({ text, signatures: [await cosignText(text, cosigner, 1)] });
    expect(codeOf(() => openCheckpoint(note, policyWith(0)))).toBe('no-signature');
  });
});
