import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { keyIdOf } from '../../../core/http-signature/keys.ts';
import { isPossessed } from '../../../core/signing/proof.ts';
import { newKey } from '../../support/signing.ts';
import { transferBody } from '../../support/transfers.ts';
import { amanat } from '../amanat.ts';
import { newFile, newPath } from '../verify/running.ts';

const AGENCY = 'hill-it-board';
const URL = { AMANAT_URL: 'https://api.example.org/prod' };

const keyFile = (content: string | Buffer = newKey().export({ format: 'pem', type: 'pkcs8' })): string => {
  const path = newFile(content);
  chmodSync(path, 0o600);
  return path;
};

describe('a signing key', () => {
  test.each([
    ['ed25519', 'OKP'],
    ['ecdsa-p256-sha256', 'EC'],
  ])('of %s is made for its owner alone, with what registers it', async (algorithm, kty) => {
    const path = newPath();
    const made = await amanat(['signing-key', 'new', path, '--agency', AGENCY, '--algorithm', algorithm]);
    expect([made.code, made.stderr]).toEqual([0, '']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { kind, body } = JSON.parse(made.stdout);
    expect([kind, body.key.kty]).toEqual(['agency-key-registered', kty]);
    expect(isPossessed(AGENCY as never, body.key, body.proof)).toBe(true);
    const id = await amanat(['signing-key', 'id', path]);
    expect(id.stdout).toBe(`${keyIdOf(createPrivateKey(readFileSync(path)))}\n`);
  });

  test('is never made over a file that is there, nor for what is no agency', async () => {
    const path = keyFile();
    const before = readFileSync(path);
    expect((await amanat(['signing-key', 'new', path, '--agency', AGENCY])).code).toBe(2);
    expect(readFileSync(path)).toEqual(before);
    const none = newPath();
    expect((await amanat(['signing-key', 'new', none, '--agency', 'No Agency'])).code).toBe(2);
    expect(existsSync(none)).toBe(false);
  });

  test.each([
    [
      'that others can read',
      () => newFile(newKey().export({ format: 'pem', type: 'pkcs8' })),
      'can be read by others',
    ],
    ['that is none', () => keyFile('none'), 'holds no private key'],
    [
      'of another kind',
      () =>
        keyFile(
          generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
            format: 'pem',
            type: 'pkcs8',
          }),
        ),
      'neither an Ed25519 nor a P-256 key',
    ],
    ['that is not there', newPath, 'ENOENT'],
  ])('%s is refused', async (_, path, words) => {
    const { code, stderr } = await amanat(['signing-key', 'id', path()]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});

describe('signing', () => {
  const sign = (path: string, record: unknown, more: readonly string[] = [], out = newPath()) =>
    amanat(
      ['sign', path, newFile(JSON.stringify(record)), '--sign-key', keyFile(), '--out', out, ...more],
      URL,
    );

  test('writes out what the record leaves to defaults', async () => {
    const out = newPath();
    const { code, stdout } = await sign(
      '/v1/transfers',
      transferBody({ onward: undefined }),
      ['--idempotency-key', 'k-1'],
      out,
    );
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(transferBody({ onward: { allowed: false } }));
    expect(stdout).toMatch(
      /^Content-Type: application\/json\nIdempotency-Key: k-1\nContent-Digest: sha-256=:.*:\nSignature-Input: sig=.*\nSignature: sig=:.*:\n$/,
    );
  });

  test.each([
    ['what is no record', '/v1/transfers', { provider: 1 }, [], '/provider'],
    ['a path at which nothing is appended', '/v1/obligations', {}, [], 'nothing is appended at'],
    ['lines', '/v1/entries', {}, [], 'nothing is appended at'],
    [
      'a key that seems to hold personal data',
      '/v1/transfers',
      transferBody(),
      ['--idempotency-key', '35202-1234567-1'],
      'seems to hold personal data',
    ],
  ])('refuses %s', async (_, path, record, more, words) => {
    const out = newPath();
    const { code, stdout, stderr } = await sign(path, record, more, out);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(words)]);
    expect(existsSync(out)).toBe(false);
  });
});
