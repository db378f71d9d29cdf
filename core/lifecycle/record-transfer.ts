import type { Flag } from '../model/entry.ts';
import { MOST_SUPPRESSED } from '../model/publication.ts';
import { type AgencyId, addDuration, type Day } from '../model/scalars.ts';
import { canonicalFields, retentionEnd, type TransferRecord } from '../model/transfer.ts';
import { type Fault, Problem } from '../problem.ts';
import { departures, type Resting } from './agreed.ts';
import { type DataRequestState, departuresFromGrant } from './data-request.ts';
import type { AgencyState, AgreementState } from './registry.ts';
import { isVoid, outlasts, type TransferState } from './transfer.ts';

/** What the ledger knows that a new transfer is judged by. */
export interface Known {
  readonly today: Day;
  readonly agencies: ReadonlyMap<AgencyId, AgencyState>;
  readonly agreement: AgreementState | undefined;
  /** The one that the record names. */
  readonly request?: DataRequestState | undefined;
  readonly origins: ReadonlyMap<string, TransferState>;
}

/**
 * Whether a transfer may be recorded, and what is to be flagged about it for good.
 *
 * A hand-over outside its agreement, or of what was not granted, is not refused, for it happened: it needs a stated exception (in a record made
 * after the fact, at least the statement that the agreement is not known), and the flag stays.
 * @throws Problem `invalid-record` with a pointer for each fault
 */
export function decideTransfer(record: TransferRecord, known: Known): readonly Flag[] {
  const faults: Fault[] = [];
  const fault = (pointer: string, detail: string) => faults.push({ pointer, detail });

  if (record.handedOver.latest > known.today) fault('/handedOver/latest', 'must not be in the future');
  const until = record.suppression?.until;
  if (until !== undefined && until < known.today) fault('/suppression/until', 'must not be past');
  if (until !== undefined && until > addDuration(known.today, MOST_SUPPRESSED))
    fault('/suppression/until', 'must be at most two years ahead');
  for (const party of ['provider', 'recipient'] as const)
    if (!known.agencies.has(record[party].agencyId)) fault(`/${party}/agencyId`, 'is no registered agency');

  const flags = [
    ...agreementFlags(record, known.agreement, fault),
    ...(record.requestId === undefined ? [] : departuresFromGrant(record, known.request, fault)),
    ...originFlags(record, known, fault),
  ];
  if (flags.length > 0 && !record.exception)
    for (const { code, pointer } of flags)
      fault(
        pointer ?? '',
        `${EXPLAINED[code] ?? code}: this needs an exception with a reason and an approver`,
      );

  if (faults.length > 0) throw new Problem('invalid-record', undefined, faults);
  return [...flags, ...remarks(record)];
}

const EXPLAINED: Partial<Record<Flag['code'], string>> = {
  'outside-agreement-date': 'the agreement was not in force at the hand-over',
  'agreement-retired': 'the agreement was retired before the hand-over',
  'outside-agreement-fields': 'the agreement does not cover this field',
  'outside-agreement-purpose': 'the agreement does not cover this purpose',
  'outside-agreement-area': 'the agreement does not cover this area',
  'request-not-granted': 'the request was not granted for the day of the hand-over',
  'beyond-grant': 'this was not granted upon the request',
  'onward-not-allowed': 'the origin does not allow onward sharing',
  'fields-beyond-origin': 'the origin does not hold this field',
  'retention-beyond-origin': 'the retention outlasts the origin',
  'origin-handed-over-later': 'the origin was handed over after this transfer',
  'origin-recalled': 'the origin had been recalled by then',
  'origin-destroyed': 'the destruction of the origin had been certified by then',
};

function agreementFlags(
  { agreement, provider, recipient, handedOver, fields = [], purposes = [], coverage }: TransferRecord,
  state: AgreementState | undefined,
  fault: (pointer: string, detail: string) => void,
): Flag[] {
  if (!agreement) return [];
  const resting: Resting = {
    ...{ agreement, purposes, period: handedOver },
    provider: provider.agencyId,
    recipient: recipient.agencyId,
    fields: fields.map(({ canonical }) => canonical),
    areas: coverage?.areas ?? [],
    pointers: { period: '/handedOver', areas: '/coverage/areas' },
  };
  return departures(resting, state, fault);
}

function originFlags(
  record: TransferRecord,
  known: Known,
  fault: (pointer: string, detail: string) => void,
): Flag[] {
  const ids = record.originTransferIds ?? [];
  const provider = known.agencies.get(record.provider.agencyId);
  if (ids.length === 0) {
    if (provider && !provider.holdsOwnData)
      fault('/originTransferIds', 'is required: the provider has only data that it received itself');
    return [];
  }
  const flags: Flag[] = [];
  const origins: TransferState[] = [];
  for (const [i, id] of ids.entries()) {
    const pointer = `/originTransferIds/${i}`;
    const origin = known.origins.get(id);
    if (!origin) fault(pointer, 'is no recorded transfer');
    else if (origin.record.recipient.agencyId !== record.provider.agencyId)
      fault(pointer, 'was not received by this provider');
    else if (isVoid(origin)) fault(pointer, 'is superseded by another record, or withdrawn');
    else {
      origins.push(origin);
      flags.push(...originFlagsAt(pointer, record, origin));
    }
  }
  const end = retentionEnd(record);
  if (origins.some((origin) => outlasts(end, origin.retentionEnd)))
    flags.push({ code: 'retention-beyond-origin', pointer: '/retention' });
  // An origin whose fields are not known could have held any.
  if (origins.length > 0 && origins.every((origin) => origin.record.fields)) {
    const received = new Set(origins.flatMap((origin) => canonicalFields(origin.record)));
    record.fields?.forEach((field, i) => {
      if (!received.has(field.canonical) && provider && !provider.holdsOwnData)
        flags.push({ code: 'fields-beyond-origin', pointer: `/fields/${i}` });
    });
  }
  return flags;
}

/** Whether an origin could still be handed on at the time. */
function originFlagsAt(pointer: string, record: TransferRecord, origin: TransferState): Flag[] {
  const { earliest, latest } = record.handedOver;
  const { recalled, certified } = origin;
  const codes: [Flag['code'], boolean][] = [
    ['origin-handed-over-later', origin.record.handedOver.earliest > latest],
    ['onward-not-allowed', !origin.record.onward.allowed],
    ['origin-recalled', recalled !== undefined && recalled.occurredOn < earliest],
    ['origin-destroyed', certified !== undefined && certified.occurredOn < earliest],
  ];
  return codes.flatMap(([code, is]) => (is ? [{ code, pointer }] : []));
}

/** What is worth a flag, and needs no exception. */
function remarks(record: TransferRecord): Flag[] {
  const flags: Flag[] = [];
  if (!record.agreement)
    flags.push({ code: record.exception ? 'no-agreement' : 'agreement-unknown', pointer: '/agreement' });
  if (record.encryption === 'none') flags.push({ code: 'unencrypted', pointer: '/encryption' });
  record.manifest?.forEach((file, i) => {
    if (file.sha256 === undefined)
      flags.push({ code: 'digest-unknown', pointer: `/manifest/${i}/digestUnknown` });
  });
  return flags;
}
