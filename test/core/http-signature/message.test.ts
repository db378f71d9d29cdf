import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentDigest } from '../../../core/http-signature/digest.ts';
import { SignatureError } from '../../../core/http-signature/error.ts';
import { parseSignatureInput, readSignatures } from '../../../core/http-signature/input.ts';
import { keyIdOf, signBytes } from '../../../core/http-signature/keys.ts';
import {
  isSignedBy,
  requestComponents,
  signatureBase,
  signatureHeaders,
  signMessage,
} from '../../../core/http-signature/message.ts';
import { B24, B26, ED25519, P256, publicOf, REQUEST } from './rfc9421.ts';

const request = requestComponents(REQUEST.method, REQUEST.url, REQUEST.headers);
const signatureOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));

describe('the examples of RFC 9421', () => {
  test('B.2.6: the base of a request, and its Ed25519 signature', () => {
    const base = signatureBase(parseSignatureInput(B26.input), request);
    expect(Buffer.from(base).toString()).toBe(B26.base);
    expect(Buffer.from(signBytes(ED25519, base)).toString('base64')).toBe(B26.signature);
  });

  test('B.2.6: its headers are read, and verify under the one key', () => {
    const read = readSignatures(`sig-b26=${B26.input}`, `sig-b26=:${B26.signature}:`).get('sig-b26');
    if (!read) throw new Error('not read');
    expect(isSignedBy(publicOf(ED25519), read, request)).toBe(true);
    expect(isSignedBy(publicOf(P256), read, request)).toBe(false);
  });

  test('B.2.4: an ECDSA signature of a response', () => {
    const read = { input: parseSignatureInput(B24.input), signature: signatureOf(B24.signature) };
    expect(isSignedBy(publicOf(P256), read, (name) => B24.values.get(name))).toBe(true);
    for (const name of B24.values.keys())
      expect(
        isSignedBy(publicOf(P256), read, (asked) =>
          asked === name ? `${B24.values.get(name)} ` : B24.values.get(asked),
        ),
      ).toBe(false);
  });
});

test('RFC 8037 A.3: the thumbprint of an Ed25519 key', () => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  expect(keyIdOf(createPublicKey({ format: 'jwk', key: jwk }))).toBe(
    'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  );
});

test('RFC 9530 appendix A: the digest of a body', () => {
  expect(contentDigest(Buffer.from('{"hello": "world"}\n'))).toBe(
    'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:',
  );
});

describe('a signature', () => {
  const signing = {
    components: ['@method', '@authority', '@path', 'date'],
    now: 1_618_884_473_999,
    tag: 't',
  };

  test.each([
    ['Ed25519', ED25519],
    ['P-256', P256],
  ])('that is made with %s is read back and verifies', (_, key) => {
    const headers = signatureHeaders('a', signMessage(key, signing, request));
    expect(headers['Signature-Input']).toContain(';created=1618884473;');
    const read = readSignatures(headers['Signature-Input'], headers.Signature).get('a');
    if (!read) throw new Error('not read');
    expect(read.input.parameters.keyid).toBe(keyIdOf(publicOf(key)));
    expect(isSignedBy(publicOf(key), read, request)).toBe(true);
  });

  test('of another message, path, host or moment does not verify', () => {
    const { input, signature } = signMessage(ED25519, signing, request);
    const of = (method: string, url: string, headers: object = {}) =>
      isSignedBy(
        publicOf(ED25519),
        { input, signature },
        requestComponents(method, url, { ...REQUEST.headers, ...headers }),
      );
    expect(of('POST', 'https://EXAMPLE.com:443/foo')).toBe(true);
    expect(of('PUT', 'https://example.com/foo')).toBe(false);
    expect(of('POST', 'https://example.com/fo')).toBe(false);
    expect(of('POST', 'https://example.org/foo')).toBe(false);
    expect(of('POST', 'https://example.com/foo', { Date: 'Tue, 20 Apr 2021 02:07:56 GMT' })).toBe(false);
    const later = parseSignatureInput(input.text.replace('1618884473', '1618884474'));
    expect(isSignedBy(publicOf(ED25519), { input: later, signature }, request)).toBe(false);
  });

  test('that names another algorithm than the key has does not verify', () => {
    const { input } = signMessage(ED25519, signing, request);
    const renamed = parseSignatureInput(input.text.replace('"ed25519"', '"ecdsa-p256-sha256"'));
    const signature = signBytes(ED25519, signatureBase(renamed, request));
    expect(isSignedBy(publicOf(ED25519), { input: renamed, signature }, request)).toBe(false);
  });

  test.each([ED25519, P256])('of another length does not verify, and throws nothing', (key) => {
    const { input } = signMessage(key, signing, request);
    for (const length of [0, 1, 63, 65, 1_000])
      expect(isSignedBy(publicOf(key), { input, signature: new Uint8Array(length) }, request)).toBe(false);
  });

  test('is not made with a key of another kind', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    expect(() => signMessage(privateKey, signing, request)).toThrow(TypeError);
  });

  test('does not cover what the message lacks, or what could be taken for two lines', () => {
    const covering = (name: string) => ({ ...signing, components: [name] });
    expect(() => signMessage(ED25519, covering('x-none'), request)).toThrow(SignatureError);
    expect(() => signMessage(ED25519, covering('@method'), () => 'POST\n"@path": /')).toThrow(SignatureError);
  });
});

describe('what is no signature', () => {
  const sent = 'keyid="k";created=1';
  test.each([
    ['a component twice', `s=("date" "date");${sent}`, 's=:AA==:'],
    ['a component with parameters', `s=("date";sf);${sent}`, 's=:AA==:'],
    ['a component in upper case', `s=("Date");${sent}`, 's=:AA==:'],
    ['a component that is no string', `s=(date);${sent}`, 's=:AA==:'],
    ['no list', `s="date";${sent}`, 's=:AA==:'],
    ['no time', 's=("date");keyid="k"', 's=:AA==:'],
    ['no key', 's=("date");created=1', 's=:AA==:'],
    ['a time in words', 's=("date");keyid="k";created="1"', 's=:AA==:'],
    ['a time in parts', 's=("date");keyid="k";created=1.5', 's=:AA==:'],
    ['an algorithm that is not known', `s=("date");${sent};alg="hs2019"`, 's=:AA==:'],
    ['a parameter that is not known', `s=("date");${sent};secret="s"`, 's=:AA==:'],
    ['another label', `s=("date");${sent}`, 't=:AA==:'],
    ['a label too many', `s=("date");${sent}`, 's=:AA==:, t=:AA==:'],
    ['a signature that is a string', `s=("date");${sent}`, 's="AA=="'],
    ['no structured field', 's=(', 's=:AA==:'],
    ['nothing', '', 's=:AA==:'],
  ])('%s', (_, inputs, signatures) => {
    expect(() => readSignatures(inputs, signatures)).toThrow(SignatureError);
  });

  test('another spelling of what is kept', () => {
    expect(parseSignatureInput(`("date");created=1;keyid="k"`).components).toEqual(['date']);
    for (const text of [
      '( "date" );created=1;keyid="k"',
      '("date");created=01;keyid="k"',
      '',
      '("date"), ("date")',
    ])
      expect(() => parseSignatureInput(text)).toThrow(SignatureError);
  });

  test('any text at all ends in an error of its own, that does not repeat it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (inputs, signatures) => {
        try {
          readSignatures(`s=("a");created=1;keyid="k${inputs}`, signatures);
        } catch (error) {
          expect(error).toBeInstanceOf(SignatureError);
        }
      }),
    );
  });
});
