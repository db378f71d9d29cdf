import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildVerifier } from '../../../cli/bundle/build-verifier.ts';
import { composeBundle } from '../../../core/bundle/compose.ts';
import { type Files, zipOf } from '../../../core/bundle/container.ts';
import { exampleGrounds, LOG_KEY, SIZE, WITNESS_KEYS } from '../../core/bundle/example-case.ts';
import { amanat } from '../amanat.ts';

const folder = mkdtempSync(join(tmpdir(), 'amanat-bundle-'));
const path = (name: string) => join(folder, name);
let files: Files;

beforeAll(async () => {
  const verifier = await buildVerifier();
  files = composeBundle(await exampleGrounds(), verifier).files;
  writeFileSync(path('case.zip'), zipOf(files));
  unpack('unpacked');
  writeFileSync(path('log.vkey'), `${LOG_KEY}\n`);
  writeFileSync(path('w.vkey'), `${WITNESS_KEYS.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function unpack(name: string): string {
  for (const [file, bytes] of files) {
    mkdirSync(dirname(join(path(name), file)), { recursive: true });
    writeFileSync(join(path(name), file), bytes);
  }
  return path(name);
}

/** Runs the script that is in the bundle, with nothing around it. */
function run(...args: string[]): { code: number; stdout: string; stderr: string } {
  try {
    const stdout = execFileSync(process.execPath, [path('unpacked/verify.mjs'), ...args], {
      cwd: folder,
      env: {},
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return { code: 0, stdout, stderr: '' };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, stdout, stderr };
  }
}
const lastLine = (text: string) => text.trimEnd().split('\n').at(-1);
const TRUSTING = ['--key', 'log.vkey', '--witness', 'w.vkey'];
const OK = `OK case.zip is what the first ${SIZE} entries of log.example/amanat say of this case`;

describe('the verifier in a bundle', () => {
  it('is the same each time that it is built, and names no path of the machine', async () => {
    const [one, other] = await Promise.all([buildVerifier(), buildVerifier()]);
    expect(Buffer.compare(one, other)).toBe(0);
    const text = Buffer.from(one).toString();
    expect(text.includes(process.cwd())).toBe(false);
    // Node 20 has none of these, and no bundler makes up for them.
    expect(/\bgroupBy\(|fromAsync|withResolvers|\bisSubsetOf\b|RegExp\.escape|Promise\.try/.test(text)).toBe(
      false,
    );
    const imported = [...text.matchAll(/^import .* from "(.+)";$/gm)].map(([, name]) => name ?? '');
    expect(imported.filter((name) => !isBuiltin(name))).toEqual([]);
  });

  it('verifies the bundle that it came with, and the folder that this was unpacked into', () => {
    const { code, stdout } = run('case.zip', ...TRUSTING);
    expect([code, lastLine(stdout)]).toEqual([0, OK]);
    expect(stdout).toContain('  case         case-2026-17: Records of subscribers offered online\n');
    expect(run('unpacked', ...TRUSTING)).toMatchObject({ code: 0 });
  });

  it('says of whom no key was given that nobody vouches for it here', () => {
    const { code, stdout } = run('case.zip', '--key', LOG_KEY);
    expect(code).toBe(0);
    expect(stdout.match(/^ {2}not vouched {2}witness\.example/gm)).toHaveLength(2);
  });

  it('refuses a bundle of which one byte is changed, with the name of the file', () => {
    const zip = readFileSync(path('case.zip'));
    const at = zip.indexOf('<h1>');
    zip[at + 4] = (zip[at + 4] ?? 0) ^ 1;
    writeFileSync(path('changed.zip'), zip);
    const { code, stdout } = run('changed.zip', ...TRUSTING);
    expect([code, stdout]).toEqual([
      24,
      expect.stringMatching(
        /^FAILED file: report\.html: differs from byte \d+ on from what follows from the entries\n$/,
      ),
    ]);
  });

  it('refuses what is no plain file', () => {
    const linked = path('linked');
    cpSync(path('unpacked'), linked, { recursive: true });
    rmSync(join(linked, 'misp.json'));
    symlinkSync(path('unpacked/misp.json'), join(linked, 'misp.json'));
    expect(run('linked', ...TRUSTING)).toMatchObject({
      code: 24,
      stdout: 'FAILED file: misp.json: is no plain file\n',
    });
  });

  it.each([
    [[], /^node verify\.mjs/],
    [['case.zip'], /^give the key of the log/],
    [['case.zip', '--key', 'nowhere'], /^nowhere is no verifier key, and no file/],
    [['nowhere.zip', '--key', LOG_KEY], /^cannot read nowhere\.zip/],
    [['case.zip', '--key', LOG_KEY, '--quorum', 'x'], /^--quorum takes a whole number/],
    [['case.zip', '--wrong'], /Unknown option '--wrong'/],
  ])('does not start with %j', (args, said) => {
    expect(run(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(said) });
  });

  it('is what amanat bundle --verify does', async () => {
    const verified = await amanat(['bundle', '--verify', path('case.zip'), '--key', LOG_KEY]);
    expect([verified.code, lastLine(verified.stdout)]).toEqual([0, OK.replace('case.zip', path('case.zip'))]);
    const refused = await amanat(['bundle', '--verify', path('changed.zip'), '--key', LOG_KEY]);
    expect([refused.code, refused.stdout]).toEqual([
      24,
      expect.stringContaining('FAILED file: report.html: '),
    ]);
    for (const args of [
      ['bundle'],
      ['bundle', '--verify', 'x', '--incident', 'y'],
      ['bundle', '--verify', 'x'],
    ])
      expect(await amanat(args)).toMatchObject({ code: 2 });
  });
});
