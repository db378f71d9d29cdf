import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const PROJECT = join(import.meta.dirname, '../..');
const drill = (...options: string[]) =>
  run(process.execPath, ['local/drill.ts', ...options], { cwd: PROJECT });

// All of its cases are tried one by one on the functions alone, where that takes a fraction of the time. Here it is
// seen that the drill brings up, hears and puts right what it says: by the cases that it takes all who watch for.
it('shows, on a system of its own, who finds what is done to it', async () => {
  const { stdout } = await drill('--only', 'leaf hash changed', '--only', 'the whole');
  expect(stdout).toMatch(
    /✓ {2}leaf hash changed +stream +the ledger was changed behind its back +\d+\.\d s\n/,
  );
  expect(stdout).toMatch(/✓ {2}rolled back to an earlier state(?:.*\n)+? +reader +/);
  expect(stdout).toMatch(/✓ {2}forked, signed, archive emptied(?:.*\n)+? +witness +/);
  expect(stdout).toMatch(/\n✓ 5 of 5 found by everyone who had to, each with its alarm\n/);
  // It is not a terminal, so there is no colour; and a table that breaks over its lines is none.
  expect(stdout).not.toContain('\u001b');
  expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
});

it('says where there is nothing of the kind to try', async () => {
  const failure = await drill('--only', 'a moon').catch((error: { code: number; stderr: string }) => error);
  expect(failure).toMatchObject({ code: 2, stderr: 'no case has the words a moon\n' });
});
