import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newKeyFile, openKeys } from '../../../cli/fingerprint/keys.ts';
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
