import * as z from 'zod';
import { AGENCY_EVENTS, AGREEMENT_EVENTS } from '../lifecycle/registry.ts';
import {
  TRANSFER_EVENT_KINDS,
  TRANSFER_EVENTS,
  type TransferEventKind,
} from '../lifecycle/transfer-events.ts';
import type { StreamName } from '../model/entry.ts';
import { INCIDENT_EVENTS, IncidentRecord } from '../model/incident.ts';
import type { Role } from '../model/principal.ts';
import { AgencyRecord, AgreementRecord, CoverageDeclaration } from '../model/registry.ts';
import { TransferRecord } from '../model/transfer.ts';

/** One kind of entry that a client may append. */
export interface AppendKind {
  readonly stream: StreamName;
  /** Whether it starts a history (its subject then follows from the body or the entry) or goes on with one. */
  readonly opens: boolean;
  readonly body: z.ZodObject;
  readonly roles: readonly Role[];
}

const transferEvents = Object.fromEntries(
  TRANSFER_EVENT_KINDS.map((kind) => [
    kind,
    {
      stream: 'transfer',
      opens: false,
      body: z.strictObject(TRANSFER_EVENTS[kind].shape),
      roles: ['agency'],
    },
  ]),
) as unknown as Record<TransferEventKind, AppendKind>;

const kind = (
  stream: StreamName,
  step: 'opens' | 'follows',
  body: z.ZodType,
  roles: readonly Role[],
): AppendKind => ({ stream, opens: step === 'opens', body: body as z.ZodObject, roles });

/** Every kind of entry that a client may append, by name. The ledger's own kinds (`trace-run`) are not among them. */
export const APPEND_KINDS = {
  'transfer-recorded': kind('transfer', 'opens', TransferRecord, ['agency', 'steward']),
  ...transferEvents,
  'agency-registered': kind('agency', 'opens', AgencyRecord, ['steward']),
  'agency-changed': kind('agency', 'follows', AGENCY_EVENTS['agency-changed'], ['steward']),
  'agreement-registered': kind('agreement', 'opens', AgreementRecord, ['steward']),
  'agreement-amended': kind('agreement', 'follows', AGREEMENT_EVENTS['agreement-amended'], ['steward']),
  'agreement-retired': kind('agreement', 'follows', AGREEMENT_EVENTS['agreement-retired'], ['steward']),
  'coverage-declared': kind('coverage', 'opens', CoverageDeclaration, ['agency', 'steward']),
  'incident-opened': kind('incident', 'opens', IncidentRecord, ['auditor']),
  'finding-recorded': kind('incident', 'follows', INCIDENT_EVENTS['finding-recorded'], ['auditor']),
  'incident-closed': kind('incident', 'follows', INCIDENT_EVENTS['incident-closed'], ['auditor']),
} as const satisfies Record<string, AppendKind>;

export type AppendKindName = keyof typeof APPEND_KINDS;

/** The body of `POST …/events`: an event of the stream, told by its `kind`. */
const eventBody = (stream: StreamName, id: string) => {
  const members = Object.entries(APPEND_KINDS)
    .filter(([, definition]) => definition.stream === stream && !definition.opens)
    .map(([name, definition]) => z.strictObject({ kind: z.literal(name), body: definition.body }));
  const [first, ...rest] = members;
  if (first === undefined) throw new TypeError(`stream ${stream} has no events`);
  return z.discriminatedUnion('kind', [first, ...rest]).meta({ id });
};

export const TransferEventBody = eventBody('transfer', 'TransferEvent');
export const AgencyEventBody = eventBody('agency', 'AgencyEvent');
export const AgreementEventBody = eventBody('agreement', 'AgreementEvent');
export const IncidentEventBody = eventBody('incident', 'IncidentEvent');

export const MAX_APPEND_LINES = 100;
export const MAX_BODY_BYTES = 256 * 1024;

/** 1 to 200 printable ASCII characters, never stored: only its hash is. */
export const IdempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable ASCII characters without blanks')
  .meta({ id: 'IdempotencyKey' });

/** One line of `POST /v1/entries`. `subject` is the id of what an event is about; a registration has none. */
export const AppendLine = z
  .strictObject({
    idempotencyKey: IdempotencyKey,
    kind: z.enum(Object.keys(APPEND_KINDS) as [AppendKindName, ...AppendKindName[]]),
    subject: z.string().max(80).optional(),
    body: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AppendLine' });
export type AppendLine = z.infer<typeof AppendLine>;
