import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosignatureMessage } from '../../../core/log/cosignature.ts';
import { parseVerifierKey } from '../../../core/log/key.ts';
import {
  cosignText,
  formatNote,
  type NoteSignature,
  parseNote,
  parseSignatures,
  signText,
  verifyNote,
} from '../../../core/log/note.ts';
import { signerOf } from './keys.ts';
import { codeOf } from './trees.ts';

/** The note in the documentation of Go's `sumdb/note`. */
const PETER = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
const PETERS_NOTE = [
  'If you think cryptography is the answer to your problem,',
  "then you don't know what your problem is.",
  '',
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=',
  '',
].join('\n');

const TEXT = 'a text\n\nwith an empty line\n';
const anna = signerOf('anna.example');
const omar = signerOf('omar.example');
const witness = signerOf('witness.example/w1', 'cosignature');

const signed = async (...signatures: Promise<NoteSignature>[]) =>
  formatNote({ text: TEXT, signatures: await Promise.all(signatures) });

describe('a published note', () => {
  it('verifies, and reads back byte for byte', () => {
    const note = parseNote(PETERS_NOTE);
    expect(verifyNote(note, [PETER])).toMatchObject([{ name: 'PeterNeumann', keyId: 0xc74f20a3 }]);
    expect(formatNote(note)).toBe(PETERS_NOTE);
    expect(parseNote(Buffer.from(PETERS_NOTE))).toEqual(note);
  });
});

describe('signing with the key of RFC 8032, test 1', () => {
  const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
  const signer = signerOf('rfc8032.example', 'note', seed);

  it('has the published public key, and its signatures verify', async () => {
    expect(Buffer.from(signer.key.publicKey).toString('hex')).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
    const note = await signed(signText(TEXT, signer));
    expect(verifyNote(parseNote(note), [signer.key])).toHaveLength(1);
    // Ed25519 is deterministic: the same text has the same note.
    expect(await signed(signText(TEXT, signer))).toBe(note);
  });
});

describe('verifying', () => {
  it('names the trusted keys that signed, each once, and ignores the others', async () => {
    const note = parseNote(await signed(signText(TEXT, anna), signText(TEXT, omar), signText(TEXT, anna)));
    const names = (keys: (typeof anna.key)[]) => verifyNote(note, keys).map(({ key }) => key.name);
    expect(names([anna.key])).toEqual(['anna.example']);
    expect(names([omar.key, anna.key])).toEqual(['anna.example', 'omar.example']);
    expect(codeOf(() => verifyNote(note, []))).toBe('no-signature');
    expect(codeOf(() => verifyNote(note, [witness.key]))).toBe('no-signature');
  });

  it('refuses the whole note for one bad signature of a trusted key, wherever it stands', async () => {
    const [good, other] = [await signText(TEXT, anna), await signText(TEXT, omar)];
    const bad = { ...good, signature: other.signature };
    for (const signatures of [[bad], [other, bad], [bad, other], [good, bad], [bad, good]]) {
      expect(codeOf(() => verifyNote({ text: TEXT, signatures }, [anna.key, omar.key]))).toBe(
        'bad-signature',
      );
    }
    expect(codeOf(() => verifyNote({ text: `${TEXT}\n`, signatures: [good] }, [anna.key]))).toBe(
      'bad-signature',
    );
  });

  it('ignores a known name with another key ID, and a known key ID with another name', async () => {
    const good = await signText(TEXT, anna);
    for (const stranger of [
      { ...good, keyId: 1 },
      { ...good, name: 'omar.example' },
    ]) {
      const note = { text: TEXT, signatures: [stranger] };
      expect(codeOf(() => verifyNote(note, [anna.key, omar.key]))).toBe('no-signature');
    }
  });

  it('does not choose between two trusted keys of one name and key ID', async () => {
    const twin = { ...omar.key, name: anna.key.name, keyId: anna.key.keyId };
    const note = parseNote(await signed(signText(TEXT, anna)));
    expect(codeOf(() => verifyNote(note, [anna.key, twin]))).toBe('bad-key');
  });
});

describe('cosigning', () => {
  const TIME = 1_679_315_147;

  it('signs the time and the text, as the format has it', async () => {
    const message = Buffer.from(cosignatureMessage(TEXT, TIME)).toString();
    expect(message).toBe(`cosignature/v1\ntime 1679315147\n${TEXT}`);
    const cosignature = await cosignText(TEXT, witness, TIME);
    expect(Buffer.from(cosignature.signature.subarray(0, 8)).toString('hex')).toBe('00000000641850cb');
    expect(cosignature.signature).toHaveLength(72);
    const [verified] = verifyNote({ text: TEXT, signatures: [cosignature] }, [witness.key]);
    expect(verified).toMatchObject({ name: 'witness.example/w1', time: TIME });
  });

  it('refuses another time, and one that no number holds', async () => {
    const cosignature = await cosignText(TEXT, witness, TIME);
    for (const time of [0n, BigInt(TIME) + 1n, 2n ** 53n, 2n ** 64n - 1n]) {
      const payload = Buffer.from(cosignature.signature);
      payload.writeBigUInt64BE(time);
      const note = { text: TEXT, signatures: [{ ...cosignature, signature: payload }] };
      expect(codeOf(() => verifyNote(note, [witness.key]))).toBe('bad-signature');
    }
    for (const length of [1, 7, 8, 64, 71, 73]) {
      const payload = new Uint8Array(length);
      payload.set(cosignature.signature.subarray(0, length));
      const note = { text: TEXT, signatures: [{ ...cosignature, signature: payload }] };
      expect(codeOf(() => verifyNote(note, [witness.key]))).toBe('bad-signature');
    }
    for (const time of [-1, 0.5, Number.NaN, 2 ** 53]) {
      await expect(cosignText(TEXT, witness, time)).rejects.toMatchObject({ code: 'out-of-range' });
    }
  });

  it('cannot be passed off as a signature, nor a signature as a cosignature', async () => {
    const [both, cosigner] = [signerOf('both.example'), signerOf('both.example', 'cosignature')];
    const cosignature = await cosignText(TEXT, cosigner, TIME);
    const posing = { ...cosignature, keyId: both.key.keyId, signature: cosignature.signature.subarray(8) };
    expect(codeOf(() => verifyNote({ text: TEXT, signatures: [posing] }, [both.key]))).toBe('bad-signature');
  });
});

describe('a signer', () => {
  it('whose signature its own key does not verify is refused', async () => {
    const broken = { key: anna.key, sign: omar.sign };
    await expect(signText(TEXT, broken)).rejects.toMatchObject({ code: 'bad-signature' });
    const brokenWitness = { key: witness.key, sign: () => Promise.resolve(new Uint8Array(64)) };
    await expect(cosignText(TEXT, brokenWitness, 1)).rejects.toMatchObject({ code: 'bad-signature' });
  });

  it('makes only the kind of signature that its key is for', async () => {
    await expect(signText(TEXT, witness)).rejects.toMatchObject({ code: 'bad-key' });
    await expect(cosignText(TEXT, anna, 1)).rejects.toMatchObject({ code: 'bad-key' });
  });

  it('signs nothing that is no note', async () => {
    for (const text of ['', 'no newline', 'a tab\t\n', '\ud800\n']) {
      await expect(signText(text, anna)).rejects.toMatchObject({ code: 'bad-note' });
    }
  });
});

describe('parsing', () => {
  const LINE = PETERS_NOTE.split('\n').at(-2) ?? '';

  it('separates text and signatures at the last empty line', async () => {
    const note = parseNote(await signed(signText(TEXT, anna)));
    expect(note.text).toBe(TEXT);
    expect(parseNote(`\n\n${LINE}\n`).text).toBe('\n');
  });

  it.each([
    ['nothing', ''],
    ['no empty line', `text\n${LINE}\n`],
    ['no signature', 'text\n\n'],
    ['no newline at the end', `text\n\n${LINE}`],
    ['an empty line after the signature', `text\n\n${LINE}\n\n`],
    ['a hyphen for the dash', `text\n\n${LINE.replace('—', '-')}\n`],
    ['no name', `text\n\n${LINE.replace('PeterNeumann ', '')}\n`],
    ['an empty name', `text\n\n${LINE.replace('PeterNeumann', '')}\n`],
    ['a plus in the name', `text\n\n${LINE.replace('Peter', 'Peter+')}\n`],
    ['a no-break space in the name', `text\n\n${LINE.replace('Peter', 'Peter\u00a0')}\n`],
    ['a space at the end', `text\n\n${LINE} \n`],
    ['base64 without its padding', `text\n\n${LINE.replace('=', '')}\n`],
    ['base64 with stray bits', `text\n\n${LINE.replace('M=', 'N=')}\n`],
    ['base64 of another alphabet', `text\n\n${LINE.replace('/', '_')}\n`],
    ['a key ID without a signature', 'text\n\n— PeterNeumann x08gow==\n'],
    ['a signature of three bytes', 'text\n\n— PeterNeumann x08g\n'],
    ['a carriage return', `text\r\n\n${LINE}\n`],
    ['a NUL', `te\0xt\n\n${LINE}\n`],
    ['half a surrogate pair', `te\ud800xt\n\n${LINE}\n`],
    ['too many signatures', `text\n\n${`${LINE}\n`.repeat(101)}`],
    ['too long a text', `${'x'.repeat(1_000_000)}\n\n${LINE}\n`],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => parseNote(text))).toBe('bad-note');
  });

  it('refuses bytes that are no UTF-8, and keeps a byte order mark', () => {
    const bytes = Buffer.from(PETERS_NOTE);
    expect(codeOf(() => parseNote(Buffer.concat([Buffer.of(0xff), bytes])))).toBe('bad-note');
    expect(codeOf(() => parseNote(Buffer.concat([Buffer.of(0xc0, 0x80), bytes])))).toBe('bad-note');
    const marked = Buffer.concat([Buffer.from('\ufeff'), bytes]);
    expect(parseNote(marked).text.startsWith('\ufeff')).toBe(true);
    expect(codeOf(() => verifyNote(parseNote(marked), [PETER]))).toBe('bad-signature');
  });

  it('takes 100 signatures of unknown keys', () => {
    expect(parseNote(`text\n\n${`${LINE}\n`.repeat(100)}`).signatures).toHaveLength(100);
  });

  it('has one spelling for each note, and accepts none that was altered', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('\n', '\n\n', '— ', ' ', '=', '+'),
    );
    await fc.assert(
      fc.property(fc.nat(PETERS_NOTE.length), fc.nat(3), piece, (at, cut, insert) => {
        const text = PETERS_NOTE.slice(0, at) + insert + PETERS_NOTE.slice(at + cut);
        const code = codeOf(() => {
          const note = parseNote(text);
          expect(formatNote(note)).toBe(text);
          verifyNote(note, [PETER]);
        });
        if (text === PETERS_NOTE) expect(code).toBeUndefined();
        else expect(['bad-note', 'bad-signature', 'no-signature']).toContain(code);
      }),
      { numRuns: 3_000 },
    );
  });

  it('throws nothing but its own error, whatever bytes it is fed', async () => {
    await fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.string({ unit: 'binary' })), (input) => {
        expect([undefined, 'bad-note']).toContain(codeOf(() => parseNote(input)));
        expect([undefined, 'bad-note']).toContain(codeOf(() => parseSignatures(input)));
      }),
      { numRuns: 1_000 },
    );
  });
});
