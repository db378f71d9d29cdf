import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../cli/failure.ts';
import { columnsOf, Mapping, parseMapping } from '../../../cli/import/mapping.ts';
import { mapping, mappingJson, mappingOf } from './examples.ts';

const faultsOf = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return '';
};

describe('a mapping', () => {
  test('has defaults for what it leaves out', () => {
    const { csv, blanks, ignore, onPersonalData, assertion, register } = mapping();
    expect(csv).toMatchObject({ encoding: 'utf-8', delimiter: ',', quote: '"', relaxedQuotes: false });
    expect({ blanks, ignore, onPersonalData, assertion, register }).toEqual({
      blanks: [],
      ignore: [],
      onPersonalData: 'refuse',
      assertion: 'retrospective',
      register: undefined,
    });
  });

  test('names its columns wherever it takes from them', () => {
    expect(columnsOf(mapping({ ignore: ['Page'] })).sort()).toEqual(
      ['Basis', 'Dataset', 'No', 'Page', 'Recipient', 'Released', 'Sort'].sort(),
    );
    const lacking = { template: 'line {@line}, see {Remark}' };
    expect(columnsOf(mapping({ lacking: { fields: lacking } }))).toContain('Remark');
    expect(columnsOf(mapping({ lacking: { fields: lacking } }))).not.toContain('@line');
  });

  test('that ships as an example holds up', () => {
    const path = new URL('../../../examples/phe-odr-register.mapping.json', import.meta.url);
    expect(parseMapping(readFileSync(path, 'utf8')).register).toBe('phe-odr-2014-2018');
  });

  test('is refused as a whole when it is no JSON', () => {
    expect(() => parseMapping('{"amanatMapping": 1,}')).toThrow(/^the mapping is not JSON/);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['another version', { amanatMapping: 2 }, '/amanatMapping: '],
    ['no identity', { identity: [] }, '/identity: '],
    ['no confidence', { confidence: undefined }, '/confidence: '],
    ['an unknown property', { colums: {} }, '/colums: is not a property here'],
    ['an unknown part of a record', { record: { feilds: 'x' } }, '/record/feilds: is not a property here'],
    ['a part that the importer writes', { record: { evidence: [] } }, '/record/evidence: is not a property'],
    ['a part that cannot be lacking', { lacking: { dataset: 'x' } }, '/lacking/dataset: is not a property'],
    ['a contemporaneous assertion', { assertion: 'contemporaneous' }, '/assertion: '],
    ['a bad pattern', { dates: { patterns: ['DD/MM'] } }, '/dates/patterns/0: has no year'],
    ['two-digit years without a pivot', { dates: { patterns: ['D/M/YY'] } }, '/dates/pivot: is required'],
    ['null for a constant', { lacking: { fields: null } }, '/lacking/fields: must not be null'],
    ['an agency twice', { agencies: { 'A b': {}, 'a  B': {} } }, '/agencies/a  B: stands twice'],
    ['a chain of names', { agencies: { A: { sameAs: 'B' }, B: { sameAs: 'C' } } }, '/agencies/A: '],
    ['a name that is itself', { agencies: { A: { sameAs: 'a ' } } }, '/agencies/A'],
    ['a name with particulars', { agencies: { A: { sameAs: 'B', kind: 'other' } } }, '/agencies/A/sameAs: '],
    ['a bad agency id', { agencies: { A: { agencyId: 'A B' } } }, '/agencies/A/agencyId: '],
  ])('with %s is refused, and the fault is named', (_, changes, fault) => {
    expect(faultsOf(() => mapping(changes))).toContain(`\n  ${fault}`);
  });

  test('with several faults names them all', () => {
    const text = faultsOf(() => mapping({ confidence: 'sure', dates: { patterns: ['MM'] } }));
    expect(text).toContain('/confidence');
    expect(text).toContain('/dates/patterns/0');
  });
});

describe('an expression', () => {
  test.each<[string, unknown, string]>([
    ['an unknown property', { column: 'Basis', trim: true }, '/record/purposeText: '],
    ['column and template', { column: 'Basis', template: '{No}' }, '/record/purposeText/template: '],
    [
      'a template without a column',
      { template: 'Register' },
      '/record/purposeText/template: names no column',
    ],
    ['a default without a map', { column: 'Basis', default: 'x' }, '/record/purposeText/default: '],
    [
      'a default and unmapped',
      { column: 'Basis', map: {}, default: 'x', unmapped: 'keep' },
      '/record/purposeText/unmapped: ',
    ],
    ['an end of a text', { column: 'Basis', end: 'last' }, '/record/purposeText/end: '],
    ['a shortened day', { column: 'Basis', as: 'day', shorten: 10 }, '/record/purposeText/shorten: '],
    ['a key twice', { column: 'Basis', map: { a: 1, 'A ': 2 } }, '/record/purposeText/map/A : stands twice'],
  ])('with %s is refused, and the fault is named', (_, expression, fault) => {
    expect(faultsOf(() => mappingOf(expression))).toContain(`\n  ${fault}`);
  });

  test('deep within a part is checked too', () => {
    const record = { ...(mappingJson()['record'] as object), coverage: { areas: [{ column: '' }] } };
    expect(faultsOf(() => mapping({ record }))).toContain('/record/coverage/areas/0/column: ');
  });

  test('of two-digit years needs the pivot wherever it stands', () => {
    const dated = { column: 'Released', as: 'day', dates: ['YY'] };
    expect(faultsOf(() => mappingOf(dated))).toContain('/dates/pivot');
    expect(() => mappingOf(dated, { dates: { pivot: 1970 } })).not.toThrow();
  });
});

test('the guide describes every property of a mapping', () => {
  const guide = readFileSync(new URL('../../../docs/import.md', import.meta.url), 'utf8');
  for (const property of Object.keys(Mapping.shape)) expect(guide).toContain(`\`${property}\``);
  const taken = [
    'column',
    'template',
    'split',
    'map',
    'default',
    'unmapped',
    'as',
    'end',
    'dates',
    'shorten',
  ];
  for (const property of taken) expect(guide).toContain(`| \`${property}\` |`);
});
