import { describe, expect, test } from 'vitest';
import { fullTransfer } from '../../../core/api/openapi/records.ts';
import { canonicalFields, LACKABLE, retentionEnd, TransferRecord } from '../../../core/model/transfer.ts';
import {
  aRetrospectiveTransfer,
  aSha256,
  aTransfer,
  aTransferId,
  PROVIDER,
  retrospectiveBody,
  transferBody,
} from '../../support/transfers.ts';
import { faultsOf, pointersOf } from './faults.ts';

const file = { file: 'a.csv', sha256: aSha256() };
const field = { name: 'CNIC', canonical: 'cnic', sensitivity: 'personal', transform: 'identity' };
const long = (length: number) => 'x'.repeat(length);

describe('a transfer record is taken', () => {
  test('with all that it can say', () => {
    expect(faultsOf(TransferRecord, fullTransfer)).toEqual([]);
    expect(TransferRecord.parse(fullTransfer)).toEqual(fullTransfer);
  });

  test('with what a contemporaneous record must say', () => {
    expect(faultsOf(TransferRecord, transferBody())).toEqual([]);
  });

  test('after the fact with all gaps stated, or with none', () => {
    expect(faultsOf(TransferRecord, retrospectiveBody())).toEqual([]);
    const { assertion, ...complete } = transferBody();
    expect(assertion).toBe('contemporaneous');
    expect(faultsOf(TransferRecord, retrospectiveBody(complete))).toEqual([]);
  });

  test('and does not allow onward sharing unless it says so', () => {
    expect(aTransfer({ onward: undefined }).onward).toEqual({ allowed: false });
    expect(aTransfer({ onward: { allowed: true } }).onward).toEqual({ allowed: true });
  });

  test('without an agreement where an exception stands in for it', () => {
    const exception = { reason: 'Order of the court', approver: 'director-data' };
    expect(faultsOf(TransferRecord, transferBody({ agreement: undefined, exception }))).toEqual([]);
    expect(pointersOf(TransferRecord, transferBody({ agreement: undefined }))).toEqual(['/agreement']);
  });

  test.each([
    ['a snapshot of one day, that of the hand-over', { snapshot: { from: '2024-03-10', to: '2024-03-10' } }],
    ['no rows at all', { volume: { rows: 0, exact: true } }],
    ['a file whose digest is not known', { manifest: [{ file: 'a.csv', digestUnknown: 'lost' }] }],
    ['attestations', { attestEvery: 'P6M' }],
    ['a period with a review', { retention: { period: 'P18M', trigger: 'closure', reviewBy: '2026-01-01' } }],
    ['a whole country', { coverage: { areas: ['PK'], subjects: 'subscribers' } }],
    ['text at its bound', { purposeText: long(500) }],
    ['text in Urdu', { purposeText: 'سردیوں کی امداد کے اہل گھرانے' }],
  ])('with %s', (_, overrides) => {
    expect(faultsOf(TransferRecord, transferBody(overrides))).toEqual([]);
  });
});

/** What breaks a rule, and where the client is told that it does. */
const REFUSED: readonly [what: string, overrides: Record<string, unknown>, pointers: string[]][] = [
  ['the same provider and recipient', { recipient: { agencyId: PROVIDER } }, ['/recipient/agencyId']],
  ['an agency id with capitals', { provider: { agencyId: 'Board' } }, ['/provider/agencyId']],
  ['an agency id that is too long', { provider: { agencyId: long(41) } }, ['/provider/agencyId']],
  ['a custodian without a role', { custodians: [{ staffRef: 'staff-1' }] }, ['/custodians/0/role']],
  ['a role that there is not', { custodians: [{ role: 'boss', staffRef: 's' }] }, ['/custodians/0/role']],
  ['no custodian in the list', { custodians: [] }, ['/custodians']],
  ['an agreement without a version', { agreement: { id: 'agr-1' } }, ['/agreement/version']],
  ['version 0 of an agreement', { agreement: { id: 'agr-1', version: 0 } }, ['/agreement/version']],
  ['an exception without an approver', { exception: { reason: 'urgent' } }, ['/exception/approver']],
  ['an exception without a reason', { exception: { approver: 'director' } }, ['/exception/reason']],
  ['no purpose in the list', { purposes: [] }, ['/purposes']],
  ['a purpose in words', { purposes: ['welfare'] }, ['/purposes/0']],
  ['a purpose of elsewhere', { purposes: ['https://example.org/dpv#Purpose'] }, ['/purposes/0']],
  ['no legal basis in the list', { legalBases: [] }, ['/legalBases']],
  ['a legal basis of a sector', { legalBases: ['https://w3id.org/dpv/sector/law#Basis'] }, ['/legalBases/0']],
  ['a purpose text that is too long', { purposeText: long(501) }, ['/purposeText']],
  ['an empty text', { purposeText: '' }, ['/purposeText', '/purposeText']],
  ['text with a blank at its end', { purposeText: 'support ' }, ['/purposeText']],
  ['text with a control character', { purposeText: 'a\u0007b' }, ['/purposeText']],
  ['text with half a character', { purposeText: 'a\ud800b' }, ['/purposeText']],
  ['a dataset without a title', { dataset: { id: 'register' } }, ['/dataset/title']],
  ['an origin that is no id', { originTransferIds: ['tr-1'] }, ['/originTransferIds/0']],
  ['the same origin twice', { originTransferIds: [aTransferId(), aTransferId()] }, ['/originTransferIds/1']],
  ['no field in the list', { fields: [] }, ['/fields']],
  [
    'a field of no controlled name',
    { fields: [{ ...field, canonical: 'shoe-size' }] },
    ['/fields/0/canonical'],
  ],
  ['a field without a transform', { fields: [{ ...field, transform: undefined }] }, ['/fields/0/transform']],
  [
    'a field without a sensitivity',
    { fields: [{ ...field, sensitivity: undefined }] },
    ['/fields/0/sensitivity'],
  ],
  [
    'a category of elsewhere',
    { fields: [{ ...field, category: 'https://x.org/pd#Name' }] },
    ['/fields/0/category'],
  ],
  ['the same field twice', { fields: [field, { ...field }] }, ['/fields/1']],
  ['an area that there is not', { coverage: { areas: ['PK-XX'], subjects: 's' } }, ['/coverage/areas/0']],
  ['coverage without subjects', { coverage: { areas: ['PK-PB'] } }, ['/coverage/subjects']],
  [
    'records that end before they begin',
    { coverage: { areas: ['PK'], subjects: 's', recordsFrom: '2024-01-02', recordsTo: '2024-01-01' } },
    ['/coverage/recordsTo'],
  ],
  [
    'a snapshot that ends before it begins',
    { snapshot: { from: '2024-02-02', to: '2024-02-01' } },
    ['/snapshot/to'],
  ],
  [
    'a snapshot after the hand-over',
    { snapshot: { from: '2024-03-01', to: '2024-03-11' } },
    ['/snapshot/to'],
  ],
  ['a negative number of rows', { volume: { rows: -1, exact: true } }, ['/volume/rows']],
  ['half a row', { volume: { rows: 0.5, exact: true } }, ['/volume/rows']],
  ['a volume that is neither exact nor not', { volume: { rows: 1 } }, ['/volume/exact']],
  ['a file with neither digest nor reason', { manifest: [{ file: 'a.csv' }] }, ['/manifest/0/sha256']],
  ['a file with both', { manifest: [{ ...file, digestUnknown: 'lost' }] }, ['/manifest/0/sha256']],
  [
    'a digest in capitals',
    { manifest: [{ ...file, sha256: aSha256().toUpperCase() }] },
    ['/manifest/0/sha256'],
  ],
  ['a delimiter that there is not', { format: { delimiter: '#' } }, ['/format/delimiter']],
  ['an id style of no field', { format: { idStyle: { shoe: 'plain' } } }, ['/format/idStyle/shoe']],
  [
    'a hand-over that ends before it begins',
    { handedOver: { earliest: '2024-03-11', latest: '2024-03-10' } },
    ['/handedOver/latest'],
  ],
  [
    'a day that there is not',
    { handedOver: { earliest: '2023-02-29', latest: '2024-03-10' } },
    ['/handedOver/earliest'],
  ],
  [
    'a day with a time',
    { handedOver: { earliest: '2024-03-10T00:00:00Z', latest: '2024-03-10' } },
    ['/handedOver/earliest'],
  ],
  ['a method that there is not', { method: 'pigeon' }, ['/method']],
  ['an encryption that there is not', { encryption: 'rot13' }, ['/encryption']],
  ['an access that there is not', { access: 'some' }, ['/access']],
  ['retention before the hand-over', { retention: { until: '2024-03-09' } }, ['/retention/until']],
  [
    'a review before the hand-over',
    { retention: { period: 'P1Y', trigger: 'closure', reviewBy: '2024-03-09' } },
    ['/retention/reviewBy'],
  ],
  ['an attestation on the day itself', { attestEvery: 'P0D' }, ['/attestEvery']],
  ['an attestation some time', { attestEvery: 'twice a year' }, ['/attestEvery']],
  ['endless retention', { retention: { period: 'P1Y', trigger: 'closure' } }, ['/retention/reviewBy']],
  [
    'a period in words',
    { retention: { period: '1 year', trigger: 'c', reviewBy: '2025-01-01' } },
    ['/retention/period'],
  ],
  [
    'an empty period',
    { retention: { period: 'P', trigger: 'c', reviewBy: '2025-01-01' } },
    ['/retention/period'],
  ],
  ['a disposal that there is not', { disposal: 'forget' }, ['/disposal']],
  ['onward sharing that says neither', { onward: { conditions: 'none' } }, ['/onward/allowed']],
  ['an assertion that there is not', { assertion: 'rumour' }, ['/assertion']],
  [
    'a fingerprint without field sets',
    { fingerprint: { sha256: aSha256(), rows: 1, epoch: '1' } },
    ['/fingerprint/fieldSets'],
  ],
  ['no canary among the canaries', { canaries: { count: 0, sha256: aSha256() } }, ['/canaries/count']],
];

describe('a transfer record is refused', () => {
  test.each(REFUSED)('for %s', (_, overrides, pointers) => {
    expect(pointersOf(TransferRecord, transferBody(overrides))).toEqual(pointers);
  });

  test.each(['provider', 'recipient', 'dataset', 'handedOver', 'assertion'])('without %s', (property) => {
    expect(faultsOf(TransferRecord, transferBody({ [property]: undefined }))).toEqual([
      { pointer: `/${property}`, detail: 'is required' },
    ]);
  });

  test.each(LACKABLE)('without %s, unless it was made later and says why', (part) => {
    expect(faultsOf(TransferRecord, transferBody({ [part]: undefined }))).toEqual([
      { pointer: `/${part}`, detail: 'is required' },
    ]);
    const lacking = LACKABLE.filter((other) => other !== part).map((other) => ({
      part: other,
      reason: 'lost',
    }));
    expect(faultsOf(TransferRecord, retrospectiveBody({ lacking }))).toEqual([
      { pointer: `/${part}`, detail: 'is required, or must be named in lacking with a reason' },
    ]);
  });

  test('when it says both what a part is and that it lacks it', () => {
    const { lacking } = retrospectiveBody() as { lacking: unknown };
    expect(pointersOf(TransferRecord, retrospectiveBody({ method: 'sftp', lacking }))).toEqual(['/method']);
  });

  test('when it names a lacking part twice, or one that cannot lack', () => {
    const { lacking } = retrospectiveBody() as { lacking: object[] };
    expect(pointersOf(TransferRecord, retrospectiveBody({ lacking: [...lacking, lacking[0]] }))).toContain(
      '/lacking',
    );
    expect(
      pointersOf(TransferRecord, retrospectiveBody({ lacking: [{ part: 'provider', reason: 'lost' }] })),
    ).toContain('/lacking/0/part');
  });

  test('when it is contemporaneous and lacks a part', () => {
    const lacking = [{ part: 'method', reason: 'not noted' }];
    expect(pointersOf(TransferRecord, transferBody({ method: undefined, lacking }))).toEqual(['/lacking']);
  });

  test.each(['retrospective', 'recipient-declared', 'inferred'])(
    '%s without evidence and confidence',
    (assertion) => {
      const bare = { assertion, evidence: undefined, confidence: undefined };
      expect(pointersOf(TransferRecord, retrospectiveBody(bare))).toEqual(['/evidence', '/confidence']);
    },
  );

  test.each(['id', 'transferId', 'entryId', 'sequence', 'recordedAt', 'principal', 'flags', 'state'])(
    'with %s, which the ledger sets',
    (property) => {
      expect(faultsOf(TransferRecord, transferBody({ [property]: 1 }))).toEqual([
        { pointer: `/${property}`, detail: 'is not a property here' },
      ]);
    },
  );
});

test('the end of retention is its day, or that of its review', () => {
  expect(retentionEnd(aTransfer({ retention: { until: '2025-03-31' } }))).toBe('2025-03-31');
  const retention = { period: 'P1Y', trigger: 'closure', reviewBy: '2026-01-01' };
  expect(retentionEnd(aTransfer({ retention }))).toBe('2026-01-01');
  expect(retentionEnd(aRetrospectiveTransfer())).toBeUndefined();
});

test('the canonical fields are those of the columns, each once, in their order', () => {
  const fields = [
    { ...field, name: 'B', canonical: 'name' },
    { ...field, name: 'A', canonical: 'cnic' },
    { ...field, name: 'C', canonical: 'name' },
  ] as never;
  expect(canonicalFields(aTransfer({ fields }))).toEqual(['name', 'cnic']);
  expect(canonicalFields(aRetrospectiveTransfer())).toEqual([]);
});
