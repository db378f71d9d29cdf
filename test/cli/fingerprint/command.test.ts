import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { newKeyFile } from '../../../cli/fingerprint/keys.ts';
import { inMemory, openFingerprints } from '../../../core/fingerprint/open.ts';
import { TransferRecord } from '../../../core/model/transfer.ts';
import { amanat, spawned, start } from '../amanat.ts';
import { csvOf, fileWith, folder, written } from './support.ts';

const key = join(folder, 'command.key');
newKeyFile(key);
const keyed = ['--key-file', key, '--provider', 'telecom-authority', '--epoch', '2026'];
const columns = ['-c', 'msisdn=Number', '-c', 'cnic=CNIC'];
const dataset = fileWith('dataset.csv', csvOf(500));

/** Where the open files of a process are. */
function openFilesOf(pid = 0): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

describe('amanat fingerprint', { timeout: 60_000 }, () => {
  const devices = fileWith('mark.json', JSON.stringify({ canaries: { count: 3, sha256: 'a'.repeat(64) } }));

  test('writes the file, and prints the parts of the record that follow from it', async () => {
    const out = join(folder, 'command.fingerprints');
    const { code, stdout, stderr } = await spawned([
      ...['fingerprint', dataset, ...keyed, ...columns, '-c', 'address=Address', '-o', out],
      ...['--extracted', '2026-03-31', '--recipient', 'hill-it-board', '--with', devices],
    ]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(
        /^dataset\.csv: 500 rows in [\d.]+ s, [\d,]+ a second\n.*command\.fingerprints: msisdn, cnic, msisdn\+cnic, cnic\+address; [\d,]+ bytes, [\d.]+ a row and set\nSHA-256 [0-9a-f]{64}\n$/,
      ),
    });
    const parts = JSON.parse(stdout);
    const { fingerprint, manifest, format, volume, canaries } = TransferRecord.shape;
    expect(fingerprint.parse(parts.fingerprint)).toMatchObject({ rows: 500, epoch: '2026' });
    expect(manifest.parse(parts.manifest)).toMatchObject([{ file: 'dataset.csv', rows: 500 }]);
    expect(format.parse(parts.format)).toEqual({
      headers: ['Number', 'CNIC', 'Name', 'Address'],
      delimiter: ',',
      encoding: 'utf-8',
      idStyle: { msisdn: 'national', cnic: 'dashed' },
    });
    expect(volume.parse(parts.volume)).toMatchObject({ rows: 500, exact: true });
    expect(canaries.parse(parts.canaries)).toEqual({ count: 3, sha256: 'a'.repeat(64) });
    const { header } = await openFingerprints(inMemory(readFileSync(out)), parts.fingerprint.sha256);
    expect(header).toMatchObject({
      kind: 'transfer',
      provider: 'telecom-authority',
      recipient: 'hill-it-board',
      extractedAt: '2026-03-31T00:00:00.000Z',
      canaries: { count: 3 },
    });
  });

  test('tells nothing of the rows that it could not take', async () => {
    const secret = `${written(7).number}77,Zaighum-Private,x,y\n`;
    const path = fileWith('secret.csv', `${csvOf(10)}${secret}`);
    for (const more of [[], ['--max-rejects', '50']]) {
      const { stdout, stderr } = await amanat([
        ...['fingerprint', path, ...keyed, ...columns, '--extracted', '2026-03-31'],
        ...['-o', join(folder, 's'), ...more],
      ]);
      expect(stderr).toMatch(/1 length|1 malformed/);
      expect(stdout + stderr).not.toMatch(/Zaighum|0300000000777|923000000007/);
    }
  });

  test.each<[string, string[], RegExp]>([
    [
      'no columns',
      ['fingerprint', dataset, ...keyed, '--extracted', '2026-01-01', '-o', 'x'],
      /^amanat: say which columns hold what/,
    ],
    [
      'no key',
      [
        'fingerprint',
        dataset,
        ...columns,
        '--provider',
        'a',
        '--epoch',
        '1',
        '--extracted',
        '2026-01-01',
        '-o',
        'x',
      ],
      /^amanat: say where the key is/,
    ],
    [
      'a field that there is not',
      ['fingerprint', dataset, ...keyed, '-c', 'phone=Number', '--extracted', '2026-01-01', '-o', 'x'],
      /^amanat: --column knows no field phone: msisdn, /,
    ],
    [
      'a set that there is not',
      [
        'fingerprint',
        dataset,
        ...keyed,
        ...columns,
        '--sets',
        'name',
        '--extracted',
        '2026-01-01',
        '-o',
        'x',
      ],
      /^amanat: --sets knows no name: /,
    ],
    [
      'no day',
      ['fingerprint', dataset, ...keyed, ...columns, '--extracted', '2026-02-30', '-o', 'x'],
      /^amanat: --extracted takes a day/,
    ],
    [
      'no transfer',
      [
        'fingerprint',
        dataset,
        ...keyed,
        ...columns,
        '--extracted',
        '2026-02-03',
        '--transfer',
        '7',
        '-o',
        'x',
      ],
      /^amanat: --transfer takes an id/,
    ],
    [
      'no percentage',
      [
        'fingerprint',
        dataset,
        ...keyed,
        ...columns,
        '--extracted',
        '2026-02-03',
        '--max-rejects',
        '101',
        '-o',
        'x',
      ],
      /^amanat: --max-rejects takes/,
    ],
    [
      'no mapping',
      ['fingerprint', dataset, ...keyed, '-m', dataset, '--extracted', '2026-02-03', '-o', 'x'],
      /^amanat: the mapping is not JSON$/,
    ],
    [
      'a mapping of something else',
      ['fingerprint', dataset, ...keyed, '-m', devices, '--extracted', '2026-02-03', '-o', 'x'],
      /^amanat: the mapping does not hold up: /,
    ],
    [
      'other devices',
      [
        'fingerprint',
        dataset,
        ...keyed,
        ...columns,
        '--with',
        dataset,
        '--extracted',
        '2026-02-03',
        '-o',
        'x',
      ],
      /dataset\.csv is not JSON$/,
    ],
    [
      'no output',
      ['fingerprint', dataset, ...keyed, ...columns, '--extracted', '2026-02-03'],
      /^error: required option '-o, --out <file>'/,
    ],
    [
      'a frame without a date',
      ['frame', dataset, ...keyed, ...columns, '-o', 'x'],
      /^error: required option '--date/,
    ],
    ['a key file that is there', ['fingerprint-key', 'new', key], /^amanat: cannot make .*: EEXIST$/],
  ])('says in a line what it cannot start with, and answers 2: %s', async (_, args, message) => {
    const { code, stdout, stderr } = await amanat(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test.skipIf(process.platform !== 'linux').each(['SIGKILL', 'SIGINT'] as const)(
    'leaves nothing when it is ended by %s',
    async (signal) => {
      const place = join(folder, signal);
      mkdirSync(place);
      const large = fileWith('large.csv', csvOf(400_000));
      const child = start([
        'fingerprint',
        large,
        ...keyed,
        ...columns,
        '--extracted',
        '2026-03-31',
        '-o',
        join(place, 'out'),
      ]);
      let ended = false;
      const end = once(child, 'exit').then((how) => {
        ended = true;
        return how as [number | null, NodeJS.Signals | null];
      });
      // It reads once its spill files are open, for as long as this takes.
      while (!ended && !openFilesOf(child.pid).some((path) => path.startsWith(join(place, '.amanat-'))))
        await pause(10);
      child.kill(signal);
      expect(await end).toEqual(signal === 'SIGKILL' ? [null, 'SIGKILL'] : [130, null]);
      expect(readdirSync(place)).toEqual([]);
    },
  );
});

test('amanat frame fingerprints master data at a date', { timeout: 60_000 }, async () => {
  const out = join(folder, 'frame');
  const { code, stdout } = await amanat([
    ...['frame', dataset, ...keyed, ...columns],
    ...['--date', '2026-01-01', '-o', out],
  ]);
  expect(code).toBe(0);
  const { frame } = JSON.parse(stdout);
  expect(frame).toMatchObject({
    rows: 500,
    holder: 'telecom-authority',
    extractedAt: '2026-01-01T00:00:00.000Z',
  });
  const { header } = await openFingerprints(inMemory(readFileSync(out)), frame.sha256);
  expect(header.kind).toBe('frame');
});
