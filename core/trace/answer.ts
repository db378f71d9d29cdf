import * as z from 'zod';
import { TransferSummary } from '../api/answers.ts';
import { LeakDescription } from '../model/incident.ts';
import { AgencyId, Day, EntryId, IncidentId, TraceId, TransferId } from '../model/scalars.ts';
import { CanonicalField } from '../model/vocabulary.ts';
import { BEARINGS, EVIDENCE_CODES, EXCLUSIONS } from './codes.ts';
import { DevicesAnswer } from './devices/answer.ts';
import { ContentAnswer } from './sample/answer.ts';

const Nat = z.int().min(0);
const Text = z.string();
const Pointers = z.array(z.string());
/** Sets of transfers may be more than a JSON number can count. */
const BigCount = z
  .string()
  .regex(/^(?:0|[1-9]\d*)$/)
  .meta({ id: 'BigCount', description: 'A whole number of any size, as decimal digits' });

const RestsOn = z
  .strictObject({
    leak: Pointers.optional().describe('RFC 6901 pointers into the description of the leak'),
    record: Pointers.optional().describe(
      'RFC 6901 pointers into the record, the body of its own entry; in joint evidence, of those members that have it',
    ),
    entries: z.array(EntryId).optional().describe('Other entries of the ledger'),
  })
  .meta({ id: 'RestsOn', description: 'What a finding rests on' });

export const TraceEvidence = z
  .strictObject({
    code: z.enum(EVIDENCE_CODES),
    bearing: z.enum(BEARINGS),
    points: z.int(),
    detail: Text,
    restsOn: RestsOn,
  })
  .meta({ id: 'TraceEvidence', description: 'One finding for or against, by its code in the closed list' });
export type TraceEvidence = z.infer<typeof TraceEvidence>;

const TraceMethod = z
  .strictObject({
    name: z.string(),
    version: z.int().min(1),
    rules: z.array(Text),
    bounds: z.record(z.string(), Nat),
    evidence: z
      .array(
        z.strictObject({
          code: z.enum(EVIDENCE_CODES),
          bearing: z.enum(BEARINGS),
          points: z.int(),
          excludes: z.boolean(),
          means: Text,
        }),
      )
      .describe('The closed list of evidence, with the points that each finding adds'),
  })
  .meta({ id: 'TraceMethod', description: 'How the answer was found' });

export const TraceCandidate = z
  .strictObject({
    rank: z
      .int()
      .min(1)
      .describe('One more than the candidates with more record points; candidates of equal points share it'),
    points: z
      .strictObject({ record: z.int(), history: z.int() })
      .describe('Sums over the evidence; they order, and are no probability'),
    transfer: TransferSummary.omit({ purposes: true, marking: true, canaries: true }).meta({
      id: 'TracedTransfer',
      description:
        'A transfer, with its state, marks and end of retention as of the day on which the leak was first seen',
    }),
    covers: z.array(CanonicalField).describe('Leaked fields that it gave in the clear'),
    missing: z
      .array(CanonicalField)
      .describe('Leaked fields that it did not give in the clear; empty where its fields are not recorded'),
    fieldsKnown: z.boolean(),
    evidence: z.array(TraceEvidence),
  })
  .meta({ id: 'TraceCandidate', description: 'A transfer that the description does not exclude' });
export type TraceCandidate = z.infer<typeof TraceCandidate>;

const ExcludedTransfer = z
  .strictObject({
    transferId: TransferId,
    entryId: EntryId,
    sequence: Nat,
    provider: AgencyId,
    recipient: AgencyId,
    covers: z.array(CanonicalField),
    reasons: z.array(z.strictObject({ code: z.enum(EXCLUSIONS), detail: Text, restsOn: RestsOn })).min(1),
  })
  .meta({ id: 'ExcludedTransfer', description: 'A transfer whose record contradicts the description' });

export const TraceSet = z
  .strictObject({
    pattern: z.int().min(1).describe('The number of the pattern that it belongs to'),
    points: z
      .strictObject({ members: z.int(), joint: z.int() })
      .describe('The record points of its members, and those of the joint evidence'),
    members: z
      .array(
        z.strictObject({
          transferId: TransferId,
          onlyHere: z.array(CanonicalField).min(1).describe('Fields that no other member gives'),
        }),
      )
      .min(1),
    joint: z.array(TraceEvidence),
  })
  .meta({
    id: 'TraceSet',
    description: 'Transfers that together cover all coverable fields, none of them dispensable',
  });
export type TraceSet = z.infer<typeof TraceSet>;

const TraceSets = z
  .strictObject({
    coverable: z.array(CanonicalField).describe('Leaked fields that some candidate gave in the clear'),
    uncovered: z.array(CanonicalField).describe('Leaked fields that no candidate gave in the clear'),
    exact: z
      .boolean()
      .describe('Whether these are all irredundant sets there are; when false, see exactUpToSize'),
    exactUpToSize: Nat.describe('All irredundant sets of at most so many transfers are counted here'),
    patternsFound: Nat,
    setsFound: BigCount,
    truncated: z.boolean().describe('Whether sets were found that are not listed'),
    groups: z
      .array(
        z.strictObject({ group: z.int().min(1), covers: z.array(CanonicalField).min(1), transfers: Nat }),
      )
      .describe('Candidates that cover the same leaked fields; those that the listed patterns name'),
    patterns: z
      .array(
        z.strictObject({
          pattern: z.int().min(1),
          groups: z.array(z.int().min(1)).min(1),
          sets: BigCount.describe('How many sets of transfers the pattern stands for'),
        }),
      )
      .describe('Choices of groups that together cover all coverable fields, none of them dispensable'),
    listed: z.array(TraceSet).describe('The best sets: the smallest first, then by points'),
  })
  .meta({
    id: 'TraceSets',
    description: 'All irredundant sets of candidates that together cover what candidates can cover',
  });

const TraceCoverage = z
  .strictObject({
    period: z
      .strictObject({ from: Day, to: Day })
      .describe(
        'When the data must have been handed over: from the newest fact of the leak, or else the first hand-over of the ledger, to the day on which the leak was first seen',
      ),
    providersTotal: Nat,
    providersWithGaps: Nat.describe(
      'Providers for which the ledger is not declared complete for all of the period',
    ),
    recordedLater: z
      .strictObject({ candidates: Nat, of: Nat })
      .describe('Candidates that were not recorded when they happened, of all candidates'),
    providers: z.array(
      z
        .strictObject({
          provider: AgencyId,
          transfers: Nat,
          candidates: Nat,
          recordedLater: Nat,
          gapDays: Nat.describe('Days of the period that no declaration covers without limits'),
          gaps: z.array(z.strictObject({ from: Day, to: Day })),
          declarations: z
            .array(z.strictObject({ entryId: EntryId, from: Day, to: Day, limited: z.boolean() }))
            .describe('Declarations that touch the period; one that is limited to a scope closes no gap'),
          truncated: z.boolean(),
        })
        .meta({ id: 'TracedProvider', description: 'How far the ledger is complete for a provider' }),
    ),
    truncated: z.boolean(),
  })
  .meta({ id: 'TraceCoverage', description: 'What the ledger does, and does not, cover' });
export type TraceCoverage = z.infer<typeof TraceCoverage>;

const Hypothesis = z
  .strictObject({
    code: z.enum([
      'single-transfer',
      'several-transfers',
      'fields-not-recorded',
      'collected-by-queries',
      'passed-on',
      'at-the-provider',
      'not-in-the-ledger',
    ]),
    detail: Text,
  })
  .meta({ id: 'TraceHypothesis', description: 'An explanation that stays open' });
export type Hypothesis = z.infer<typeof Hypothesis>;

/**
 * The answer of a trace. The ledger records the SHA-256 of its canonical JSON, so the same question over the same
 * entries gives the same bytes: every list has one order, every number is an integer, and no clock is read.
 */
export const TraceAnswer = z
  .strictObject({
    traceId: TraceId,
    incidentId: IncidentId,
    caseReference: z.string(),
    reflects: z
      .strictObject({ size: Nat })
      .describe('The answer is about the first `size` entries of the log'),
    method: TraceMethod,
    asked: LeakDescription,
    summary: z.array(Text).describe('The answer in plain sentences'),
    hypotheses: z.array(Hypothesis).describe('Explanations that the answer leaves open'),
    counts: z
      .strictObject({
        transfers: Nat,
        candidates: Nat,
        coverAll: Nat,
        coverSome: Nat,
        coverNone: Nat.describe(
          'Candidates that gave no leaked field in the clear, most of them some in another form',
        ),
        fieldsUnknown: Nat,
        excluded: Nat,
        excludedBy: z
          .array(z.strictObject({ code: z.enum(EXCLUSIONS), transfers: Nat }))
          .describe('One transfer may be excluded for several reasons'),
      })
      .meta({ id: 'TraceCounts', description: 'How many transfers were looked at, and what became of them' }),
    fields: z.array(
      z
        .strictObject({
          field: CanonicalField,
          clear: Nat.describe('Candidates that gave it in the clear'),
          altered: Nat.describe('Candidates that gave it only masked, tokenised, derived or aggregated'),
          excluded: Nat.describe('Excluded transfers that gave it in the clear'),
        })
        .meta({ id: 'TracedField', description: 'How many transfers gave a leaked field' }),
    ),
    candidates: z
      .strictObject({ total: Nat, shown: Nat, truncated: z.boolean(), items: z.array(TraceCandidate) })
      .meta({ id: 'TraceCandidates', description: 'The candidates, best first, as far as they are shown' }),
    sets: TraceSets,
    excluded: z
      .strictObject({ total: Nat, shown: Nat, truncated: z.boolean(), items: z.array(ExcludedTransfer) })
      .meta({
        id: 'TraceExclusions',
        description: 'The excluded transfers, those that hold the most leaked fields first',
      }),
    coverage: TraceCoverage,
    devices: DevicesAnswer.optional().describe('Where planted records or marks were looked for'),
    content: ContentAnswer.optional().describe('Where a sample of the leak was compared'),
  })
  .meta({
    id: 'TraceAnswer',
    description: 'Which recorded transfers are consistent with a leak, alone or together',
  });
export type TraceAnswer = z.infer<typeof TraceAnswer>;

/** A trace that takes longer than a request may: what is known of it until it is answered. */
export const TracePending = z
  .strictObject({
    traceId: TraceId,
    incidentId: IncidentId,
    files: Nat.describe('Files that the sample is compared with'),
    compared: Nat.describe('Of these, so many by now; then what was found is weighed'),
  })
  .meta({ id: 'TracePending', description: 'A trace that was accepted, and is not answered yet' });
export type TracePending = z.infer<typeof TracePending>;
