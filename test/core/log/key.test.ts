import { generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatVerifierKey,
  parseVerifierKey,
  publicKeyOfSpki,
  verifierKey,
  verifyEd25519,
} from '../../../core/log/key.ts';
import { policyOf } from '../../../core/log/policy.ts';
import { signerOf } from './keys.ts';
import { codeOf } from './trees.ts';

const TESTDATA = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';

describe('verifier keys', () => {
  it.each([
    { text: TESTDATA, name: 'example.com/log/testdata', type: 'note', keyId: 0x33d7b496 },
    {
      text: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
      name: 'example.com/foo',
      type: 'note',
      keyId: 0x530d903a,
    },
    {
      text: 'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2',
      name: 'remora.n621.de',
      type: 'cosignature',
      keyId: 0xda77ade7,
    },
  ])('reads the published key of $name', ({ text, name, type, keyId }) => {
    const key = parseVerifierKey(text);
    expect(key).toMatchObject({ name, type, keyId });
    expect(key.publicKey).toHaveLength(32);
    expect(formatVerifierKey(key)).toBe(text);
  });

  it.each([
    ['an empty text', ''],
    ['no plus', 'example.com'],
    ['one plus', 'example.com+33d7b496'],
    ['no name', TESTDATA.slice('example.com/log/testdata'.length)],
    ['another name', `x${TESTDATA}`],
    ['a space in the name', TESTDATA.replace('log/', 'log /')],
    ['another key ID', TESTDATA.replace('33d7b496', '33d7b497')],
    ['a key ID in upper case', withUpperCaseId('Q')],
    ['a short key ID', TESTDATA.replace('33d7b496', '33d7b49')],
    ['another key', TESTDATA.replace('kkSx', 'kkSy')],
    ['a short key', TESTDATA.slice(0, -4)],
    ['base64 without padding where there should be', `${TESTDATA}AA`],
    ['base64 of another alphabet', TESTDATA.replace('NI+oO5', 'NI-oO5')],
    ['a newline at the end', `${TESTDATA}\n`],
    ['a signature type that is not Ed25519', TESTDATA.replace('+AeHT', '+AuHT')],
    ['no key', 'example.com/log/testdata+33d7b496+'],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => parseVerifierKey(text))).toBe('bad-key');
  });

  it('has one spelling for each key, whatever it is fed', async () => {
    await fc.assert(
      fc.property(fc.nat(TESTDATA.length - 1), fc.string({ unit: 'binary', maxLength: 3 }), (at, insert) => {
        const text = TESTDATA.slice(0, at) + insert + TESTDATA.slice(at + 1);
        const code = codeOf(() => expect(formatVerifierKey(parseVerifierKey(text))).toBe(text));
        expect(code).toBe(text === TESTDATA ? undefined : 'bad-key');
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses names that a signature line could not hold', () => {
    const publicKey = new Uint8Array(32);
    for (const name of ['', ' ', 'a b', 'a+b', 'a\nb', 'a\u00a0b', 'a\u0085b', 'a\u2003b', '\ud800']) {
      expect(codeOf(() => verifierKey(name, 'note', publicKey))).toBe('bad-key');
    }
    expect(verifierKey('گواہ.example/w1', 'note', publicKey).name).toBe('گواہ.example/w1');
    expect(codeOf(() => verifierKey('a', 'note', new Uint8Array(31)))).toBe('bad-key');
  });
});

describe('the public key in a SubjectPublicKeyInfo', () => {
  const der = (type: 'ed25519' | 'x25519') => {
    const pair = type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
    return pair.publicKey.export({ format: 'der', type: 'spki' });
  };

  it('is the last 32 bytes, for Ed25519 only', () => {
    const spki = der('ed25519');
    expect(Buffer.compare(publicKeyOfSpki(spki), spki.subarray(-32))).toBe(0);
    expect(codeOf(() => publicKeyOfSpki(der('x25519')))).toBe('bad-key');
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
      format: 'der',
      type: 'spki',
    });
    for (const bad of [
      p256,
      spki.subarray(1),
      spki.subarray(0, -1),
      Buffer.concat([spki, spki]),
      Buffer.of(),
    ]) {
      expect(codeOf(() => publicKeyOfSpki(bad))).toBe('bad-key');
    }
    for (let bit = 0; bit < 12 * 8; bit++) {
      const mutated = Buffer.from(spki);
      mutated.writeUInt8(mutated.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(codeOf(() => publicKeyOfSpki(mutated))).toBe('bad-key');
    }
  });
});

describe('Ed25519', () => {
  const fromHex = (hex: string) => Buffer.from(hex, 'hex');
  // RFC 8032 §7.1, test 3.
  const publicKey = fromHex('fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025');
  const message = fromHex('af82');
  const signature = fromHex(
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
      '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  );

  it('verifies the vector of RFC 8032', () => {
    expect(verifyEd25519(publicKey, message, signature)).toBe(true);
  });

  it('refuses another message, signature or key, of any length', async () => {
    expect(verifyEd25519(publicKey, fromHex('af83'), signature)).toBe(false);
    for (let bit = 0; bit < 64 * 8; bit++) {
      const mutated = Buffer.from(signature);
      mutated.writeUInt8(mutated.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(verifyEd25519(publicKey, message, mutated)).toBe(false);
    }
    const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 });
    await fc.assert(
      fc.property(anyKey, fc.uint8Array({ maxLength: 130 }), (key, bytes) => {
        expect(verifyEd25519(key, message, bytes)).toBe(false);
        expect(verifyEd25519(key, message, signature)).toBe(false);
      }),
    );
  });
});

describe('a policy', () => {
  const log = formatVerifierKey(signerOf('example.com/log').key);
  const witness = (name: string, seed = name) => formatVerifierKey(signerOf(name, 'cosignature', seed).key);

  it('has keys of the right kind and a quorum that can be reached', () => {
    expect(policyOf([log])).toMatchObject({ quorum: 0, witnesses: [] });
    expect(policyOf([log], [witness('w1'), witness('w2')], 2).witnesses.map(({ name }) => name)).toEqual([
      'w1',
      'w2',
    ]);
    expect(codeOf(() => policyOf([witness('w1')]))).toBe('bad-key');
    expect(codeOf(() => policyOf([log], [log], 1))).toBe('bad-key');
    for (const quorum of [-1, 2, 0.5, Number.NaN]) {
      expect(codeOf(() => policyOf([log], [witness('w1')], quorum))).toBe('out-of-range');
    }
  });

  it('does not count one public key as two parties', () => {
    expect(codeOf(() => policyOf([log], [witness('w1', 'same'), witness('w2', 'same')], 2))).toBe('bad-key');
    expect(codeOf(() => policyOf([log], [witness('w1', 'example.com/log')], 1))).toBe('bad-key');
  });
});

/** A verifier key with its key ID in upper case: one that has a letter. */
function withUpperCaseId(name: string): string {
  const text = formatVerifierKey(signerOf(name).key);
  return /[a-f]/.test(text.split('+')[1] ?? '')
    ? text.replace(/\+.*?\+/, (id) => id.toUpperCase())
    : withUpperCaseId(`${name}x`);
}
