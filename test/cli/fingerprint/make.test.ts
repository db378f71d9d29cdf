import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { Interrupted, UsageError } from '../../../cli/failure.ts';
import { testKeys } from '../../core/fingerprint/files.ts';
import { csvOf, fileWith, fingerprints, folder, has, person, written } from './support.ts';

const COUNT = 30_000;
const csv = csvOf(COUNT);
const people = Array.from({ length: COUNT }, (_, n) => person(n));
const strangers = Array.from({ length: 2_000 }, (_, n) => person(COUNT + n));

describe('the fingerprints of a dataset', { timeout: 60_000 }, () => {
  test('hold all its rows and no others', async () => {
    const { file, seen, sets } = await fingerprints(fileWith('a.csv', csv));
    expect(sets).toEqual(['msisdn', 'cnic', 'msisdn+cnic']);
    expect(seen).toEqual({
      rows: COUNT,
      rejected: {},
      styles: { msisdn: { national: 96 }, cnic: { dashed: 96 } },
    });
    expect(file.distinct('msisdn+cnic')).toBe(COUNT);
    expect(file.strata('cnic')).toEqual({ 3: COUNT });
    expect(await has(file, people)).not.toContain(0);
    expect((await has(file, strangers)).filter((flag) => flag === 1).length).toBeLessThan(3);
  });

  test('are the same bytes whatever the form of the dataset, and however many threads read it', async () => {
    const rows = Array.from({ length: COUNT }, (_, n) => written(n));
    const column = (name: keyof (typeof rows)[number]) => rows.map((row) => row[name]);
    const ndjson = rows.map(({ number, cnic, ...rest }) =>
      JSON.stringify({ Number: number, CNIC: cnic, ...rest }),
    );
    const parquet = (codec: 'SNAPPY' | 'UNCOMPRESSED') =>
      parquetWriteBuffer({
        columnData: [
          { name: 'CNIC', data: people.map(([, id = 0]) => BigInt(id)), type: 'INT64' },
          { name: 'Address', data: column('address'), type: 'STRING' },
          { name: 'Number', data: column('number'), type: 'STRING' },
          { name: 'Name', data: column('name'), type: 'STRING' },
        ],
        rowGroupSize: 7_000,
        codec,
      });
    const big = `${csv.split('\n')[0]}\n${csvOf(COUNT).split('\n').slice(1).join('\n').repeat(4)}`;
    const columns = { column: ['msisdn=Number', 'cnic=CNIC', 'address=Address'] };
    const { fileBytes } = await fingerprints(fileWith('a.csv', csv), columns);
    const others = {
      'semicolons.csv': csvOf(COUNT).replace(/("[^"\n]*(?:""[^"\n]*)*")|,/g, (all, quoted) =>
        quoted ? all : ';',
      ),
      'crlf.csv': csv.replaceAll('\n', '\r\n'),
      'marked.csv': `\uFEFF${csv}`,
      'utf-16.csv': Buffer.from(`\uFEFF${csv}`, 'utf16le'),
      'a.ndjson': ndjson.join('\n').replaceAll('"address"', '"Address"'),
      'plain.parquet': parquet('UNCOMPRESSED'),
      'snappy.bin': parquet('SNAPPY'),
    };
    for (const [name, content] of Object.entries(others)) {
      const other = await fingerprints(fileWith(name, content), columns);
      expect([name, Buffer.compare(other.fileBytes, fileBytes)]).toEqual([name, 0]);
    }
    const [one, three] = [
      await fingerprints(fileWith('big.csv', big), { ...columns, threads: 1 }),
      await fingerprints(fileWith('big.csv', big), { ...columns, threads: 3 }),
    ];
    expect(one.seen.rows).toBe(4 * COUNT);
    expect(one.file.distinct('cnic+address')).toBe(COUNT);
    expect(Buffer.compare(one.fileBytes, three.fileBytes)).toBe(0);
  });

  test('are made of columns by name, by number, or by a mapping file', async () => {
    const { sha256 } = await fingerprints(fileWith('a.csv', csv));
    const mapping = fileWith(
      'mapping.json',
      JSON.stringify({
        amanatColumns: 1,
        columns: { cnic: { column: 'CNIC', numeric: true }, msisdn: 'Number' },
        delimiter: ',',
      }),
    );
    expect((await fingerprints(fileWith('a.csv', csv), { column: [], mapping })).sha256).toBe(sha256);
    expect((await fingerprints(fileWith('a.csv', csv), { column: ['cnic=#2', 'msisdn=#1'] })).sha256).toBe(
      sha256,
    );
    const bare = fileWith('bare.csv', csv.slice(csv.indexOf('\n') + 1));
    expect((await fingerprints(bare, { column: ['cnic=#2', 'msisdn=#1'], header: false })).sha256).toBe(
      sha256,
    );
  });

  test('are of as many rows as could be read, and count the others by reason', async () => {
    const rows = [
      'Number,CNIC',
      ...Array.from({ length: 96 }, (_, n) => `${written(n).number},${written(n).cnic}`),
    ];
    const dirty = [
      ...rows,
      'n/a,35202-9000001-1',
      '9.2E+11,1111111111111',
      ',35202-9000002-1',
      '03001234567',
    ];
    const path = fileWith('dirty.csv', dirty.join('\n'));
    await expect(fingerprints(path)).rejects.toThrow('the file ends within a row, after 1 of its cells');
    const whole = fileWith('dirty.csv', `${dirty.join('\n')}\n`);
    await expect(fingerprints(whole)).rejects.toThrow(
      'msisdn could not be normalised in 4 % of 100 rows (1 empty, 1 malformed, 1 spreadsheet); more than 2 %',
    );
    const { seen, file } = await fingerprints(whole, { maxRejects: ['5'] });
    expect(seen.rejected).toEqual({
      row: { ragged: 1 },
      msisdn: { malformed: 1, spreadsheet: 1, empty: 1 },
      cnic: { repeated: 1 },
    });
    expect(file.header.rejected).toEqual(seen.rejected);
    expect([file.distinct('msisdn'), file.distinct('cnic'), file.distinct('msisdn+cnic')]).toEqual([
      96, 98, 96,
    ]);
    await expect(fingerprints(whole, { maxRejects: ['cnic=5'] })).rejects.toThrow('msisdn could not');
    expect((await fingerprints(whole, { maxRejects: ['cnic=5', 'msisdn=4'] })).seen.rows).toBe(100);
  });

  test('of a column of numbers have back the zeros that were lost, if it is said so', async () => {
    const rows = ['Number,CNIC', '03001234567,520212345671'].join('\n');
    await expect(fingerprints(fileWith('zeros.csv', rows))).rejects.toThrow('1 length');
    const { file } = await fingerprints(fileWith('zeros.csv', rows), { numeric: ['cnic'] });
    expect(await has(file, [[923_001_234_567, 520_212_345_671]])).toEqual([1]);
  });

  test('depend on the key, the epoch and the provider', async () => {
    const path = fileWith('few.csv', csvOf(100));
    const all = await Promise.all(
      [await testKeys(), await testKeys('b'), await testKeys('a', '2027')].map(async (keys, at) =>
        fingerprints(path, { keys, out: join(folder, `keyed-${at}`) }),
      ),
    );
    const first = await Promise.all(all.map(async ({ file }) => (await file.sketch('cnic')).keys[0]));
    expect(new Set(first).size).toBe(3);
  });
});

describe('what is no dataset is refused, with nothing left of it', { timeout: 60_000 }, () => {
  const ndjson = Array.from({ length: 100 }, (_, n) =>
    JSON.stringify({ Number: written(n).number, CNIC: written(n).cnic }),
  );
  const parquet = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'Number', data: ['03001234567'] },
        { name: 'CNIC', data: ['3520212345671'] },
      ],
    }),
  );
  const damaged = Uint8Array.from(parquet).fill(0x55, 6, 60);
  const small = csvOf(100);
  const latin = Buffer.from(small.replaceAll('Ali', 'Al\u00ed'), 'latin1');

  test.each<[string, string, string | Uint8Array, Parameters<typeof fingerprints>[1], RegExp]>([
    ['an empty file', 'empty.csv', '', {}, /^the file is empty$/],
    ['a header alone', 'header.csv', 'Number,CNIC\n', {}, /^the file has no rows$/],
    [
      'another column',
      'other.csv',
      small,
      { column: ['cnic=NIC'] },
      /^there is no column NIC for cnic among the 4 of the file$/,
    ],
    [
      'a column beyond the last',
      'other.csv',
      small,
      { column: ['cnic=#5'] },
      /^there is no column #5 for cnic/,
    ],
    [
      'a column that stands twice',
      'twice.csv',
      'CNIC,CNIC\n1,2\n',
      { column: ['cnic=CNIC'] },
      /^2 columns are called CNIC: give its number/,
    ],
    [
      'no header line',
      'bare.csv',
      small.slice(small.indexOf('\n') + 1),
      { column: ['cnic=#2'] },
      /^the first row seems to hold data/,
    ],
    [
      'the wrong column',
      'wrong.csv',
      small,
      { column: ['cnic=Name'] },
      /^cnic could not be normalised in 100 % of 100 rows \(100 malformed\)/,
    ],
    [
      'a file that is cut off',
      'cut.csv',
      small.slice(0, -15),
      {},
      /^a quote is opened and never closed, \d+ bytes ahead of the end: is the file cut off\?$/,
    ],
    [
      'one cut off between cells',
      'cut2.csv',
      `${small}0300`,
      {},
      /^the file ends within a row, after 1 of its cells: is it cut off\?$/,
    ],
    ['a line without end', 'long.csv', `Number,CNIC\n${'1'.repeat(5 * 2 ** 20)}`, {}, /is longer than 1 MB/],
    [
      'a quote left open',
      'open.csv',
      `Number,CNIC\n1,"${'2,3\n'.repeat(2 ** 20)}`,
      {},
      /is longer than 1 MB: is a quote left open/,
    ],
    ['another encoding', 'latin.csv', latin, {}, /^the file is not utf-8: say by --encoding what it is$/],
    ['UTF-16 without its mark', 'bare16.csv', Buffer.from(small, 'utf16le'), {}, /NUL characters/],
    [
      'UTF-16 cut within a character',
      'odd16.csv',
      Buffer.from(`\uFEFF${small}`, 'utf16le').subarray(0, 501),
      {},
      /^the file is not utf-16le/,
    ],
    ['line ends of another age', 'cr.csv', small.replaceAll('\n', '\r'), {}, /CR alone/],
    [
      'rows of other widths',
      'ragged.csv',
      small.replaceAll('Lahore"', 'Lahore",more'),
      {},
      /^100 % of 100 rows could not be read \(100 ragged\)/,
    ],
    [
      'NDJSON that is cut off',
      'cut.ndjson',
      ndjson.join('\n').slice(0, -5),
      {},
      /^the last line is no JSON object: is the file cut off\?$/,
    ],
    [
      'NDJSON of other objects',
      'other.ndjson',
      ndjson.join('\n').replaceAll('CNIC', 'NIC'),
      {},
      /^cnic could not .* \(100 empty\)/,
    ],
    ['JSON lines that are none', 'none.ndjson', `${small}\n`, {}, /could not be read \(101 not-json\)/],
    [
      'Parquet that is cut off',
      'cut.parquet',
      parquet.subarray(0, -9),
      {},
      /^the file is no Parquet file, or it is cut off$/,
    ],
    [
      'Parquet that is damaged',
      'bad.parquet',
      damaged,
      {},
      /^rows 1 to 1 cannot be read: is the file damaged\?$/,
    ],
    [
      'Parquet without the column',
      'a.parquet',
      parquet,
      { column: ['cnic=NIC'] },
      /^there is no column NIC for cnic/,
    ],
    [
      'a set without its column',
      'a.csv',
      small,
      { sets: ['cnic+address'] },
      /^the set cnic\+address needs a column for address$/,
    ],
    [
      'a name alone',
      'a.csv',
      small,
      { column: ['name=Name'] },
      /^map a column for msisdn or cnic, or for name and address/,
    ],
    ['a form that it does not have', 'a.csv', small, { form: 'parquet' }, /^the file is no Parquet file/],
  ])('%s', async (_, name, content, asked, message) => {
    const place = join(folder, `refused-${name}`);
    mkdirSync(place, { recursive: true });
    const path = fileWith(name, content);
    const attempt = fingerprints(path, { ...asked, out: join(place, 'out') });
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(message);
    expect(readdirSync(place)).toEqual([]);
  });

  test('an output that cannot be written', async () => {
    await expect(
      fingerprints(fileWith('a.csv', small), { out: join(folder, 'gone', 'out') }),
    ).rejects.toThrow(/^cannot write to .*gone: ENOENT$/);
    await expect(fingerprints(join(folder, 'gone.csv'))).rejects.toThrow(/^cannot read .*gone.csv: ENOENT$/);
    await expect(fingerprints(folder)).rejects.toThrow(UsageError);
  });

  test('and what stood at the output before is still there', async () => {
    const out = join(folder, 'before.fingerprints');
    writeFileSync(out, 'before');
    await expect(fingerprints(fileWith('cut.csv', small.slice(0, -15)), { out })).rejects.toThrow();
    expect(readFileSync(out, 'utf8')).toBe('before');
  });

  test('an interruption leaves nothing', async () => {
    const place = join(folder, 'interrupted');
    mkdirSync(place);
    const controller = new AbortController();
    controller.abort();
    const attempt = fingerprints(fileWith('a.csv', csv), {
      out: join(place, 'out'),
      signal: controller.signal,
    });
    await expect(attempt).rejects.toThrow(Interrupted);
    expect(existsSync(join(place, 'out'))).toBe(false);
    expect(readdirSync(place)).toEqual([]);
  });
});
