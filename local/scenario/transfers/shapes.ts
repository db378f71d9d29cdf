import { createHash } from 'node:crypto';
import type { RequestOf } from '../../../core/api/client.ts';
import type { Party } from '../../../core/lifecycle/transfer-events.ts';
import type { CanonicalField } from '../../../core/model/vocabulary.ts';
import type { ScenarioAgency } from '../agencies.ts';

export type TransferInput = RequestOf<'recordTransfer'>['body'];
export type TransferEventInput = RequestOf<'recordTransferEvent'>['body'];

/** A hand-over of the scenario. Transfers name each other by `name`: their ids are known once they are recorded. */
export interface ScenarioTransfer {
  readonly name: string;
  /** The provider when left out. The steward records on behalf of agencies, and only after the fact. */
  readonly recordedBy?: 'recipient' | 'steward';
  /** The name of the request that it answers. */
  readonly answers?: string;
  /** The names of the transfers by which the provider had received the data. */
  readonly origins?: readonly string[];
  readonly record: Omit<TransferInput, 'originTransferIds' | 'requestId' | 'provider' | 'recipient'> &
    Parties;
  readonly events?: readonly ScenarioEvent[];
}
interface Parties {
  readonly provider: { readonly agencyId: ScenarioAgency; readonly unit?: string };
  readonly recipient: { readonly agencyId: ScenarioAgency; readonly unit?: string };
}

/** An event, recorded by the one party that may, or by `party` where both may. */
export type ScenarioEvent = (Exclude<TransferEventInput, { kind: 'record-superseded' }> | Superseded) & {
  readonly party?: Party;
};
interface Superseded {
  readonly kind: 'record-superseded';
  readonly body: { readonly occurredOn: string; readonly byName: string; readonly reason: string };
}

type Field = NonNullable<TransferInput['fields']>[number];

/** What the Data Privacy Vocabulary calls a field's content; terms of our own where it has none. */
const CATEGORY: Partial<Record<CanonicalField, string>> = {
  msisdn: 'https://w3id.org/dpv/pd#TelephoneNumber',
  cnic: 'https://w3id.org/dpv/pd#OfficialID',
  imsi: 'https://amanat.dev/pd#IMSI',
  imei: 'https://amanat.dev/pd#IMEI',
  name: 'https://w3id.org/dpv/pd#Name',
  'father-name': 'https://w3id.org/dpv/pd#Parent',
  'mother-name': 'https://w3id.org/dpv/pd#Parent',
  address: 'https://w3id.org/dpv/pd#PhysicalAddress',
  'birth-date': 'https://w3id.org/dpv/pd#BirthDate',
  gender: 'https://w3id.org/dpv/pd#Gender',
  'family-tree': 'https://w3id.org/dpv/pd#FamilyStructure',
  household: 'https://w3id.org/dpv/pd#FamilyStructure',
  'call-detail': 'https://w3id.org/dpv/pd#CallLog',
  'fingerprint-biometric': 'https://w3id.org/dpv/pd#Fingerprint',
};
const SPECIAL: ReadonlySet<CanonicalField> = new Set(['fingerprint-biometric', 'health-record']);

const column =
  (transform: Field['transform']) =>
  (name: string, canonical: CanonicalField): Field => {
    const category = CATEGORY[canonical];
    const personal = SPECIAL.has(canonical) ? 'special' : 'personal';
    return {
      name,
      canonical,
      ...(category !== undefined && { category }),
      sensitivity: transform === 'aggregated' ? 'internal' : personal,
      transform,
    };
  };

/** Columns by what was done to them on the way out: `clear('CNIC_NO', 'cnic')` left as it was. */
export const clear = column('identity');
export const masked = column('masked');
export const tokenised = column('tokenised');
export const derived = column('derived');
export const aggregated = column('aggregated');

/** The period in which something was handed over; one day where it is known. */
export const on = (day: string, until: string = day) => ({ earliest: day, latest: until });

/** A digest of nothing that exists, the same in every run. */
export const inventedDigest = (of: string): string => createHash('sha256').update(of).digest('hex');

export const file = (name: string, rows: number, bytes: number) => ({
  file: name,
  rows,
  bytes,
  sha256: inventedDigest(name),
});
export const fileWithoutDigest = (name: string, rows: number, why: string) => ({
  file: name,
  rows,
  digestUnknown: why,
});

/** A manifest of access by query: nothing was handed over as a file. */
export const noFiles = [
  { file: 'none', digestUnknown: 'access by query: single answers were given, no file was handed over' },
];

export const custodians = (sender: string, receiver: string) => [
  { role: 'sender' as const, staffRef: sender },
  { role: 'receiver' as const, staffRef: receiver },
];

/** The ledger was begun in 2024. What was handed over before is recorded from what the files still show. */
export const backFilled = (
  confidence: NonNullable<TransferInput['confidence']>,
  ...evidence: NonNullable<TransferInput['evidence']>
) => ({ assertion: 'retrospective' as const, confidence, evidence });

export const atTheTime = { assertion: 'contemporaneous' as const };

/** Parts of a record that nothing found tells of. */
export const lacking = (reason: string, ...parts: NonNullable<TransferInput['lacking']>[number]['part'][]) =>
  parts.map((part) => ({ part, reason }));
