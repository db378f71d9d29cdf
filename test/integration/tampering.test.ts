import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CASES } from '../../local/drill/cases.ts';
import { TamperedLedger } from './support/tampered.ts';

let ledger: TamperedLedger;
beforeAll(async () => {
  ledger = await TamperedLedger.start();
});
afterAll(() => ledger.stop());

const UNTOUCHED = { by: [], findings: [], named: [] };

describe('behind the back of the system', () => {
  it('nothing was done, and nobody finds anything', async () => {
    expect(await ledger.try(async () => [])).toEqual(UNTOUCHED);
  });

  it.each(CASES.map(({ to, deed, ...rest }) => ({ to, deed, ...rest })))(
    '$to: $deed',
    async ({ act, foundBy }) => {
      const { by, findings, named } = await ledger.try(act);
      expect(by).toEqual(expect.arrayContaining([...foundBy]));
      if (foundBy.includes('inspection'))
        expect(findings.map(({ key }) => key)).toEqual(expect.arrayContaining([...named]));
    },
  );

  it('all of it was put back', async () => {
    expect(await ledger.try(async () => [])).toEqual(UNTOUCHED);
  });
});
