import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FINDINGS } from '../../../cli/verify/finding.ts';
import { amanat, spawned, start } from '../amanat.ts';
import { newFile, newPath } from './running.ts';
import { exampleEntries, LOG_KEY, ORIGIN, ServedLog } from './served-log.ts';

const ENTRIES = exampleEntries(300);

describe('the command', { timeout: 60_000 }, () => {
  let log: ServedLog;
  beforeEach(async () => {
    log = await ServedLog.of(ENTRIES);
  });
  afterEach(() => log.close());

  test('verifies a log and a receipt, by options and environment', async () => {
    const online = await spawned(['verify', '--key', LOG_KEY], {
      AMANAT_URL: log.url,
      AMANAT_TOKEN: log.token,
    });
    expect(online).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^300 of 300 entries, \d+\/s\n$/),
    });
    expect(online.stdout).toMatch(new RegExp(`\nOK the log ${ORIGIN} of size 300 is whole\n$`));
    expect(online.stdout).toContain('300 hashed and read');

    const files = ['--receipt', newFile(await log.receipt(7)), '--entry', newFile(ENTRIES[7] ?? '')];
    expect(await amanat(['verify', ...files, '--key', newFile(LOG_KEY)])).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await amanat(['verify', ...files, '--key', newPath()])).toMatchObject({ code: 2, stdout: '' });
  });

  test('ends at once when it is interrupted, and says so', async () => {
    let asked = () => {};
    const waiting = new Promise<void>((resolve) => {
      asked = resolve;
    });
    log.instead.set('/log/tile/0/001.p/44', () => asked());
    const child = start(['verify', '--url', log.url, '--key', LOG_KEY, '--state', newPath()]);
    let stdout = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    await waiting;
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(stdout).toBe('FAILED interrupted: interrupted before the end; nothing is known\n');
  });

  test('says what each exit code means, and takes no nonsense', async () => {
    const { code, stdout } = await amanat(['verify', '--help']);
    expect(code).toBe(0);
    const codes = Object.entries(FINDINGS).map(([name, [exit]]) => [exit, name]);
    expect(new Set(codes.map(([exit]) => exit)).size).toBe(codes.length);
    for (const [exit, name] of codes) expect(stdout).toMatch(new RegExp(`\n +${exit}  ${name} `));
    for (const args of [
      ['--quorum', '-1'],
      ['--parallel', '0'],
      ['--timeout', 'x'],
      ['--nonsense'],
      ['extra'],
    ])
      expect(await amanat(['verify', ...args])).toMatchObject({ code: 2, stdout: '' });
  });
});
