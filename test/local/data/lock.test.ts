import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLocked, lockFolder } from '../../../local/data/lock.ts';

const LOCK = new URL('../../../local/data/lock.ts', import.meta.url).href;

/** Another process that has the folder, until it is killed. */
async function holder(folder: string) {
  const child = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { lockFolder } from ${JSON.stringify(LOCK)};
     lockFolder(${JSON.stringify(folder)});
     process.stdout.write('held');
     setInterval(() => undefined, 1000);`,
  ]);
  await once(child.stdout, 'data');
  return child;
}

describe('the lock of a data folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is one process’s at a time, and free when released', () => {
    expect(isLocked(folder)).toBe(false);
    const lock = lockFolder(folder);
    lock.release();
    expect(isLocked(folder)).toBe(false);
    lockFolder(folder).release();
  });

  it('is refused while another process has it, and free as soon as that is killed', async () => {
    const child = await holder(folder);
    expect(isLocked(folder)).toBe(true);
    expect(() => lockFolder(folder)).toThrow(/is in use: another `npm start` runs on it/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isLocked(folder)).toBe(false);
    lockFolder(folder).release();
  });

  it('says of a folder that is not there that nobody has it', () => {
    expect(isLocked(join(folder, 'nowhere'))).toBe(false);
  });
});
