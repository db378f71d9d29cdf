import { expect, it } from 'vitest';
import { factsOf } from '../../../core/index/facts.ts';
import type { TransferRecord } from '../../../core/model/transfer.ts';
import { aRetrospectiveTransfer, aSha256, aTransfer } from '../../support/transfers.ts';
import { entryOf } from '../lifecycle/specs.ts';

const facts = (record: TransferRecord, flags: { code: 'unencrypted' | 'digest-unknown' }[] = []) =>
  factsOf({ ...entryOf({ kind: 'transfer-recorded', body: record }, 0), flags }, 41);

it('holds what a record says, as a search or trace asks for it', () => {
  const entry = entryOf({ kind: 'transfer-recorded', body: aTransfer() }, 0);
  expect(facts(aTransfer())).toEqual({
    index: 41,
    transferId: `tr-${entry.entryId}`,
    recordedAt: entry.recordedAt,
    provider: 'numbering-authority',
    recipient: 'hill-it-board',
    agreement: { id: 'agr-2024-03', version: 1 },
    dataset: { id: 'subscriber-register', title: 'Register of subscribers' },
    fields: ['msisdn', 'cnic', 'address'],
    clearFields: ['msisdn', 'cnic', 'address'],
    purposes: aTransfer().purposes,
    legalBases: aTransfer().legalBases,
    about: 'prepaid subscribers',
    areas: ['PK-PB'],
    snapshot: { from: '2024-02-01', to: '2024-02-29' },
    handedOver: { earliest: '2024-03-10', latest: '2024-03-10' },
    rows: 120_000,
    retentionEnd: '2025-03-31',
    access: 'bulk',
    encryption: 'transport-and-at-rest',
    assertion: 'contemporaneous',
    flags: [],
    digests: [aSha256('subscribers')],
    fileRows: [120_000],
    format: aTransfer().format,
    words: ['subscriber', 'register', 'of', 'subscribers', 'agr', '2024', '03'],
  });
});

it('leaves out what a record lacks', () => {
  const { words, ...rest } = facts(aRetrospectiveTransfer());
  expect(Object.keys(rest).sort()).toEqual([
    'assertion',
    'confidence',
    'dataset',
    'flags',
    'handedOver',
    'index',
    'provider',
    'recipient',
    'recordedAt',
    'transferId',
  ]);
  expect(words).toContain('forwarding');
});

it('holds each field once, in the clear if any of its columns was', () => {
  const column = (name: string, canonical: 'cnic' | 'name', transform: 'identity' | 'masked') =>
    ({ name, canonical, sensitivity: 'personal', transform }) as const;
  const { fields, clearFields } = facts(
    aTransfer({
      fields: [column('A', 'cnic', 'masked'), column('B', 'cnic', 'identity'), column('C', 'name', 'masked')],
    }),
  );
  expect(fields).toEqual(['cnic', 'name']);
  expect(clearFields).toEqual(['cnic']);
});

it('holds no digest where none is known, and each flag once', () => {
  const record = aTransfer({
    manifest: [
      { file: 'a', digestUnknown: 'Lost' },
      { file: 'b', digestUnknown: 'Lost' },
    ],
  });
  const { digests, fileRows, flags } = facts(record, [
    { code: 'digest-unknown' },
    { code: 'digest-unknown' },
  ]);
  expect([digests, fileRows, flags]).toEqual([undefined, undefined, ['digest-unknown']]);
});
