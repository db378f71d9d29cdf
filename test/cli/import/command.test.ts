import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { amanat, type Environment, spawned, start } from '../amanat.ts';
import { csv, mappingJson } from './examples.ts';
import { LedgerDouble } from './ledger.ts';

const folder = mkdtempSync(join(tmpdir(), 'amanat-import-'));
const file = (name: string, content: string | Buffer) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const rows = Array.from({ length: 450 }, (_, i) => `${i},Agency ${i % 5},Bureau,Extract ${i},2016-01-01,x`);
const register = file('register.csv', csv(...rows));
const mapping = file('mapping.json', JSON.stringify(mappingJson()));

describe('the command', { timeout: 60_000 }, () => {
  let ledger: LedgerDouble;
  let server: Server;
  let url: string;
  beforeEach(async () => {
    ledger = new LedgerDouble();
    ({ server, url } = await ledger.listen());
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const target = () => ({ AMANAT_URL: url, AMANAT_TOKEN: 'steward:s' });

  test('records a register, tells how far it is, and writes its report', async () => {
    const report = join(folder, 'report.json');
    const { code, stdout, stderr } = await spawned(
      ['import', '-m', mapping, register, '--report', report],
      target(),
    );
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/450 of 450 rows, \d+\/s\n$/),
    });
    expect(stdout).toMatch(
      /^Import of register.csv into http:\S+ in [\d.]+ s\n450 rows, SHA-256 [0-9a-f]{64}\n/,
    );
    expect(ledger.transfers()).toHaveLength(450);
    const written: unknown = JSON.parse(readFileSync(report, 'utf8'));
    expect(written).toMatchObject({
      amanatImport: 1,
      url,
      counts: { recorded: 450, alreadyThere: 0, refused: 0 },
    });

    const again = await amanat(['import', '-m', mapping, register, '--report', report], target());
    expect(again.code).toBe(0);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      counts: { recorded: 0, alreadyThere: 450 },
    });
  });

  test.each([[[]], [['--state', join(folder, 'killed.state')]]])(
    'is killed in the middle and run again: the ledger is as if it had never been (%j)',
    async (options) => {
      const undisturbed = new LedgerDouble();
      const other = await undisturbed.listen();
      await amanat(['import', '-m', mapping, register], { AMANAT_URL: other.url, AMANAT_TOKEN: 'steward:s' });
      other.server.closeAllConnections();
      other.server.close();

      let child: ChildProcess | undefined;
      // Killed when it has sent its third hundred: that is taken in, and its answer gets lost.
      ledger.after = () => {
        if (ledger.transfers().length < 300) return undefined;
        child?.kill('SIGKILL');
        return 'broken';
      };
      child = start(['import', '-m', mapping, register, ...options], target());
      expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
      expect(ledger.transfers()).toHaveLength(300);

      ledger.after = () => undefined;
      const { code, stdout } = await amanat(['import', '-m', mapping, register, ...options], target());
      expect(code).toBe(0);
      expect(stdout).toMatch(/recorded +150\n +already there +300\n/);
      expect([...ledger.entries.keys()].sort()).toEqual([...undisturbed.entries.keys()].sort());
      expect(ledger.transfers()).toEqual(undisturbed.transfers());
    },
  );

  test('ends with its report when it is interrupted', async () => {
    let child: ChildProcess | undefined;
    ledger.before = () => {
      if (ledger.transfers().length >= 200) child?.kill('SIGINT');
      return ledger.transfers().length >= 200 ? 'broken' : undefined;
    };
    child = start(['import', '-m', mapping, register], target());
    let stdout = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(stdout).toMatch(/recorded +200\n/);
    expect(stdout).toMatch(/not sent +250\n/);
    expect(stdout).toMatch(/Stopped: interrupted\n$/);
  });

  test('answers 1 when rows are refused', async () => {
    const bad = file('bad.csv', csv('1,A,Bureau,B,never,x', '2,A,Bureau,B,2016,x'));
    const { code, stdout } = await spawned(['import', '-m', mapping, bad], target());
    expect(code).toBe(1);
    expect(stdout).toMatch(/1 row +\/handedOver\/earliest +\D+ +line 2\n/);
    expect(ledger.transfers()).toHaveLength(1);
  });

  test('sends nothing in a dry run, and asks for neither address nor token', async () => {
    const { code, stdout, stderr } = await amanat(['import', '-m', mapping, register, '--dry-run']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Dry run of register.csv: nothing was sent\n/);
    expect(ledger.requests).toEqual([]);
  });

  test('refuses the state file of another import before it sends anything', async () => {
    const state = file('other.state', 'x\n');
    const { code, stderr } = await amanat(['import', '-m', mapping, register, '--state', state], target());
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('no state file of an import'),
    });
    expect(ledger.requests).toEqual([]);
  });
});

describe('what cannot start says so in a line and answers 2', { timeout: 60_000 }, () => {
  const target = { AMANAT_URL: 'http://127.0.0.1:1', AMANAT_TOKEN: 'steward:s' };
  test.each<[string, string[], Environment, string]>([
    ['no mapping', [register], target, "error: required option '-m, --mapping <file>' not specified"],
    ['no file', ['-m', mapping], target, "error: missing required argument 'file'"],
    ['an unknown option', ['-m', mapping, register, '--fast'], target, "error: unknown option '--fast'"],
    ['no address', ['-m', mapping, register], {}, 'amanat: say where the API stands: --url or AMANAT_URL'],
    ['no token', ['-m', mapping, register, '--url', 'http://x'], {}, 'amanat: give a bearer token'],
    ['a bad address', ['-m', mapping, register, '--url', 'x:y'], target, 'amanat: --url must be an http'],
    ['nobody there', ['-m', mapping, register], target, 'amanat: http://127.0.0.1:1 does not answer'],
    ['no such register', ['-m', mapping, 'gone.csv', '-n'], {}, 'amanat: cannot read gone.csv: ENOENT'],
    ['no such mapping', ['-m', 'gone.json', register, '-n'], {}, 'amanat: cannot read gone.json: ENOENT'],
    ['a bad mapping', ['-m', register, register, '-n'], {}, 'amanat: the mapping is not JSON'],
    ['an empty register', ['-m', mapping, file('empty.csv', ''), '-n'], {}, 'amanat: the file is empty'],
  ])('%s', async (_, args, env, message) => {
    const { code, stdout, stderr } = await amanat(['import', ...args], env);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.startsWith(message)).toBe(true);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
