import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AgencyDirectory } from '../../../cli/import/agencies.ts';
import { folded } from '../../../cli/import/text.ts';
import { mapping } from './examples.ts';

const directory = (agencies: Readonly<Record<string, unknown>> = {}) =>
  new AgencyDirectory(mapping({ agencies }).agencies);

describe('the id of an agency', () => {
  test('is one for spellings that differ in case, blanks or width', () => {
    const agencies = directory();
    const first = agencies.find('Leeds City Council');
    expect(first).toMatchObject({
      agencyId: 'leeds-city-council',
      name: 'Leeds City Council',
      idGiven: false,
    });
    expect(agencies.find('  LEEDS city\u00a0 council')).toBe(first);
    expect(agencies.find('Ｌeeds City Council')).toBe(first);
  });

  test('is another for names whose slugs are the same: the first keeps it', () => {
    const agencies = directory();
    const [first, second, third] = ['St. Mary’s', 'St Marys', 'St-Marys'].map(
      (name) => agencies.find(name).agencyId,
    );
    expect(first).toBe('st-marys');
    expect(second).toMatch(/^st-marys-[0-9a-f]{6}$/);
    expect(third).toMatch(/^st-marys-[0-9a-f]{6}$/);
    expect(second).not.toBe(third);
    expect(agencies.find('ST MARYS').agencyId).toBe(second);
  });

  test('of any names in any order: one id a name, one name an id, the same in every run', () => {
    const name = fc.string({ unit: fc.constantFrom(...'aAbB -&.’é'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(name, { maxLength: 40 }), (names) => {
        const agencies = directory();
        const ids = names.map((one) => agencies.find(one).agencyId);
        const byName = new Map(names.map((one, i) => [folded(one), ids[i]]));
        expect(new Set(byName.values()).size).toBe(byName.size);
        expect(names.map((one) => byName.get(folded(one)))).toEqual(ids);
        const again = directory();
        expect(names.map((one) => again.find(one).agencyId)).toEqual(ids);
      }),
    );
  });

  test('is the one that the mapping gives, which no other name gets', () => {
    const agencies = directory({ 'Health England': { agencyId: 'phe', kind: 'health' } });
    expect(agencies.find('PHE').agencyId).toMatch(/^phe-[0-9a-f]{6}$/);
    expect(agencies.find('health england')).toEqual({
      agencyId: 'phe',
      name: 'health england',
      idGiven: true,
      known: { kind: 'health' },
    });
  });
});

describe('the name of an agency', () => {
  test('is mended by the mapping, and its id follows', () => {
    const agencies = directory({ 'Women?s Hospital': { name: "Women's Hospital" } });
    expect(agencies.find('Women?s  hospital')).toMatchObject({
      agencyId: 'womens-hospital',
      name: "Women's Hospital",
    });
  });

  test('that the mapping calls the same as another is that agency', () => {
    const agencies = directory({
      'School of X and Y': { sameAs: 'School of X & Y' },
      'School of X & Y': { kind: 'research' },
    });
    expect(agencies.find('SCHOOL of X and Y')).toBe(agencies.find('School of X & Y'));
    expect(agencies.find('School of X and Y').known).toEqual({ kind: 'research' });
  });
});
