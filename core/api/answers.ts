import * as z from 'zod';
import { REFUSALS } from '../lifecycle/incident.ts';
import { TRANSFER_OBLIGATIONS } from '../lifecycle/obligations.ts';
import { Signing } from '../lifecycle/signing.ts';
import { LIFECYCLE, MARKS, STATES } from '../lifecycle/transfer.ts';
import { WebhookUrl } from '../lifecycle/webhook.ts';
import { Access } from '../model/access.ts';
import { Entry, Flag, STREAMS } from '../model/entry.ts';
import { FrameRecord } from '../model/frame.ts';
import { INCIDENT_EVENTS, IncidentRecord, LeakDescription } from '../model/incident.ts';
import { Principal } from '../model/principal.ts';
import { AgencyRecord, AgreementRecord, CoverageDeclaration } from '../model/registry.ts';
import {
  AgencyId,
  AgreementId,
  DatasetId,
  Day,
  EntryId,
  FrameId,
  IncidentId,
  Instant,
  RequestId,
  Sha256,
  TraceId,
  TransferId,
} from '../model/scalars.ts';
import { KeyId } from '../model/signing.ts';
import { Canaries, Marking } from '../model/transfer.ts';
import { CanonicalField } from '../model/vocabulary.ts';
import { RecordedRequest } from './data-requests.ts';

const Nat = z.int().min(0);

const FaultAnswer = z
  .strictObject({
    pointer: z.string().optional().describe('Where in the body (RFC 6901)'),
    parameter: z.string().optional().describe('The name of the query parameter'),
    header: z.string().optional().describe('The name of the header'),
    detail: z.string().describe('What is wrong with it; never repeats what was sent'),
  })
  .meta({ id: 'Fault', description: 'One fault in a request' });

export const ProblemAnswer = z
  .strictObject({
    type: z.string().describe('What kind of problem it is; stable, made to be compared'),
    title: z.string().describe('The kind of problem in words'),
    status: z.int().describe('The HTTP status'),
    detail: z.string().optional().describe('What is particular to this occurrence'),
    instance: z.string().optional(),
    correlationId: z.string().optional().describe('Quote this when asking about it'),
    errors: z.array(FaultAnswer).optional().describe('Each fault that was found in the request'),
  })
  .meta({ id: 'Problem', description: 'A problem (RFC 9457)' });

export const EntryPlaces = z
  .strictObject({
    items: z.array(
      z.strictObject({
        entryId: EntryId,
        index: Nat.nullable().describe('Where the index has it; null where the index lacks it'),
      }),
    ),
    size: Nat.describe('How many entries the published checkpoint covers; none beyond it are told'),
  })
  .meta({ id: 'EntryPlaces', description: 'Entries in the order of the log' });
export type EntryPlaces = z.infer<typeof EntryPlaces>;

/** The first answer to an append, and to every repetition of it. */
export const AppendAnswer = z
  .strictObject({
    entryId: EntryId,
    kind: z.string(),
    subject: z.string(),
    version: Nat,
    recordedAt: Instant,
    principal: Principal,
    flags: z.array(Flag).describe('What the ledger found worth remarking, for good'),
    signedWith: KeyId.optional().describe('The key of the agency with which the entry is signed'),
    transferId: TransferId.optional(),
    requestId: RequestId.optional(),
    incidentId: IncidentId.optional(),
    frameId: FrameId.optional(),
    agencyId: AgencyId.optional(),
    agreementId: AgreementId.optional(),
  })
  .meta({
    id: 'AppendAnswer',
    description: 'What became of an append: the same for its every repetition, byte for byte',
  });
export type AppendAnswer = z.infer<typeof AppendAnswer>;

export const LineAnswer = z
  .strictObject({
    line: z.int().min(1).describe('The number of the line, from 1'),
    status: z.int().describe('The HTTP status that the line by itself would have got'),
    answer: AppendAnswer.optional(),
    problem: ProblemAnswer.optional(),
  })
  .meta({ id: 'LineAnswer', description: 'What became of one line: an answer or a problem' });
export type LineAnswer = z.infer<typeof LineAnswer>;

/** How much of the log an answer reflects: its first `size` entries. */
const Reflects = z
  .strictObject({ size: Nat })
  .meta({ id: 'Reflects', description: 'How much of the log the answer reflects: its first `size` entries' });

const listOf = <T extends z.ZodType>(item: T, id: string) =>
  z
    .strictObject({
      items: z.array(item),
      nextCursor: z.string().optional().describe('Send it as `cursor` for the next page; absent on the last'),
      reflects: Reflects,
    })
    .meta({ id, description: 'A page' });

export const TransferSummary = z
  .strictObject({
    transferId: TransferId,
    entryId: EntryId,
    sequence: Nat.describe('Its place in the log, from 0'),
    recordedAt: Instant,
    provider: AgencyId,
    recipient: AgencyId,
    agreement: z.strictObject({ id: AgreementId, version: z.int() }).optional(),
    dataset: z.strictObject({ id: DatasetId, title: z.string() }),
    fields: z.array(CanonicalField).optional(),
    purposes: z.array(z.string()).optional(),
    areas: z.array(z.string()).optional(),
    snapshot: z.strictObject({ from: Day, to: Day }).optional(),
    handedOver: z.strictObject({ earliest: Day, latest: Day }),
    rows: Nat.optional(),
    retentionEnd: Day.optional().describe('The day by which the data must be gone, extensions included'),
    assertion: z.string(),
    state: z.enum(LIFECYCLE),
    marks: z.array(z.enum(MARKS)).describe('What is true of it besides its state'),
    flags: z.array(z.string()),
    marking: Marking.optional(),
    canaries: Canaries.optional(),
  })
  .meta({ id: 'TransferSummary', description: 'A transfer in a list, with its state today' });
export type TransferSummary = z.infer<typeof TransferSummary>;
export const TransferList = listOf(TransferSummary, 'TransferList');

export const DataRequestList = listOf(RecordedRequest, 'DataRequestList');

export const History = z
  .strictObject({ items: z.array(Entry) })
  .meta({ id: 'History', description: 'Every entry about one thing, oldest first' });

export const LineageNode = z
  .strictObject({
    transfer: TransferSummary,
    next: z
      .array(TransferId)
      .describe('Those that it names as origins, or that name it: one step on in the direction asked'),
    depth: Nat.describe('How many steps away'),
  })
  .meta({ id: 'LineageNode', description: 'A transfer up or down the line' });
export const Lineage = z
  .strictObject({
    transferId: TransferId,
    direction: z.enum(['upstream', 'downstream']),
    items: z.array(LineageNode),
    truncated: z.boolean().describe('Whether there is more than is shown'),
    undeclared: z
      .array(TransferSummary)
      .describe(
        'Transfers that name no origin, of the same dataset or fields, provided by somebody who held this one: onward sharing that may not have been declared',
      ),
    reflects: Reflects,
  })
  .meta({ id: 'Lineage', description: 'Where data came from, or went on to' });
export type Lineage = z.infer<typeof Lineage>;

const owed = {
  obliged: AgencyId,
  dueOn: Day,
  daysOverdue: Nat,
  since: Day,
  why: z.string(),
  cause: EntryId.describe('The entry that gave rise to it, perhaps one of a transfer upstream'),
};
export const Obligation = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        transferId: TransferId,
        kind: z.enum(TRANSFER_OBLIGATIONS),
        ...owed,
        lastAttested: z.strictObject({ on: Day, held: z.boolean() }).optional(),
        transfer: TransferSummary,
      })
      .meta({ id: 'TransferObligation', description: 'What an agency still owes for a transfer' }),
    z
      .strictObject({
        requestId: RequestId,
        kind: z.literal('answer-request'),
        ...owed,
        request: RecordedRequest,
      })
      .meta({ id: 'RequestObligation', description: 'What an agency owes whoever asked it for data' }),
  ])
  .meta({ id: 'Obligation', description: 'What an agency still owes' });
export type Obligation = z.infer<typeof Obligation>;
export const ObligationList = listOf(Obligation, 'ObligationList');

export const CoverageAnswer = z
  .strictObject({
    declarations: z.array(
      CoverageDeclaration.safeExtend({ entryId: EntryId, recordedAt: Instant }).meta({
        id: 'DeclaredCoverage',
        description: 'A declaration as it was recorded',
      }),
    ),
    providers: z.array(
      z
        .strictObject({
          provider: AgencyId,
          transfers: Nat,
          retrospective: Nat.describe('Transfers that were not recorded when they happened'),
          firstHandedOver: Day.optional(),
          lastHandedOver: Day.optional(),
          gaps: z
            .array(z.strictObject({ from: Day, to: Day }))
            .describe(
              'Periods since the first hand-over or declaration that no declaration without a scope covers',
            ),
        })
        .meta({
          id: 'ProviderCoverage',
          description: 'What the ledger holds of one provider, and what may be missing',
        }),
    ),
    reflects: Reflects,
  })
  .meta({ id: 'CoverageAnswer', description: 'What the ledger is complete for, and what it is not' });
export type CoverageAnswer = z.infer<typeof CoverageAnswer>;

export const Agency = AgencyRecord.extend({
  signing: Signing.optional().describe('Absent while it has recorded nothing of its keys'),
  webhook: WebhookUrl.optional().describe('Where it is told what it owes'),
  entryId: EntryId,
  recordedAt: Instant,
}).meta({ id: 'Agency', description: 'A registered agency as it is now' });
export const AgencyList = listOf(Agency, 'AgencyList');

export const Frame = FrameRecord.extend({ frameId: FrameId, entryId: EntryId, recordedAt: Instant }).meta({
  id: 'Frame',
  description: 'The fingerprints of master data at a time, as they were recorded',
});
export const FrameList = listOf(Frame, 'FrameList');

/** What verifies the signatures of notices, as a JWK Set (RFC 7517). */
export const NoticeKeys = z
  .strictObject({
    keys: z.array(
      z.strictObject({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string(),
        kid: KeyId,
        use: z.literal('sig'),
      }),
    ),
  })
  .meta({ id: 'NoticeKeys', description: 'What verifies the signatures of notices: a JWK Set (RFC 7517)' });

/** A way to bring one file to where traces are run, and no other. */
export const UploadTicket = z
  .strictObject({
    stored: z.boolean().describe('Whether the file is there already, so that nothing is to be done'),
    url: z.string().optional().describe('To be PUT to, once, with exactly these headers'),
    headers: z.record(z.string(), z.string()).optional(),
    expiresAt: Instant.optional(),
  })
  .meta({
    id: 'UploadTicket',
    description: 'A way to bring one file, of one digest and length, and no other',
  });
export type UploadTicket = z.infer<typeof UploadTicket>;

const { agreementId: _agreementId, ...terms } = AgreementRecord.shape;
export const Agreement = z
  .strictObject({
    agreementId: AgreementId,
    entryId: EntryId,
    recordedAt: Instant,
    versions: z.array(z.strictObject({ version: z.int().min(1), ...terms })),
    retired: z.strictObject({ on: Day, reason: z.string() }).optional(),
  })
  .meta({ id: 'Agreement', description: 'A registered agreement with all its versions, oldest first' });
export const AgreementList = listOf(Agreement, 'AgreementList');

/** One trace that was run under an incident: who asked what, and the digest of the answer. */
export const TraceRun = z
  .strictObject({
    traceId: TraceId,
    entryId: EntryId,
    recordedAt: Instant,
    principal: Principal,
    description: LeakDescription,
    answerSha256: Sha256,
    sketchSha256: Sha256.optional().describe('Of what later samples are compared with this one by'),
    reflects: Reflects,
  })
  .meta({
    id: 'TraceRun',
    description: 'A trace that was run: who asked what, and the digest of the answer',
  });

const PendingTrace = z
  .strictObject({
    traceId: TraceId,
    entryId: EntryId,
    recordedAt: Instant,
    principal: Principal,
    description: LeakDescription,
    sketchSha256: Sha256,
    files: Nat,
    reflects: Reflects,
  })
  .meta({ id: 'PendingTrace', description: 'A trace that is being worked on' });

const RefusedTrace = z
  .strictObject({
    entryId: EntryId,
    recordedAt: Instant,
    principal: Principal,
    description: LeakDescription,
    refusal: z.enum(REFUSALS).describe('The problem that it was answered with'),
    detail: z.string(),
    traceId: TraceId.optional().describe('Of one that was accepted before'),
  })
  .meta({ id: 'RefusedTrace', description: 'A trace that was asked for and not answered, and why' });

export const Incident = z
  .strictObject({
    incidentId: IncidentId,
    entryId: EntryId,
    recordedAt: Instant,
    incident: IncidentRecord,
    traces: z.array(TraceRun),
    pending: z.array(PendingTrace),
    refusals: z.array(RefusedTrace),
    findings: z.array(
      z.strictObject({ entryId: EntryId, recordedAt: Instant, finding: INCIDENT_EVENTS['finding-recorded'] }),
    ),
    approvals: z.array(
      z.strictObject({
        entryId: EntryId,
        recordedAt: Instant,
        principal: Principal,
        approval: INCIDENT_EVENTS['trace-approved'],
      }),
    ),
    closed: z.strictObject({ on: Day, outcome: z.string() }).optional(),
  })
  .meta({ id: 'Incident', description: 'A leak under investigation, with all that was asked and found' });
export type Incident = z.infer<typeof Incident>;
export const IncidentList = listOf(Incident, 'IncidentList');

export const AccessItem = Access.extend({
  entryId: EntryId.optional().describe('The entry that holds it; absent until it is in one'),
}).meta({ id: 'AccessItem', description: 'One read of the ledger, and the entry that it can be proved by' });
export type AccessItem = z.infer<typeof AccessItem>;
export const AccessList = listOf(AccessItem, 'AccessList');

export const StateFilter = z
  .enum(STATES)
  .meta({ id: 'State', description: 'How a transfer stands, or what is true of it besides' });
export const StreamFilter = z.enum(STREAMS);
