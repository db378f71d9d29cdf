import type * as z from 'zod';
import { type Entry, traceIdOf } from '../model/entry.ts';
import type { INCIDENT_EVENTS, IncidentRecord, LeakDescription } from '../model/incident.ts';
import type { Principal } from '../model/principal.ts';
import type { Day, EntryId, IncidentId, Instant, Sha256, TraceId } from '../model/scalars.ts';

/** What the ledger records of a trace: the question, and the digest of the answer that was given. */
export interface TraceRunBody {
  readonly caseReference: string;
  readonly description: LeakDescription;
  readonly answerSha256: Sha256;
  /** Of the sketch by which the sample is compared with those of later traces. */
  readonly sketchSha256?: Sha256;
  /** The answer was found among the first `size` entries of the log. */
  readonly reflects: { readonly size: number };
}

/** Why a trace was not answered. */
export const REFUSALS = ['approval-missing', 'sample-refused', 'too-many-requests'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** What the ledger records of a trace that it did not answer: the question, and why not. */
export interface TraceRefusedBody {
  readonly caseReference: string;
  readonly description: LeakDescription;
  readonly refusal: Refusal;
  readonly detail: string;
  /** Of one that was accepted, and came to nothing later. */
  readonly traceId?: TraceId;
}

/**
 * What the ledger records of a trace that takes longer than a request may: the question, before anything is compared.
 * Its `trace-run` follows, under the id that is named here.
 */
export interface TraceAcceptedBody {
  readonly caseReference: string;
  readonly description: LeakDescription;
  readonly traceId: TraceId;
  readonly sketchSha256: Sha256;
  /** Files that the sample is to be compared with, at most. */
  readonly files: number;
  readonly reflects: { readonly size: number };
}

export interface PendingTrace extends Omit<TraceAcceptedBody, 'caseReference'> {
  readonly entryId: EntryId;
  readonly recordedAt: Instant;
  readonly principal: Principal;
}

export interface RefusedTrace extends Omit<TraceRefusedBody, 'caseReference'> {
  readonly entryId: EntryId;
  readonly recordedAt: Instant;
  readonly principal: Principal;
}

export interface TraceRun extends Omit<TraceRunBody, 'caseReference'> {
  readonly traceId: TraceId;
  readonly entryId: EntryId;
  readonly recordedAt: Instant;
  readonly principal: Principal;
}

export interface Finding {
  readonly entryId: EntryId;
  readonly recordedAt: Instant;
  readonly finding: z.infer<(typeof INCIDENT_EVENTS)['finding-recorded']>;
}

export interface Approval {
  readonly entryId: EntryId;
  readonly recordedAt: Instant;
  readonly principal: Principal;
  readonly approval: z.infer<(typeof INCIDENT_EVENTS)['trace-approved']>;
}

export interface IncidentState {
  readonly incidentId: IncidentId;
  readonly entryId: EntryId;
  readonly recordedAt: Instant;
  readonly incident: IncidentRecord;
  readonly traces: TraceRun[];
  /** Accepted, and neither answered nor refused since. */
  readonly pending: PendingTrace[];
  readonly refusals: RefusedTrace[];
  readonly findings: Finding[];
  readonly approvals: Approval[];
  readonly closed?: { readonly on: Day; readonly outcome: string };
}

export function evolveIncident(state: IncidentState | undefined, entry: Entry): IncidentState {
  const { entryId, recordedAt, principal, body } = entry;
  if (state === undefined)
    return {
      incidentId: entry.subject as IncidentId,
      entryId,
      recordedAt,
      incident: body as IncidentRecord,
      traces: [],
      pending: [],
      refusals: [],
      findings: [],
      approvals: [],
    };
  switch (entry.kind) {
    case 'trace-run': {
      const { description, answerSha256, sketchSha256, reflects } = body as unknown as TraceRunBody;
      const run = {
        traceId: traceIdOf(entryId),
        entryId,
        recordedAt,
        principal,
        description,
        answerSha256,
        ...(sketchSha256 && { sketchSha256 }),
        reflects,
      };
      return { ...state, traces: [...state.traces, run], pending: without(state.pending, run.traceId) };
    }
    case 'trace-accepted': {
      const { caseReference: _case, ...accepted } = body as unknown as TraceAcceptedBody;
      return { ...state, pending: [...state.pending, { entryId, recordedAt, principal, ...accepted }] };
    }
    case 'trace-refused': {
      const { caseReference: _case, ...refused } = body as unknown as TraceRefusedBody;
      return {
        ...state,
        refusals: [...state.refusals, { entryId, recordedAt, principal, ...refused }],
        pending: without(state.pending, refused.traceId),
      };
    }
    case 'finding-recorded':
      return {
        ...state,
        findings: [...state.findings, { entryId, recordedAt, finding: body as Finding['finding'] }],
      };
    case 'trace-approved':
      return {
        ...state,
        approvals: [
          ...state.approvals,
          { entryId, recordedAt, principal, approval: body as Approval['approval'] },
        ],
      };
    case 'incident-closed':
      return { ...state, closed: { on: body['occurredOn'] as Day, outcome: body['outcome'] as string } };
    default:
      throw new TypeError(`no event of an incident: ${entry.kind}`);
  }
}

const without = (pending: readonly PendingTrace[], traceId: TraceId | undefined): PendingTrace[] =>
  pending.filter((trace) => trace.traceId !== traceId);
