import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { newKeyFile, openKeys } from '../../../cli/fingerprint/keys.ts';
import { type KeyStore, loadOrMakeKeyStore } from '../../../local/kms/keys.ts';
import { startKms } from '../../../local/kms/server.ts';
import type { Loopback } from '../../../local/loopback.ts';
import type { KmsKey } from '../../../local/template/keys.ts';
import { fileWith, folder } from './support.ts';

const asked = { provider: 'telecom-authority', epoch: '2026' };

describe('a key file', () => {
  const path = join(folder, 'key');
  const keyId = newKeyFile(path);

  test('can be read by its owner alone, and names itself without telling', async () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(keyId).toMatch(/^file:[0-9a-f]{16}$/);
    const keys = await openKeys({ ...asked, keyFile: path });
    expect(keys).toMatchObject({ keyId, ...asked });
    expect(readFileSync(path, 'latin1')).not.toContain(keyId.slice(5));
  });

  test('is another each time, and never made over one that is there', async () => {
    expect(newKeyFile(join(folder, 'key-2'))).not.toBe(keyId);
    const before = readFileSync(path);
    expect(() => newKeyFile(path)).toThrow(/^cannot make .*key: EEXIST$/);
    expect(readFileSync(path)).toEqual(before);
  });

  test.each([0o640, 0o604, 0o644])('that others can read (%o) is refused', async (mode) => {
    const open = fileWith('open-key', readFileSync(path));
    chmodSync(open, mode);
    await expect(openKeys({ ...asked, keyFile: open })).rejects.toThrow('can be read by others');
  });

  test('that is none is refused', async () => {
    const none = fileWith('no-key', 'amanat-key-1 short\n');
    chmodSync(none, 0o600);
    await expect(openKeys({ ...asked, keyFile: none })).rejects.toThrow('is no key file');
    await expect(openKeys({ ...asked, keyFile: join(folder, 'gone') })).rejects.toThrow(
      /^cannot read .*: ENOENT$/,
    );
  });
});

test.each([
  [{ provider: 'Telecom Authority' }, '--provider must be the id of an agency'],
  [{ epoch: '20 26' }, '--epoch must be'],
  [{ epoch: '2026|x' }, '--epoch must be'],
  [{}, 'say where the key is: either --key-file or --kms-key'],
  [{ keyFile: 'a', kmsKey: 'b' }, 'say where the key is: either --key-file or --kms-key'],
])('what names no key is refused: %j', async (change, message) => {
  await expect(openKeys({ ...asked, ...change })).rejects.toThrow(message);
});

describe('a key in KMS', () => {
  const key = (id: string, keySpec: KmsKey['keySpec']): KmsKey => ({
    id,
    arn: `arn:aws:kms:us-east-1:000000000000:key/${id}`,
    keySpec,
  });
  const [hmacKey, signingKey] = [key('fingerprints', 'HMAC_256'), key('signing', 'ECC_NIST_EDWARDS25519')];
  let store: KeyStore;
  let server: Loopback;
  beforeAll(async () => {
    mkdirSync(join(folder, 'kms'));
    store = await loadOrMakeKeyStore(join(folder, 'kms'), [hmacKey, signingKey]);
    server = await startKms(store);
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', server.url);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server.stop();
  });

  test('gives the same keys each time, and others for another epoch', async () => {
    const keys = await openKeys({ ...asked, kmsKey: hmacKey.arn });
    expect(keys.keyId).toBe(hmacKey.arn);
    expect((await openKeys({ ...asked, kmsKey: hmacKey.arn })).keyCheck).toBe(keys.keyCheck);
    expect((await openKeys({ ...asked, epoch: '2027', kmsKey: hmacKey.arn })).keyCheck).not.toBe(
      keys.keyCheck,
    );
  });

  test.each([signingKey.arn, `${hmacKey.arn}-gone`])(
    'that makes no MACs is named by what KMS says: %s',
    async (kmsKey) => {
      await expect(openKeys({ ...asked, kmsKey })).rejects.toThrow(
        /^KMS does not use the key: [A-Z][A-Za-z]+Exception$/,
      );
    },
  );
});
