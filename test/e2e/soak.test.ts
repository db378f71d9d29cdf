import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const PROJECT = join(import.meta.dirname, '../..');

// Minutes of it are for people to run. Here it is seen that a short one, too, ends as it began: with everything once.
it('loses nothing, and doubles nothing, while functions are killed and tables do not answer', async () => {
  const { stdout } = await run(process.execPath, ['bench/soak/run.ts', '--minutes', '0.25'], {
    cwd: PROJECT,
    maxBuffer: 2 ** 24,
  });
  expect(stdout).toMatch(/✓ acknowledged appends, each present once and as answered +[1-9]/);
  expect(stdout).toMatch(/✓ transfers whose obligations are right +[1-9]/);
  expect(stdout).toMatch(/✓ views equal to a rebuild +[1-9]/);
  expect(stdout).toMatch(/\n✓ everything holds\n/);
}, 400_000);
