import type { RequestOf } from '../../core/api/client.ts';

/** The leak that the scenario is about, and how it came to be known. */
export const INCIDENT: RequestOf<'openIncident'>['body'] = {
  caseReference: 'TA/INV/2026-04',
  title: 'Subscribers of Punjab offered on a messaging channel',
  authority: 'Telecom Authority, Data Inspection',
  discoveredOn: '2026-01-19',
  summary:
    'Number, national id and address in one table. The records are old. Of some 1,500 that were checked by hand, many put together a number, an id and an address of different people. The operators are not the source.',
};

/**
 * What is known of the leak without its rows. Its newest facts are SIMs sold in March 2022, and no SIM of May 2022
 * or later was seen.
 */
export const LEAK: RequestOf<'runTrace'>['body'] = {
  fields: ['msisdn', 'cnic', 'address'],
  areas: ['PK-PB'],
  vintage: { from: '2022-03-01', to: '2022-04-30' },
  seenOn: '2026-01-19',
  rows: { count: 2_400_000, exact: false },
  format: {
    headers: ['MOBILE_NO', 'CNIC_NO', 'ADDR'],
    delimiter: '|',
    idStyle: { msisdn: 'national', cnic: 'dashed' },
  },
  note: 'The column names are those of the table that was offered; the count is what the seller says',
};
