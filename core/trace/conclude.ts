import { lifecycleOn, standingOf } from '../lifecycle/transfer.ts';
import { NOTHING_UPSTREAM } from '../lifecycle/upstream.ts';
import { entryIdWithin } from '../model/entry.ts';
import type { IncidentId, TraceId, TransferId } from '../model/scalars.ts';
import type { CanonicalField } from '../model/vocabulary.ts';
import type { TraceAnswer, TraceCandidate, TraceSet } from './answer.ts';
import { minus, NONE, union } from './bits.ts';
import { EXCLUSIONS } from './codes.ts';
import { heldOf } from './compare.ts';
import { recordEvidence, say } from './describe.ts';
import type { DevicesAnswer } from './devices/answer.ts';
import { pointsOf } from './finding.ts';
import { coverageOf, type Declared } from './gaps.ts';
import { type History, type Holding, historyEvidence, holdingOn } from './history.ts';
import { jointEvidence } from './joint.ts';
import { methodStatement } from './method.ts';
import type { ContentAnswer } from './sample/answer.ts';
import type { ExcludedTransfer, RankedCandidate, Screening } from './screen.ts';
import type { Group, ListedSet } from './sets.ts';
import { hypothesesOf, summaryOf } from './summary.ts';

export interface TraceContext {
  readonly traceId: TraceId;
  readonly incidentId: IncidentId;
  readonly caseReference: string;
  /** How many entries of the log the facts, the histories and the declarations reflect. */
  readonly size: number;
  /** Of every transfer in `screening.shown`. */
  readonly histories: ReadonlyMap<TransferId, History>;
  readonly declarations: readonly Declared[];
  /** What planted records and marks say, where they were looked for. */
  readonly devices?: DevicesAnswer | undefined;
  /** What the rows themselves say, where a sample was brought. */
  readonly content?: ContentAnswer | undefined;
}

/**
 * The answer of a trace: the second step, after `screen`. The same screening and context give the same answer.
 * @throws TypeError when the history of a shown transfer is missing
 */
export function answerTrace(screening: Screening, context: TraceContext): TraceAnswer {
  const { traceId, incidentId, caseReference, size, histories, declarations, devices, content } = context;
  const { question, counts, shown, excluded } = screening;
  const holdings = new Map(
    shown.map(({ facts: { transferId } }) => [
      transferId,
      holdingOn(histories.get(transferId) ?? [], question.leak.seenOn),
    ]),
  );
  const sets = setsIn(screening, holdings);
  const coverage = coverageOf(screening, declarations);
  return {
    traceId,
    incidentId,
    caseReference,
    reflects: { size },
    method: methodStatement(),
    asked: question.leak,
    summary: summaryOf(screening, sets.listed),
    hypotheses: hypothesesOf(screening, coverage),
    counts: {
      transfers: counts.transfers,
      candidates: counts.candidates,
      coverAll: counts.coverAll,
      coverSome: counts.coverSome,
      coverNone: counts.coverNone,
      fieldsUnknown: counts.fieldsUnknown,
      excluded: counts.excluded,
      excludedBy: EXCLUSIONS.map((code) => ({ code, transfers: counts.reasons[code] })),
    },
    fields: [...screening.fields],
    candidates: {
      total: counts.candidates,
      shown: shown.length,
      truncated: shown.length < counts.candidates,
      items: shown
        .map((candidate) => candidateIn(screening, candidate, holdingFor(holdings, candidate)))
        .sort(
          (a, b) =>
            a.rank - b.rank ||
            b.points.history - a.points.history ||
            a.transfer.sequence - b.transfer.sequence,
        ),
    },
    sets,
    excluded: {
      total: counts.excluded,
      shown: excluded.length,
      truncated: excluded.length < counts.excluded,
      items: excluded.map((each) => excludedIn(screening, each)),
    },
    coverage,
    ...(devices && { devices }),
    ...(content && { content }),
  };
}

type Holdings = ReadonlyMap<TransferId, Holding>;

function holdingFor(holdings: Holdings, { facts }: Pick<RankedCandidate, 'facts'>): Holding {
  const holding = holdings.get(facts.transferId);
  if (!holding) throw new TypeError(`transfer ${facts.transferId} is not among those shown`);
  return holding;
}

function candidateIn(
  screening: Screening,
  { facts, held, points, rank }: RankedCandidate,
  holding: Holding,
): TraceCandidate {
  const { question } = screening;
  const { then } = holding;
  const standing = standingOf(then, NOTHING_UPSTREAM);
  const ofHistory = historyEvidence(screening, facts, holding);
  return {
    rank,
    points: { record: points, history: pointsOf(ofHistory) },
    transfer: {
      transferId: facts.transferId,
      entryId: entryIdWithin(facts.transferId),
      sequence: facts.index,
      recordedAt: facts.recordedAt,
      provider: facts.provider,
      recipient: facts.recipient,
      ...(facts.agreement && { agreement: facts.agreement }),
      dataset: facts.dataset,
      ...(facts.fields && { fields: [...facts.fields] }),
      ...(facts.areas && { areas: [...facts.areas] }),
      ...(facts.snapshot && { snapshot: facts.snapshot }),
      handedOver: facts.handedOver,
      ...(facts.rows !== undefined && { rows: facts.rows }),
      ...(then.retentionEnd && { retentionEnd: then.retentionEnd }),
      assertion: facts.assertion,
      state: lifecycleOn(standing, question.leak.seenOn),
      marks: [...standing.marks],
      flags: [...facts.flags],
    },
    covers: question.fields.namesOf(held.clear),
    missing: facts.fields ? question.fields.namesOf(minus(question.fields.everything(), held.clear)) : [],
    fieldsKnown: facts.fields !== undefined,
    evidence: [...recordEvidence(question, facts, held, holding.now.record), ...ofHistory],
  };
}

function excludedIn({ question }: Screening, { facts, reasons }: ExcludedTransfer) {
  const held = heldOf(question, facts);
  return {
    transferId: facts.transferId,
    entryId: entryIdWithin(facts.transferId),
    sequence: facts.index,
    provider: facts.provider,
    recipient: facts.recipient,
    covers: question.fields.namesOf(held.clear),
    reasons: reasons.map((code) => ({ code, ...say(code, question, facts, held) })),
  };
}

function setsIn({ question, sets, coverable }: Screening, holdings: Holdings): TraceAnswer['sets'] {
  const groups = [...new Set(sets.patterns.flatMap((pattern) => pattern.groups))];
  const numberOf = new Map<Group, number>(groups.map((group, i) => [group, i + 1]));
  const namesOf = question.fields.namesOf.bind(question.fields);
  return {
    coverable: namesOf(coverable),
    uncovered: namesOf(minus(question.fields.everything(), coverable)),
    exact: sets.complete,
    exactUpToSize: sets.completeToSize,
    patternsFound: sets.patternsFound,
    setsFound: String(sets.setsFound),
    truncated: BigInt(sets.listed.length) < sets.setsFound,
    groups: groups.map(({ covers, members }, i) => ({
      group: i + 1,
      covers: namesOf(covers),
      transfers: members.length,
    })),
    patterns: sets.patterns.map((pattern, i) => ({
      pattern: i + 1,
      groups: pattern.groups.flatMap((group) => numberOf.get(group) ?? []),
      sets: String(pattern.sets),
    })),
    listed: sets.listed
      .map((set) => setIn(set, holdings, namesOf, question))
      .sort(bySizeAndPoints)
      .map(({ set }) => set),
  };
}

interface OrderedSet {
  readonly set: TraceSet;
  /** The places of its members in the log: the order of sets that weigh the same. */
  readonly sequence: readonly number[];
}

function setIn(
  { pattern, members }: ListedSet,
  holdings: Holdings,
  namesOf: (bits: typeof NONE) => CanonicalField[],
  question: Screening['question'],
): OrderedSet {
  const ordered = [...members].sort((a, b) => a.facts.index - b.facts.index);
  const joint = jointEvidence(
    question,
    ordered.map((member) => ({ facts: member.facts, now: holdingFor(holdings, member).now })),
  );
  const set = {
    pattern: pattern + 1,
    points: {
      members: ordered.reduce((sum, { points }) => sum + points, 0),
      joint: pointsOf(joint),
    },
    members: ordered.map((member) => {
      const others = ordered.filter((other) => other !== member).map(({ held }) => held.clear);
      return {
        transferId: member.facts.transferId,
        onlyHere: namesOf(minus(member.held.clear, others.reduce(union, NONE))),
      };
    }),
    joint,
  };
  return { set, sequence: ordered.map(({ facts }) => facts.index) };
}

function bySizeAndPoints(a: OrderedSet, b: OrderedSet): number {
  const total = ({ set }: OrderedSet) => set.points.members + set.points.joint;
  const differs = a.sequence.findIndex((place, i) => place !== b.sequence[i]);
  return (
    a.sequence.length - b.sequence.length ||
    total(b) - total(a) ||
    (a.sequence[differs] ?? 0) - (b.sequence[differs] ?? 0)
  );
}
