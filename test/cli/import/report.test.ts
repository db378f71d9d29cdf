import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { isComplete, renderReport, reportOf } from '../../../cli/import/report.ts';
import { Tally } from '../../../cli/import/tally.ts';
import { plan } from './examples.ts';

const about = {
  fileName: 'register.csv',
  mapping: { name: 'm.json', sha256: 'f'.repeat(64) },
  startedAt: '2026-01-31T09:30:00.000Z',
  seconds: 1.25,
  url: 'http://ledger',
};
/** A stream that takes no colours. */
const plain = new PassThrough();

const made = plan([
  '1,A,Bureau,B,2016-01-01,x',
  '1,A,University,B,2016-01-02,x',
  '1,A,Bureau,B,2016-01-01,x',
  '2,A,Bureau,B,never,secret',
  '3,A,Bureau,B,never,secret',
  '4,A,Bureau,B,2016-01-04,x',
  '5,A,Bureau,B,2016-01-05,x',
  '6,A,Bureau,B,2016-01-06,x',
]);

function tallied(): Tally {
  const tally = new Tally();
  tally.settle(2, 'recorded');
  tally.settle(3, 'alreadyThere');
  tally.refuse({ line: 7, problem: 'conflict', faults: [{ pointer: '/agreement/id', detail: 'is gone' }] });
  tally.settle(8, 'recorded');
  tally.agencies.registered.push('a', 'numbering-office');
  tally.stopped = 'interrupted';
  return tally;
}

describe('a report', () => {
  test('counts each row of the file once', () => {
    const { counts, file } = reportOf(made, tallied(), about);
    expect(counts).toEqual({ recorded: 2, alreadyThere: 1, refused: 3, duplicates: 1, notSent: 1 });
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(file.rows);
  });

  test('of a dry run counts each row once too', () => {
    const report = reportOf(made, undefined, about);
    expect(report.counts).toEqual({ valid: 5, refused: 2, duplicates: 1 });
    expect(report).not.toHaveProperty('url');
    expect(isComplete(report)).toBe(false);
  });

  test('is complete when nothing is refused, left over or stopped; duplicates are no gap', () => {
    const good = plan(['1,A,Bureau,B,2016-01-01,x', '1,A,Bureau,B,2016-01-01,x']);
    const tally = new Tally();
    expect(isComplete(reportOf(good, tally, about))).toBe(false);
    tally.settle(2, 'recorded');
    expect(isComplete(reportOf(good, tally, about))).toBe(true);
    tally.stopped = 'interrupted';
    expect(isComplete(reportOf(good, tally, about))).toBe(false);
    expect(isComplete(reportOf(good, undefined, about))).toBe(true);
  });

  test('is a table that lines up, with the reasons and the lines', () => {
    expect(renderReport(reportOf(made, tallied(), about), plain)).toBe(
      [
        'Import of register.csv into http://ledger in 1.3 s',
        `8 rows, SHA-256 ${made.fileSha256}`,
        '',
        '  recorded                2',
        '  already there           1',
        '  refused                 3',
        '  duplicates              1',
        '  not sent                1',
        '  agencies registered     2',
        '  agencies already there  0',
        '',
        'Refused',
        '  2 rows  /handedOver/earliest  the value of column "Released" fits none of the date patterns  lines 5, 6',
        '  2 rows  /handedOver/latest    the value of column "Released" fits none of the date patterns  lines 5, 6',
        '  1 row   /agreement/id         is gone (conflict)                                             line 7',
        '',
        'To look at',
        '  1 row  row         repeats an earlier row: not recorded again                                 line 4',
        '  1 row  row         has the identity of an earlier row, and says something else: recorded too  line 3',
        '  1 row  /recipient  agency described otherwise than before: the first row counts               line 3',
        '  1 row  row         not sent                                                                   line 9',
        '',
        'Stopped: interrupted',
        '',
      ].join('\n'),
    );
  });

  test('never repeats a cell', () => {
    const report = reportOf(made, tallied(), about);
    expect(JSON.stringify(report)).not.toMatch(/secret|never/);
    expect(renderReport(report, plain)).not.toMatch(/secret|never/);
  });

  test('names the first lines of many', () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i},A,Bureau,B,never,x`);
    const text = renderReport(reportOf(plan(rows), undefined, about), plain);
    expect(text).toContain('lines 2, 3, 4, 5, 6, 7, 8, 9, and 12 more');
    expect(text).toContain('Dry run of register.csv: nothing was sent');
  });
});
