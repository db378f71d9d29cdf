import { createHmac } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeKeyCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  InvalidKeyUsageException,
  KMSClient,
  KMSInvalidMacException,
  NotFoundException,
  SignCommand,
  UnsupportedOperationException,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { publicKeyOfSpki, verifyEd25519 } from '../../../core/log/key.ts';
import { signText, verifyNote } from '../../../core/log/note.ts';
import { Fault } from '../../../local/fault.ts';
import { type KeyStore, loadOrMakeKeyStore } from '../../../local/kms/keys.ts';
import { startKms } from '../../../local/kms/server.ts';
import type { Loopback } from '../../../local/loopback.ts';
import type { KmsKey } from '../../../local/template/keys.ts';

const keyOf = (id: string, keySpec: KmsKey['keySpec']): KmsKey => ({
  id,
  arn: `arn:aws:kms:us-east-1:000000000000:key/${id}`,
  keySpec,
});
const SIGNING = keyOf('Log-Signing', 'ECC_NIST_EDWARDS25519');
const SEAL = keyOf('Log-Seal', 'HMAC_256');
const MESSAGE = Buffer.from('what is signed, ü');

describe('KMS on this machine, as the AWS SDK speaks with it', () => {
  let folder: string;
  let store: KeyStore;
  let server: Loopback;
  let kms: KMSClient;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-kms-'));
    store = await loadOrMakeKeyStore(folder, [SIGNING, SEAL]);
    server = await startKms(store);
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', server.url);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    kms = new KMSClient({ maxAttempts: 1 });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    kms.destroy();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const sign = (KeyId: string, more: Partial<SignCommand['input']> = {}) =>
    kms.send(
      new SignCommand({
        KeyId,
        Message: MESSAGE,
        MessageType: 'RAW',
        SigningAlgorithm: 'ED25519_SHA_512',
        ...more,
      }),
    );
  const mac = { KeyId: SEAL.arn, Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_256' } as const;

  it.each([SIGNING.id, SIGNING.arn])('signs the message itself, by the key %s', async (name) => {
    const { PublicKey, ...described } = await kms.send(new GetPublicKeyCommand({ KeyId: name }));
    expect(described).toMatchObject({
      KeyId: SIGNING.arn,
      KeySpec: 'ECC_NIST_EDWARDS25519',
      KeyUsage: 'SIGN_VERIFY',
      SigningAlgorithms: ['ED25519_SHA_512'],
    });
    const publicKey = publicKeyOfSpki(PublicKey ?? new Uint8Array());
    expect(Buffer.from(PublicKey ?? [])).toEqual(store.publicKey(name));

    const { Signature = new Uint8Array(), KeyId, SigningAlgorithm } = await sign(name);
    expect([KeyId, SigningAlgorithm]).toEqual([SIGNING.arn, 'ED25519_SHA_512']);
    expect(verifyEd25519(publicKey, MESSAGE, Signature)).toBe(true);
    expect(verifyEd25519(publicKey, Buffer.from('another'), Signature)).toBe(false);
  });

  it('is a signer of notes to the functions', async () => {
    const { kmsSigner, kmsVerifierKey } = await import('../../../lambdas/store/signer.ts');
    const signer = kmsSigner(SIGNING.arn, await kmsVerifierKey(SIGNING.arn, 'amanat.example/log', 'note'));
    const text = 'amanat.example/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n';
    const note = { text, signatures: [await signText(text, signer)] };
    expect(verifyNote(note, [signer.key])).toHaveLength(1);
    await expect(kmsVerifierKey(SEAL.arn, 'amanat.example/log', 'note')).rejects.toBeInstanceOf(
      UnsupportedOperationException,
    );
  });

  it('makes a MAC that depends on key and message, and tells it from others', async () => {
    const { Mac, KeyId, MacAlgorithm } = await kms.send(new GenerateMacCommand(mac));
    expect([KeyId, MacAlgorithm, Mac?.length]).toEqual([SEAL.arn, 'HMAC_SHA_256', 32]);
    const { [SEAL.arn]: held } = JSON.parse(await readFile(join(folder, 'kms.json'), 'utf8'));
    const expected = createHmac('sha256', Buffer.from(held.material, 'base64')).update(MESSAGE).digest();
    expect(Buffer.from(Mac ?? [])).toEqual(expected);

    const right = await kms.send(new VerifyMacCommand({ ...mac, Mac }));
    expect(right).toMatchObject({ MacValid: true, KeyId: SEAL.arn, MacAlgorithm: 'HMAC_SHA_256' });
    for (const wrong of [
      { ...mac, Mac: Buffer.alloc(32) },
      { ...mac, Mac: Buffer.alloc(3) },
      { ...mac, Mac, Message: Buffer.from('another') },
    ])
      await expect(kms.send(new VerifyMacCommand(wrong))).rejects.toBeInstanceOf(KMSInvalidMacException);
  });

  it.each<[string, () => Promise<unknown>, unknown]>([
    ['a key that is none', () => sign('arn:aws:kms:us-east-1:000000000000:key/none'), NotFoundException],
    ['an alias, of which there are none', () => sign('alias/signing'), NotFoundException],
    ['signing with a key for MACs', () => sign(SEAL.arn), InvalidKeyUsageException],
    [
      'a MAC by a key that signs',
      () => kms.send(new GenerateMacCommand({ ...mac, KeyId: SIGNING.arn })),
      InvalidKeyUsageException,
    ],
    [
      'an algorithm of other keys',
      () => sign(SIGNING.arn, { SigningAlgorithm: 'ECDSA_SHA_256' }),
      InvalidKeyUsageException,
    ],
    [
      'a hash that the key is too short for',
      () => kms.send(new GenerateMacCommand({ ...mac, MacAlgorithm: 'HMAC_SHA_512' })),
      InvalidKeyUsageException,
    ],
  ])('refuses as KMS does: %s', async (_, call, type) => {
    await expect(call()).rejects.toBeInstanceOf(type);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['a digest', () => sign(SIGNING.arn, { MessageType: 'DIGEST' }), 'ValidationException'],
    ['no message', () => sign(SIGNING.arn, { Message: Buffer.alloc(0) }), 'ValidationException'],
    ['more than 4096 bytes', () => sign(SIGNING.arn, { Message: Buffer.alloc(4097) }), 'ValidationException'],
    ['far more', () => sign(SIGNING.arn, { Message: Buffer.alloc(99_000) }), 'ValidationException'],
    ['what would only be tried', () => sign(SIGNING.arn, { DryRun: true }), 'ValidationException'],
    [
      'an operation that is not here',
      () => kms.send(new DescribeKeyCommand({ KeyId: SIGNING.arn })),
      'UnknownOperationException',
    ],
  ])('refuses %s', async (_, call, name) => {
    await expect(call()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  it('takes 4096 bytes', async () => {
    expect((await sign(SIGNING.arn, { Message: Buffer.alloc(4096) })).Signature).toHaveLength(64);
  });
});

describe('the keys of a data folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-keys-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are the same at each start, and for nobody else to read', async () => {
    const first = await loadOrMakeKeyStore(folder, [SIGNING]);
    expect((await stat(join(folder, 'kms.json'))).mode & 0o777).toBe(0o600);
    const again = await loadOrMakeKeyStore(folder, [SIGNING]);
    expect(again.publicKey(SIGNING.id)).toEqual(first.publicKey(SIGNING.arn));
    expect(await readdir(folder)).toEqual(['kms.json']);
  });

  it('stay when others join them, and when a template has them no more', async () => {
    const before = (await loadOrMakeKeyStore(folder, [SIGNING])).publicKey(SIGNING.arn);
    const another = keyOf('Witness-Signing', 'ECC_NIST_EDWARDS25519');
    const joined = await loadOrMakeKeyStore(folder, [another, SEAL]);
    expect(joined.publicKey(another.arn)).not.toEqual(before);
    expect(() => joined.publicKey(SIGNING.arn)).toThrow(TypeError);
    expect(() => joined.publicKey(SEAL.arn)).toThrow(TypeError);
    expect((await loadOrMakeKeyStore(folder, [SIGNING, another])).publicKey(SIGNING.arn)).toEqual(before);
  });

  it('are never made anew in place of what cannot be read, or is of another kind', async () => {
    const turned = { ...SIGNING, keySpec: 'HMAC_256' } as const;
    await expect(loadOrMakeKeyStore(folder, [turned])).rejects.toThrow(/another kind/);
    for (const text of ['', '{"half', '[]', '{"arn":{"keySpec":"RSA_2048","material":""}}']) {
      await writeFile(join(folder, 'kms.json'), text);
      await expect(loadOrMakeKeyStore(folder, [SIGNING])).rejects.toBeInstanceOf(Fault);
      expect(await readFile(join(folder, 'kms.json'), 'utf8')).toBe(text);
    }
  });
});
