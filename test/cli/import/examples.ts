import type { CsvForm } from '../../../cli/import/csv.ts';
import { type Mapping, parseMapping } from '../../../cli/import/mapping.ts';
import { type Plan, planImport } from '../../../cli/import/plan.ts';

/** A register of an invented office: released to whom, what, when. */
export const HEADER = 'No,Recipient,Sort,Dataset,Released,Basis';

export const csv = (...rows: readonly string[]): Buffer => Buffer.from([HEADER, ...rows, ''].join('\n'));

const LACKING = [
  'agreement',
  'custodians',
  'purposes',
  'legalBases',
  'fields',
  'coverage',
  'snapshot',
  'volume',
  'manifest',
  'method',
  'encryption',
  'access',
  'retention',
  'disposal',
];

/** A mapping for that register, as JSON; `changes` replace its top-level properties. */
export const mappingJson = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  amanatMapping: 1,
  title: 'Register of releases',
  identity: ['No'],
  confidence: 'moderate',
  evidence: { description: { template: 'Release {No} on the basis "{Basis}"' } },
  provider: { agency: 'Numbering Office', register: { kind: 'regulator' } },
  recipient: {
    agency: { column: 'Recipient' },
    register: {
      kind: { column: 'Sort', map: { Bureau: 'government', University: 'research' }, default: 'other' },
    },
  },
  record: {
    dataset: { id: { column: 'Dataset', as: 'slug' }, title: { column: 'Dataset' } },
    handedOver: {
      earliest: { column: 'Released', as: 'day', end: 'first', dates: ['YYYY-MM-DD', 'MMMM YYYY', 'YYYY'] },
      latest: { column: 'Released', as: 'day', end: 'last', dates: ['YYYY-MM-DD', 'MMMM YYYY', 'YYYY'] },
    },
  },
  lacking: Object.fromEntries(LACKING.map((part) => [part, 'The register does not say'])),
  ...changes,
});

export const mapping = (changes: Readonly<Record<string, unknown>> = {}): Mapping =>
  parseMapping(JSON.stringify(mappingJson(changes)));

/** The mapping with one expression under `record.purposeText`, where any text goes. */
export const mappingOf = (expression: unknown, changes: Readonly<Record<string, unknown>> = {}): Mapping => {
  const { record } = mappingJson();
  return mapping({ record: { ...(record as object), purposeText: expression }, ...changes });
};

export const plan = (rows: readonly string[], changes: Readonly<Record<string, unknown>> = {}): Plan =>
  planImport(csv(...rows), mapping(changes));

export const plainCsv: CsvForm = { encoding: 'utf-8', delimiter: ',', quote: '"', relaxedQuotes: false };
