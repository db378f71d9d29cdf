import { problemOf } from '../../core/api/faults.ts';
import { canonicalBytes } from '../../core/canonical.ts';
import { MAX_ENTRY_BYTES } from '../../core/model/entry.ts';
import { AgencyRecord } from '../../core/model/registry.ts';
import { LACKABLE, TransferRecord } from '../../core/model/transfer.ts';
import type { AgencyDirectory, NamedAgency } from './agencies.ts';
import type { Mapping } from './mapping.ts';
import type { Row } from './row.ts';

export const PARTIES = ['provider', 'recipient'] as const;
export type PartyName = (typeof PARTIES)[number];

/** An agency as one row describes it, where the mapping has it registered on the way. */
export interface DescribedAgency {
  readonly party: PartyName;
  readonly record: AgencyRecord;
  /** Whether the mapping gives its id, rather than the import making one from its name. */
  readonly idGiven: boolean;
}

export interface ReadTransfer {
  readonly body: TransferRecord;
  readonly agencies: readonly DescribedAgency[];
}

/** The transfer that a row records; undefined when the row is at fault, which it then says. */
export function readTransfer(
  row: Row,
  mapping: Mapping,
  directory: AgencyDirectory,
  fileSha256: string,
): ReadTransfer | undefined {
  const parties = {
    provider: readParty(row, 'provider', mapping, directory),
    recipient: readParty(row, 'recipient', mapping, directory),
  };
  const record = {
    ...readParts(row, mapping),
    provider: parties.provider.value,
    recipient: parties.recipient.value,
    assertion: mapping.assertion,
    confidence: mapping.confidence,
    evidence: [readEvidence(row, mapping, fileSha256)],
  };
  const lacking = readLacking(row, mapping, record);
  const { data, error } = TransferRecord.safeParse(lacking.length > 0 ? { ...record, lacking } : record);
  // A value at fault also makes its part missing; only the fault itself is worth telling.
  if (error && row.faults.length === 0) row.faults.push(...problemOf(error, 'body').faults);
  const size = data ? canonicalBytes(data).length : 0;
  if (size > MAX_ENTRY_BYTES) row.fault([], `the record would be ${size} bytes; an entry is at most 60 KB`);
  const agencies = PARTIES.flatMap((party) => describe(row, party, mapping, parties[party].agency) ?? []);
  return data && row.faults.length === 0 ? { body: data, agencies } : undefined;
}

const readParts = (row: Row, { record }: Mapping) =>
  defined(Object.fromEntries(Object.entries(record).map(([part, value]) => [part, row.read(value, [part])])));

function readParty(row: Row, party: PartyName, mapping: Mapping, directory: AgencyDirectory) {
  const { agency: name, unit } = mapping[party];
  const spelled = row.readText(name, [party, 'agencyId']);
  const agency = spelled === undefined ? undefined : directory.find(spelled);
  const value = { agencyId: agency?.agencyId, unit: unit && row.readText(unit, [party, 'unit']) };
  return { agency, value: defined(value) };
}

function readEvidence(row: Row, { evidence }: Mapping, sha256: string) {
  const { kind, description, reference } = evidence;
  return defined({
    kind,
    description: row.readText(description, ['evidence', 0, 'description']),
    reference: reference && row.readText(reference, ['evidence', 0, 'reference']),
    sha256,
  });
}

/** Why the parts are lacking that the row does not give. What no reason is mapped for stays missing, and is refused. */
const readLacking = (row: Row, mapping: Mapping, record: Readonly<Record<string, unknown>>) =>
  LACKABLE.flatMap((part) => {
    const reason = mapping.lacking[part];
    if (reason === undefined || record[part] !== undefined) return [];
    return [defined({ part, reason: row.readText(reason, ['lacking', part]) })];
  });

function describe(
  row: Row,
  party: PartyName,
  mapping: Mapping,
  agency: NamedAgency | undefined,
): DescribedAgency | undefined {
  const { register } = mapping[party];
  if (!agency || !register) return undefined;
  const { agencyId, name, known, idGiven } = agency;
  const read = (what: 'kind' | 'area' | 'evidence') =>
    known[what] ?? (register[what] && row.readText(register[what], [party, 'register', what]));
  const described = defined({
    agencyId,
    name,
    kind: read('kind'),
    area: read('area'),
    holdsOwnData: known.holdsOwnData ?? register.holdsOwnData,
    evidence: read('evidence'),
  });
  const { data, error } = AgencyRecord.safeParse(described);
  if (data) return { party, record: data, idGiven };
  for (const { pointer = '', detail } of row.faults.length === 0 ? problemOf(error, 'body').faults : [])
    row.faults.push({ pointer: `/${party}/register${pointer}`, detail });
  return undefined;
}

const defined = (value: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
