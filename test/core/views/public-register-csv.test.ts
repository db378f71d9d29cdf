import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { publicRegister } from '../../../core/api/openapi/public.ts';
import type { PublicRegister } from '../../../core/api/public-register.ts';
import {
  CSV_GOES_ON,
  CSV_HEADING,
  csvOfSuppressed,
  csvOfTransfer,
} from '../../../core/views/public-register-csv.ts';

const { items, suppressed } = publicRegister as PublicRegister;
const [item] = items as [PublicRegister['items'][number]];
const rows = (...lines: string[]): Record<string, string>[] =>
  parse(CSV_HEADING + lines.join(''), { columns: true, bom: true });

describe('the public register as CSV', () => {
  it('has in a line what the public may know of a hand-over, in words', () => {
    expect(rows(csvOfTransfer(item))).toEqual([
      {
        line: 'hand-over',
        record: item.transferId,
        title: 'Register of subscribers, district extract',
        'given by': 'Numbering Authority',
        'received by': 'Hill IT Board',
        about: 'prepaid subscribers',
        data: 'phone number; national identity number; address',
        'people (about)': '3900000',
        'records (about)': '4100000',
        areas: 'Punjab',
        purposes: 'Social welfare eligibility assessment',
        'legal bases': 'Official authority of controller',
        agreement: 'agr-2024-03',
        'handed over from': '2024-03',
        'handed over to': '2024-03',
        'kept until': '2025-06-30',
        state: 'kept',
        'provider id': 'numbering-authority',
        'recipient id': 'hill-it-board',
        'basis of not showing': '',
        'not shown': '',
      },
    ]);
  });

  it('leaves empty what a record lacks', () => {
    const { transferId, provider, recipient, title, handedOver, state } = item;
    const [bare] = rows(csvOfTransfer({ transferId, provider, recipient, title, handedOver, state }));
    expect([bare?.['purposes'], bare?.['kept until'], bare?.['people (about)']]).toEqual(['', '', '']);
  });

  it('says what is not shown, and that it goes on, in lines of their own', () => {
    const [kept, last] = rows(...suppressed.map(csvOfSuppressed), CSV_GOES_ON);
    expect(kept).toMatchObject({
      line: 'not shown',
      'given by': 'Numbering Authority',
      'basis of not showing': 'Criminal investigation',
      'not shown': '2',
      record: '',
    });
    expect(last).toMatchObject({ line: 'goes on', record: '' });
  });

  it('lets nobody who names a dataset or an agency put a formula into a spreadsheet', () => {
    const title = '=HYPERLINK("http://example.org";"Look")';
    const provider = { ...item.provider, name: '@Agency' };
    const [row] = rows(csvOfTransfer({ ...item, title, provider }));
    expect([row?.['title'], row?.['given by']]).toEqual([`'${title}`, "'@Agency"]);
  });
});
