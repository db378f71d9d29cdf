import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newKeyFile, openKeys } from '../../../cli/fingerprint/keys.ts';
import { commitmentTo, openCanaries } from '../../../core/fingerprint/canaries/list.ts';
import { amanat, spawned } from '../amanat.ts';
import { csvOf, fileWith, fingerprints, folder } from '../fingerprint/support.ts';

const keyFile = join(folder, 'canary.key');
newKeyFile(keyFile);
const keyed = ['--key-file', keyFile, '--provider', 'telecom-authority', '--epoch', '2026'];
const columns = ['msisdn=Number', 'cnic=CNIC', 'name=Name', 'address=Address'].flatMap((each) => [
  '-c',
  each,
]);
const ranges = ['--msisdn-range', '923009990000-923009999999', '--cnic-range', '3520299900000-3520299999999'];

const run = (...args: string[]) => amanat([...args, ...keyed]);

const path = (name: string) => join(folder, name);

/** In no order of their ids. */
function shuffled(csv: string): string {
  const [header = '', ...lines] = csv.trimEnd().split('\n');
  const at = (line: string) => Number([...line.slice(0, 11)].reverse().join(''));
  return [header, ...lines.toSorted((a, b) => at(a) - at(b)), ''].join('\n');
}

describe('amanat canary', { timeout: 60_000 }, () => {
  test('plants records that pass for the file’s own, commits to them, and finds them in a leak', async () => {
    const original = shuffled(csvOf(2_000))
      .replaceAll('\n', '\r\n')
      .replaceAll(/(?<=Lahore")/g, ',Prepaid')
      .replace('Address', 'Address,Tariff');
    const file = fileWith('canary-original.csv', original);
    const [out, list] = [path('planted.csv'), path('canaries.list')];
    const { code, stdout, stderr } = await spawned([
      ...['canary', 'new', file, ...columns, ...ranges, ...keyed],
      ...['--sample', 'Tariff', '-n', '25', '-o', out, '--list', list],
    ]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(
        /^canary-original\.csv: 25 canaries among 2,025 rows of .*; a leak of 1,500 of them shows one with probability over 0\.99\n$/,
      ),
    });
    const { canaries } = JSON.parse(stdout);
    const keys = await openKeys({ keyFile, provider: 'telecom-authority', epoch: '2026' });
    const opened = openCanaries(readFileSync(list), keys);
    expect(commitmentTo(opened)).toEqual(canaries);
    expect(statSync(list).mode & 0o777).toBe(0o600);

    const before = new Set(original.split('\r\n'));
    const after = readFileSync(out, 'utf8').split('\r\n');
    const added = after.filter((line) => !before.has(line));
    expect(added).toHaveLength(25);
    expect(after.filter((line) => before.has(line)).join('\r\n')).toBe(original);
    for (const line of added)
      expect(line).toMatch(
        /^0300999\d{4},35202-999\d{4}-\d,[A-Z][a-z]+ [A-Z][a-z]+,"House \d+, Street \d+, [A-Z][A-Za-z0-9 ,-]+",Prepaid$/,
      );
    // Not all at one place.
    expect(
      added.some((line) => after.indexOf(line) < 700) && added.some((line) => after.indexOf(line) > 1_300),
    ).toBe(true);
    expect((await fingerprints(out)).seen.rejected).toEqual({});

    const leak = fileWith(
      'canary-leak.csv',
      [
        'Number,Name',
        ...added
          .slice(0, 3)
          .map((line) => line.split(','))
          .map(([number, , name]) => `+92${number?.slice(1)},${name}`),
        '03001234567,Ali',
        '',
      ].join('\n'),
    );
    const found = await run('canary', 'find', leak, '-c', 'msisdn=Number', '-c', 'name=Name', '--list', list);
    expect(found.code).toBe(0);
    expect(JSON.parse(found.stdout)).toMatchObject({
      sample: { rows: 4 },
      lists: [{ list: 'canaries.list', ...canaries, found: 3, expected: 0.05 }],
    });
    expect(JSON.parse(found.stdout).lists[0].hits.map(({ row }: { row: number }) => row)).toEqual([1, 2, 3]);
  });

  test('puts them where they belong when the file is in order', async () => {
    const file = fileWith('ordered.csv', csvOf(300, 9_990_900));
    const out = path('ordered-planted.csv');
    const { code } = await run(
      ...['canary', 'new', file, ...columns, '-n', '20', '-o', out, '--list', path('ordered.list')],
      ...['--msisdn-range', '923009990000-923009990899', '--msisdn-range', '923009991200-923009991999'],
      ...['--cnic-range', '3520299900000-3520299999999'],
    );
    expect(code).toBe(0);
    const numbers = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.slice(0, 11));
    expect(numbers).toHaveLength(320);
    expect(numbers).toEqual(numbers.toSorted());
  });

  const small = fileWith('canary-small.csv', csvOf(50));
  const list = path('refused.list');
  test.each<[string, string[], RegExp]>([
    [
      'no range',
      ['new', small, ...columns, '-n', '5'],
      /^amanat: --msisdn-range must set aside at least as many as there are canaries, 5$/,
    ],
    [
      'a range too small',
      ['new', small, ...columns, '--msisdn-range', '923009990000-923009990003', '-n', '5'],
      /^amanat: --msisdn-range must set aside/,
    ],
    [
      'a range of something else',
      ['new', small, ...columns, '--msisdn-range', '0300999-0300998', '-n', '5'],
      /^amanat: --msisdn-range takes the first and last of numbers/,
    ],
    [
      'a range that people have',
      [
        'new',
        small,
        ...columns,
        '--msisdn-range',
        '923000000040-923000000060',
        '--cnic-range',
        '3520299900000-3520299999999',
        '-n',
        '5',
      ],
      /^amanat: the ranges are not set aside: ids from them stand in 10 of the rows$/,
    ],
    [
      'a column of which nothing was said',
      ['new', small, '-c', 'msisdn=Number', ...ranges, '-n', '5'],
      /^amanat: say what canaries have in column 2: /,
    ],
    [
      'another form',
      [
        'new',
        fileWith('c.ndjson', '{"Number":"03001234567"}\n'),
        '-c',
        'msisdn=Number',
        ...ranges,
        '-n',
        '5',
      ],
      /^amanat: canaries go into CSV/,
    ],
    [
      'a file that is cut off',
      ['new', fileWith('c-cut.csv', csvOf(9).slice(0, -15)), ...columns, ...ranges, '-n', '5'],
      /never closed/,
    ],
  ])('refuses %s, and leaves nothing', async (name, args, message) => {
    const place = path(`canary-${name}`);
    mkdirSync(place);
    const { code, stdout, stderr } = await run(
      ...['canary', ...args, '-o', join(place, 'out'), '--list', join(place, 'list')],
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd()).toMatch(message);
    expect(readdirSync(place)).toEqual([]);
  });

  test('says what is wrong with a list', async () => {
    const plant = ['canary', 'new', small, ...columns, ...ranges, '-n', '5', '-o', path('p.csv')];
    expect((await run(...plant, '--list', list)).code).toBe(0);
    const find = (file: string) => run('canary', 'find', small, ...columns, '--list', file);
    expect(await find(list)).toMatchObject({ code: 0 });
    const other = fileWith(
      'other.list',
      readFileSync(list, 'utf8').replace('"epoch":"2026"', '"epoch":"2025"'),
    );
    expect(await find(other)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'amanat: made in epoch 2025, and the key is of 2026\n',
    });
    expect(await find(small)).toMatchObject({ code: 2, stderr: 'amanat: the file is no list of canaries\n' });
    expect(await find(path('gone.list'))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^amanat: cannot read .*gone\.list: ENOENT\n$/),
    });
  });
});
