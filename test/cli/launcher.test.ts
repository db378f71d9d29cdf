import { execFileSync, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const launcher = join(root, 'cli', 'amanat.mjs');
const { version, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  bin: Record<string, string>;
};

/** A Node of the machine that does not run TypeScript, if it has one. */
const older = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find((path) => {
    try {
      accessSync(path, constants.X_OK);
      const found = execFileSync(path, ['--version'], { encoding: 'utf8' });
      return Number.parseInt(found.slice(1), 10) < 24 && Number.parseInt(found.slice(1), 10) >= 20;
    } catch {
      return false;
    }
  });

const launch = (node: string, args: readonly string[], path = launcher) =>
  spawnSync(node, [path, ...args], { encoding: 'utf8' });

test('the package has the launcher as its command', () => {
  expect(join(root, bin['amanat'] ?? '')).toBe(launcher);
  accessSync(launcher, constants.X_OK);
});

describe('the launcher', { timeout: 60_000 }, () => {
  test('runs the command line on a Node that can', () => {
    expect(launch(process.execPath, ['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
    expect(launch(process.execPath, ['import'])).toMatchObject({ status: 2, stdout: '' });
  });

  test.skipIf(!older)(
    `runs it with the bundled Node on an older one${older ? '' : ' (there is none)'}`,
    () => {
      expect(launch(older ?? '', ['--version'])).toMatchObject({
        status: 0,
        stdout: `${version}\n`,
        stderr: '',
      });
      // Arguments and exit codes pass through.
      const refused = launch(older ?? '', ['import', 'a b.csv', '-m', '$x "y"', '--dry-run']);
      expect(refused).toMatchObject({ status: 2, stderr: 'amanat: cannot read $x "y": ENOENT\n' });
    },
  );

  test.skipIf(!older)(
    `says what is missing where nothing is installed${older ? '' : ' (no older Node)'}`,
    () => {
      const bare = mkdtempSync(join(tmpdir(), 'amanat-bare-'));
      mkdirSync(join(bare, 'cli'));
      copyFileSync(launcher, join(bare, 'cli', 'amanat.mjs'));
      const { status, stderr } = launch(older ?? '', ['--version'], join(bare, 'cli', 'amanat.mjs'));
      expect({ status, stderr }).toEqual({
        status: 2,
        stderr: expect.stringMatching(/^amanat: needs Node 24 or later, or "npm ci" in \S+\n$/),
      });
    },
  );

  test('works through a link, as npm puts it into node_modules/.bin', () => {
    const folder = mkdtempSync(join(tmpdir(), 'amanat-bin-'));
    symlinkSync(launcher, join(folder, 'amanat'));
    expect(launch(process.execPath, ['--version'], join(folder, 'amanat'))).toMatchObject({ status: 0 });
    expect(spawnSync(join(folder, 'amanat'), ['--version'], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stdout: `${version}\n`,
    });
  });
});
