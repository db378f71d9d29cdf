import { describe, expect, test } from 'vitest';
import { APPEND_KINDS, type AppendKindName, pathOfAppend } from '../../../core/api/appends.ts';
import { OPERATIONS, route } from '../../../core/api/routes.ts';
import { EntrySignature, PublicKey } from '../../../core/model/signing.ts';
import { isPossessed, provePossession } from '../../../core/signing/proof.ts';
import { newKey, publicKeyOf } from '../../support/signing.ts';

const WEAK = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

describe('a public key', () => {
  test.each(WEAK)('under which anybody can sign is none: %s', (point) => {
    for (const last of [0, 0x80]) {
      const bytes = Buffer.from(point, 'hex');
      bytes[31] = (bytes[31] ?? 0) | last;
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') };
      expect(PublicKey.safeParse(jwk).success).toBe(false);
    }
  });

  test('is a point of its curve, in its one spelling, and without a private part', () => {
    const p256 = newKey('P-256');
    const jwk = publicKeyOf(p256) as { x: string; y: string };
    expect(PublicKey.safeParse({ ...jwk, y: jwk.x }).success).toBe(false);
    expect(PublicKey.safeParse({ ...jwk, d: p256.export({ format: 'jwk' }).d }).success).toBe(false);
    const spelt = `${jwk.x.slice(0, -1)}${String.fromCharCode(jwk.x.charCodeAt(42) + 1)}`;
    expect(PublicKey.safeParse({ ...jwk, x: spelt }).success).toBe(false);
    expect(PublicKey.safeParse(jwk).success).toBe(true);
    expect(PublicKey.safeParse({ kty: 'RSA', n: 'AQAB', e: 'AQAB' }).success).toBe(false);
  });

  test.each(['Ed25519', 'P-256'] as const)('%s is shown to be possessed, for one agency', (kind) => {
    const [own, other] = [newKey(kind), newKey(kind)];
    const proof = provePossession('hill-it-board' as never, own);
    expect(isPossessed('hill-it-board' as never, publicKeyOf(own), proof)).toBe(true);
    expect(isPossessed('hill-it-boards' as never, publicKeyOf(own), proof)).toBe(false);
    expect(isPossessed('hill-it-board' as never, publicKeyOf(other), proof)).toBe(false);
  });
});

test('what is signed names the path at which each kind is appended alone', () => {
  const served = OPERATIONS.map(route).filter(({ append, servedBy }) => append && servedBy === 'record');
  const paths = new Set(served.map(({ path }) => path.replace(/\{\w+\}/, 'x')));
  const named = Object.entries(APPEND_KINDS).map(([name, { opens }]) =>
    pathOfAppend(name as AppendKindName, opens ? undefined : 'x'),
  );
  expect(new Set(named)).toEqual(paths);
});

test.each([
  ['a whole URL', 'https://user@api.example.org'],
  ['upper case', 'API.example.org'],
  ['a slash at the end', 'api.example.org/prod/'],
  ['what looks like a person’s number', '35202-1234567-1.example.org'],
])('a signature is not kept with %s in its address', (_, api) => {
  const kept = {
    input:
      '("@method" "@authority" "@path" "content-digest" "idempotency-key");created=1790000000;keyid="poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U";tag="amanat-append"',
    value: `${'A'.repeat(86)}==`,
    api: 'api.example.org:8443/prod',
    idempotencyKey: 'k',
  };
  expect(EntrySignature.safeParse(kept).success).toBe(true);
  expect(EntrySignature.safeParse({ ...kept, api }).success).toBe(false);
  for (const part of [';tag="amanat-append"', ';created=1790000000', ' "@path"'])
    expect(EntrySignature.safeParse({ ...kept, input: kept.input.replace(part, '') }).success).toBe(false);
});
