import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newKeyFile, openKeys } from '../../../cli/fingerprint/keys.ts';
import { readMapping } from '../../../cli/fingerprint/options.ts';
import { readSample } from '../../../cli/fingerprint/sample.ts';
import { readMarks } from '../../../cli/mark/read.ts';
import { RowMarks } from '../../../core/fingerprint/marks/bits.ts';
import { countMarks, weighMarks } from '../../../core/fingerprint/marks/score.ts';
import { Marking } from '../../../core/model/transfer.ts';
import { amanat, spawned } from '../amanat.ts';
import { csvOf, fileWith, fingerprints, folder, written } from '../fingerprint/support.ts';

const keyFile = join(folder, 'mark.key');
newKeyFile(keyFile);
const keyed = ['--key-file', keyFile, '--provider', 'telecom-authority', '--epoch', '2026'];
const column = ['msisdn=Number', 'cnic=CNIC', 'name=Name', 'address=Address'];
const columns = column.flatMap((each) => ['-c', each]);

const mark = (file: string, ...args: string[]) => amanat(['mark', file, ...keyed, ...args]);

async function score(leak: string, marking: Marking) {
  const { choices, dataset } = readMapping({ column, numeric: [], header: true });
  const rows = readMarks(await readSample(leak, choices, dataset), choices, marking);
  const keys = await openKeys({ keyFile, provider: 'telecom-authority', epoch: marking.epoch });
  const counts = countMarks(rows, new RowMarks(keys, marking, rows.identities), marking.omitted);
  return weighMarks(counts, marking.omitted);
}

const rows = 4_000;
const original = fileWith('original.csv', csvOf(rows));

describe('amanat mark', { timeout: 120_000 }, () => {
  test('makes copies that differ in spelling alone, and that a leak of a few rows tells apart', async () => {
    const markings = [];
    for (const name of ['one.csv', 'two.csv']) {
      const out = join(folder, name);
      const { code, stdout, stderr } = await spawned(['mark', original, ...keyed, ...columns, '-o', out]);
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: expect.stringMatching(
          /original\.csv: 4,000 rows, 0 left out, 0 without a valid id\n.*: marked by msisdn in 4,000, cnic in 4,000, name in 4,000, address in 4,000\n$/,
        ),
      });
      markings.push(Marking.parse(JSON.parse(stdout).marking));
    }
    const [first, second] = markings as [Marking, Marking];
    expect(first).toMatchObject({
      scheme: 'variants/1',
      by: 'cnic',
      epoch: '2026',
      fields: ['msisdn', 'cnic', 'name', 'address'],
    });
    const copies = await Promise.all(
      [original, join(folder, 'one.csv'), join(folder, 'two.csv')].map((path, at) =>
        fingerprints(path, { column, out: join(folder, `marked-${at}`) }),
      ),
    );
    expect(new Set(copies.map(({ sha256 }) => sha256)).size).toBe(1);
    expect(new Set(copies.map(({ datasetSha256 }) => datasetSha256)).size).toBe(3);

    // 20 rows of the second copy, of which somebody spelled the numbers and names anew.
    const lines = readFileSync(join(folder, 'two.csv'), 'utf8').split('\n');
    const leak = fileWith(
      'leak.csv',
      `${[lines[0], ...lines.slice(500, 520)].join('\n')}\n`
        .replaceAll(/Ali/gi, 'ALI')
        .replaceAll(/(?<=^\d{4})-/gm, ''),
    );
    expect((await score(leak, second)).log10Lr).toBeGreaterThan(6);
    // Keys and labels are new each time: of ten thousand copies, one may seem so likely by chance.
    expect((await score(leak, first)).log10Lr).toBeLessThan(4);
  });

  test('leaves all other cells as they were, byte for byte, and repeats itself by its label', async () => {
    const text =
      '\uFEFFCNIC;Note;Name\r\n"35202-1234567-1";"say ""hi""; now";"ALI RAZA"\r\n35202-1234567-2; x ;علی\r\n\r\n1;2;Ali Raza\r\n';
    const path = fileWith('odd.csv', text);
    const label = '00112233445566778899aabbccddeeff';
    const once = async (name: string) => {
      const out = join(folder, name);
      const args = ['-c', 'cnic=CNIC', '-c', 'name=Name', '-o', out, '--label', label];
      expect((await mark(path, ...args)).code).toBe(0);
      return readFileSync(out, 'utf8');
    };
    const marked = await once('odd-1.csv');
    expect(marked).toMatch(
      /^\uFEFFCNIC;Note;Name\r\n"(?:35202-1234567-1|3520212345671)";"say ""hi""; now";"(?:ALI RAZA|Ali Raza)"\r\n(?:35202-1234567-2|3520212345672); x ;علی\r\n\r\n1;2;Ali Raza\r\n$/,
    );
    expect(await once('odd-2.csv')).toBe(marked);
  });

  test('goes by encoding and form of the file: UTF-16, and NDJSON with numbers as they are written', async () => {
    const utf16 = fileWith('u16.csv', Buffer.from(`\uFEFF${csvOf(50)}`, 'utf16le'));
    const out = join(folder, 'u16-marked.csv');
    expect((await mark(utf16, ...columns, '-o', out)).code).toBe(0);
    const text = readFileSync(out).toString('utf16le');
    expect(text.split('\n')).toHaveLength(52);
    expect(text.startsWith('\uFEFFNumber,CNIC')).toBe(true);

    const line = (n: number) =>
      `{ "id": 12345678901234567890, "v": 1.0, "CNIC" : "${written(n).cnic}", "in": {"CNIC": "${written(n).cnic}"} }`;
    const lines = Array.from({ length: 40 }, (_, n) => line(n));
    const json = fileWith('a.ndjson', lines.join('\n'));
    const jsonOut = join(folder, 'marked.ndjson');
    expect((await mark(json, '-c', 'cnic=CNIC', '-o', jsonOut)).code).toBe(0);
    const after = readFileSync(jsonOut, 'utf8').split('\n');
    expect(after).toHaveLength(40);
    after.forEach((text, n) => {
      const { cnic } = written(n);
      expect([line(n), line(n).replace(cnic, cnic.replaceAll('-', ''))]).toContain(text);
    });
    expect(after).not.toEqual(lines);
  });

  test('leaves out rows when it is asked to, and says which share', async () => {
    const out = join(folder, 'omitted.csv');
    const { stdout, stderr } = await mark(original, ...columns, '-o', out, '--fields', 'name', '--omit', '2');
    const marking = Marking.parse(JSON.parse(stdout).marking);
    expect(marking).toMatchObject({ fields: ['name'], omitted: 0.02 });
    const left = Number(/(\d+) left out/.exec(stderr)?.[1]);
    expect(left).toBeGreaterThan(40);
    expect(left).toBeLessThan(125);
    expect(readFileSync(out, 'utf8').split('\n')).toHaveLength(rows + 2 - left);
    expect((await score(out, marking)).omission).toMatchObject({ rows: rows - left, contradicting: 0 });
    expect((await score(original, marking)).omission).toMatchObject({ rows, contradicting: left });
  });

  test.each<[string, string[], RegExp]>([
    [
      'a file that is cut off',
      [fileWith('cut.csv', csvOf(9).slice(0, -15)), ...columns],
      /^amanat: a quote is opened and never closed/,
    ],
    [
      'rows of which nothing can be marked',
      [fileWith('none.csv', 'CNIC,Name\n1,x\n2,y\n'), '-c', 'cnic=CNIC', '-c', 'name=Name'],
      /^amanat: no cell of 2 rows could be marked: 2 have no valid id$/,
    ],
    ['no rows', [fileWith('header.csv', 'CNIC,Name\n'), '-c', 'cnic=CNIC'], /^amanat: the file has no rows$/],
    [
      'no id',
      [original, '-c', 'name=Name'],
      /^amanat: a row’s marks follow from its id: map a column for cnic or msisdn$/,
    ],
    [
      'a field that is not mapped',
      [original, '-c', 'cnic=CNIC', '--fields', 'name'],
      /^amanat: --fields name needs a column for name$/,
    ],
    [
      'too much left out',
      [original, ...columns, '--omit', '6'],
      /^amanat: --omit takes more than 0 and at most 5 percent$/,
    ],
    ['a share that is none', [original, ...columns, '--omit', 'half'], /^amanat: --omit takes a percentage/],
    [
      'a bad label',
      [original, ...columns, '--label', 'x'],
      /^amanat: --label takes 32 lower-case hex digits$/,
    ],
    [
      'an encoding that it cannot write',
      [original, ...columns, '--encoding', 'windows-1252'],
      /^amanat: a file in windows-1252 cannot be written again/,
    ],
  ])('refuses %s, and leaves nothing', async (name, args, message) => {
    const place = join(folder, `mark-${name}`);
    mkdirSync(place);
    const [file = '', ...rest] = args;
    const { code, stdout, stderr } = await mark(file, ...rest, '-o', join(place, 'out.csv'));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd()).toMatch(message);
    expect(readdirSync(place)).toEqual([]);
  });
});
