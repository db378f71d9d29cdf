import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { REQUEST_EXAMPLES } from '../../../core/api/openapi/requests.ts';
import { OPERATIONS, route } from '../../../core/api/routes.ts';
import { IncidentRecord, LeakDescription } from '../../../core/model/incident.ts';
import {
  AgencyRecord,
  AgreementAmendment,
  AgreementRecord,
  CoverageDeclaration,
} from '../../../core/model/registry.ts';
import {
  agencyBody,
  agreementBody,
  anAgency,
  anAgreement,
  coverageBody,
  incidentBody,
  leakBody,
  PROVIDER,
} from '../../support/transfers.ts';
import { faultsOf, pointersOf } from './faults.ts';

type Overrides = Record<string, unknown>;

describe('an agency', () => {
  test('holds data of its own unless it says that it does not', () => {
    expect(anAgency().holdsOwnData).toBe(true);
    expect(anAgency({ holdsOwnData: false }).holdsOwnData).toBe(false);
  });

  test.each<[string, Overrides, string[]]>([
    ['an id with blanks', { agencyId: 'a b' }, ['/agencyId']],
    ['no name', { name: undefined }, ['/name']],
    ['a kind that there is not', { kind: 'club' }, ['/kind']],
    ['an area that there is not', { area: 'Punjab' }, ['/area']],
    ['a word for yes', { holdsOwnData: 'yes' }, ['/holdsOwnData']],
    ['personal data in its name', { name: 'Office of 35202-1234567-1' }, ['/name']],
  ])('is refused for %s', (_, overrides, pointers) => {
    expect(pointersOf(AgencyRecord, agencyBody(overrides))).toEqual(pointers);
  });
});

describe('an agreement', () => {
  test('allows no onward sharing unless it says so', () => {
    expect(anAgreement().onwardAllowed).toBe(false);
    expect(anAgreement({ onwardAllowed: true }).onwardAllowed).toBe(true);
  });

  const broken: [string, Overrides, string[]][] = [
    ['the same parties', { recipient: PROVIDER }, ['/recipient']],
    ['an end before its beginning', { validUntil: '2023-12-31' }, ['/validUntil']],
    ['no end', { validUntil: undefined }, ['/validUntil']],
    ['no field', { fields: [] }, ['/fields']],
    ['a field twice', { fields: ['cnic', 'cnic'] }, ['/fields/1']],
    ['no area', { areas: [] }, ['/areas']],
    ['no purpose', { purposes: [] }, ['/purposes']],
    ['a document without a reference', { document: {} }, ['/document/reference']],
  ];
  test.each(broken)('is refused for %s', (_, overrides, pointers) => {
    expect(pointersOf(AgreementRecord, agreementBody(overrides))).toEqual(pointers);
  });
  test.each(broken)('is not amended to %s', (_, overrides, pointers) => {
    const amendment = agreementBody({ agreementId: undefined, reason: 'prolonged', ...overrides });
    expect(pointersOf(AgreementAmendment, amendment)).toEqual(pointers);
  });
  test('keeps its id when it is amended', () => {
    expect(pointersOf(AgreementAmendment, agreementBody({ reason: 'prolonged' }))).toEqual(['/agreementId']);
  });
  test('of a single day is one', () => {
    expect(faultsOf(AgreementRecord, agreementBody({ validUntil: '2024-01-01' }))).toEqual([]);
  });
});

test.each<[string, Overrides, string[]]>([
  ['an end before its beginning', { to: '2023-12-31' }, ['/to']],
  ['no basis', { basis: undefined }, ['/basis']],
  ['no provider', { provider: undefined }, ['/provider']],
])('a declaration of coverage is refused for %s', (_, overrides, pointers) => {
  expect(faultsOf(CoverageDeclaration, coverageBody())).toEqual([]);
  expect(pointersOf(CoverageDeclaration, coverageBody(overrides))).toEqual(pointers);
});

test.each<[string, Overrides, string[]]>([
  ['no case reference', { caseReference: undefined }, ['/caseReference']],
  ['an empty case reference', { caseReference: ' ' }, ['/caseReference']],
  ['no authority', { authority: undefined }, ['/authority']],
  ['no day of discovery', { discoveredOn: undefined }, ['/discoveredOn']],
])('an incident is refused for %s', (_, overrides, pointers) => {
  expect(faultsOf(IncidentRecord, incidentBody())).toEqual([]);
  expect(pointersOf(IncidentRecord, incidentBody(overrides))).toEqual(pointers);
});

test.each<[string, Overrides, string[]]>([
  ['no field', { fields: [] }, ['/fields']],
  ['a field twice', { fields: ['cnic', 'cnic'] }, ['/fields/1']],
  ['no day on which it was seen', { seenOn: undefined }, ['/seenOn']],
  [
    'a vintage that ends before it begins',
    { vintage: { from: '2024-02-02', to: '2024-02-01' } },
    ['/vintage/to'],
  ],
  ['a vintage after it was seen', { vintage: { from: '2026-01-16' } }, ['/vintage/from']],
  ['a file without a digest', { files: [{ rows: 3 }] }, ['/files/0/sha256']],
  ['no file in the list', { files: [] }, ['/files']],
  ['a negative number of rows', { rows: { count: -1, exact: true } }, ['/rows/count']],
  ['personal data in its headers', { format: { headers: ['0300-1234567'] } }, ['/format/headers/0']],
])('a leak is refused for %s', (_, overrides, pointers) => {
  expect(faultsOf(LeakDescription, leakBody())).toEqual([]);
  expect(pointersOf(LeakDescription, leakBody(overrides))).toEqual(pointers);
});

describe('a property that is not known is refused, however deep it stands:', () => {
  /** The paths of the objects in a value whose properties are named by a schema. */
  function* objectPaths(
    value: unknown,
    path: readonly (string | number)[] = [],
  ): Generator<(string | number)[]> {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) yield [...path];
    for (const [key, item] of Object.entries(value))
      yield* objectPaths(item, [...path, Array.isArray(value) ? Number(key) : key]);
  }

  const withSurprise = (value: unknown, path: readonly (string | number)[]): unknown => {
    const copy = structuredClone(value);
    const target = path.reduce<unknown>((part, key) => (part as Record<string | number, unknown>)[key], copy);
    (target as Record<string, unknown>)['surprise'] = 1;
    return copy;
  };

  for (const operation of OPERATIONS.filter((name) => name !== 'recordEntries'))
    for (const [title, { value }] of Object.entries(REQUEST_EXAMPLES[operation] ?? {}))
      test(`${operation}, ${title}`, () => {
        const schema = route(operation).body ?? z.never();
        const paths = [...objectPaths(value)];
        expect(paths.length).toBeGreaterThan(0);
        for (const path of paths)
          expect(faultsOf(schema, withSurprise(value, path))).toContainEqual({
            pointer: `/${[...path, 'surprise'].join('/')}`,
            detail: 'is not a property here',
          });
      });
});
