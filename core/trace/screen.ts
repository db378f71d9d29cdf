import type { TransferFacts } from '../index/facts.ts';
import type { LeakDescription } from '../model/incident.ts';
import type { AgencyId, Day, TransferId } from '../model/scalars.ts';
import type { CanonicalField } from '../model/vocabulary.ts';
import { Best } from './best.ts';
import { type Bits, isNone, keyOf, MAX_NAMES, NONE, placesIn, sameBits, union } from './bits.ts';
import { byRank, type Candidate } from './candidate.ts';
import { EXCLUSIONS, type ExclusionCode, RECORD_EVIDENCE, type RecordCode } from './codes.ts';
import { compareContent, compareForm, type Find, heldOf, type Question, questionOf } from './compare.ts';
import { BOUNDS } from './method.ts';
import { findSets, type SetsFound } from './sets.ts';

export interface RankedCandidate extends Candidate {
  /** One more than the number of candidates with more points. */
  readonly rank: number;
}

export interface ExcludedTransfer {
  readonly facts: TransferFacts;
  readonly reasons: readonly ExclusionCode[];
}

export interface FieldCount {
  readonly field: CanonicalField;
  /** Candidates that gave it in the clear, and that gave it only in another form. */
  readonly clear: number;
  readonly altered: number;
  /** Excluded transfers that gave it in the clear. */
  readonly excluded: number;
}

export interface ProviderCount {
  readonly provider: AgencyId;
  readonly transfers: number;
  readonly candidates: number;
  /** Of the candidates, those that were not recorded when they happened. */
  readonly recordedLater: number;
}

/** What a look at the facts of all transfers gives; `answerTrace` makes the answer of it. */
export interface Screening {
  readonly question: Question;
  /** The candidates to be shown, best first. The answer needs the whole history of each. */
  readonly shown: readonly RankedCandidate[];
  /** The leaked fields that some candidate gave in the clear: what the sets cover. */
  readonly coverable: Bits;
  readonly sets: SetsFound;
  readonly counts: {
    readonly transfers: number;
    readonly candidates: number;
    readonly excluded: number;
    /** One transfer may be excluded for several reasons. */
    readonly reasons: Readonly<Record<ExclusionCode, number>>;
    /** Candidates by what they cover: every leaked field, some, none in the clear, and fields not recorded. */
    readonly coverAll: number;
    readonly coverSome: number;
    readonly coverNone: number;
    readonly fieldsUnknown: number;
  };
  readonly fields: readonly FieldCount[];
  /** The excluded transfers that hold the most leaked fields in the clear. */
  readonly excluded: readonly ExcludedTransfer[];
  /** Every provider of a transfer: those of the most candidates first. */
  readonly providers: readonly ProviderCount[];
  readonly firstHandOver: Day | undefined;
  /** The transfers that name a transfer as their origin. */
  readonly onward: ReadonlyMap<TransferId, readonly TransferFacts[]>;
  /** Those origins of the shown candidates that are candidates themselves. */
  readonly candidateOrigins: ReadonlySet<TransferId>;
}

/**
 * Looks at every transfer of the ledger once and finds which could explain a leak, which cannot and why, and which
 * sets of them cover it. The order of the facts does not matter; each transfer must occur once.
 */
export function screen(leak: LeakDescription, blocks: Iterable<Iterable<TransferFacts>>): Screening {
  const pass = new Pass(questionOf(leak));
  for (const block of blocks) for (const facts of block) pass.look(facts);
  return pass.screening();
}

/** Why a transfer cannot explain the leak; empty for a candidate. */
export function exclusionsOf(question: Question, facts: TransferFacts): ExclusionCode[] {
  let reasons = 0;
  let decisive = false;
  compareContent(question, facts, heldOf(question, facts), (code) => {
    reasons |= REASON_BITS[code] ?? 0;
    decisive ||= code === 'file-digest-equal';
  });
  return decisive ? [] : reasonsOf(reasons);
}

const REASON_BITS: Partial<Record<RecordCode, number>> = Object.fromEntries(
  EXCLUSIONS.map((code, place) => [code, 1 << place]),
);
const reasonsOf = (bits: number): ExclusionCode[] =>
  EXCLUSIONS.filter((_, place) => (bits & (1 << place)) !== 0);

interface OpenGroup {
  readonly covers: Bits;
  readonly members: Candidate[];
}

interface OpenProvider {
  readonly provider: AgencyId;
  transfers: number;
  candidates: number;
  recordedLater: number;
}

/** One pass over all facts. It keeps a small object for each candidate, and only the best of the excluded. */
class Pass {
  readonly #question: Question;
  readonly #groups = new Map<number | string, OpenGroup>();
  readonly #altered = new FieldCounts();
  readonly #excludedClear = new FieldCounts();
  readonly #reasons = new Map<number, number>();
  readonly #excluded = new Best<{ facts: TransferFacts; clear: number; reasons: number }>(
    BOUNDS.excluded,
    (a, b) => b.clear - a.clear || a.reasons - b.reasons || a.facts.index - b.facts.index,
  );
  readonly #providers = new Map<AgencyId, OpenProvider>();
  readonly #withOrigins: TransferFacts[] = [];
  #transfers = 0;
  #fieldsUnknown = 0;
  #firstHandOver: Day | undefined;

  constructor(question: Question) {
    this.#question = question;
  }

  look(facts: TransferFacts): void {
    this.#transfers++;
    if (this.#firstHandOver === undefined || facts.handedOver.earliest < this.#firstHandOver)
      this.#firstHandOver = facts.handedOver.earliest;
    if (facts.origins) this.#withOrigins.push(facts);
    const provider = this.#provider(facts.provider);
    provider.transfers++;

    const held = heldOf(this.#question, facts);
    let points = 0;
    let reasons = 0;
    let clear = 0;
    let decisive = false;
    const find: Find = (code, times) => {
      points += RECORD_EVIDENCE[code].points * times;
      reasons |= REASON_BITS[code] ?? 0;
      if (code === 'field-covered') clear = times;
      else if (code === 'file-digest-equal') decisive = true;
    };
    compareContent(this.#question, facts, held, find);

    if (reasons !== 0 && !decisive) {
      this.#reasons.set(reasons, (this.#reasons.get(reasons) ?? 0) + 1);
      if (clear > 0) this.#excludedClear.add(held.clear);
      this.#excluded.add({ facts, clear, reasons });
      return;
    }
    compareForm(this.#question, facts, find);
    provider.candidates++;
    if (facts.assertion !== 'contemporaneous') provider.recordedLater++;
    if (!facts.fields) this.#fieldsUnknown++;
    if (held.altered !== NONE) this.#altered.add(held.altered);
    this.#group(held.clear).members.push({ facts, held, points });
  }

  screening(): Screening {
    const { fields } = this.#question;
    const groups = [...this.#groups.values()];
    const covering = groups.filter(({ covers }) => !isNone(covers));
    const coverable = covering.reduce((all, { covers }) => union(all, covers), NONE);
    const sets = findSets(coverable, covering);
    const shown = chooseShown(groups, sets);

    const clear = new FieldCounts();
    for (const { covers, members } of covering) clear.add(covers, members.length);
    const everything = fields.everything();
    const count = (those: readonly OpenGroup[]) =>
      those.reduce((sum, { members }) => sum + members.length, 0);
    const candidates = count(groups);
    const coverAll = count(groups.filter(({ covers }) => sameBits(covers, everything)));
    const coverSome = count(covering) - coverAll;
    return {
      question: this.#question,
      shown,
      coverable,
      sets,
      counts: {
        transfers: this.#transfers,
        candidates,
        excluded: this.#transfers - candidates,
        reasons: Object.fromEntries(EXCLUSIONS.map((code) => [code, this.#countOfReason(code)])) as Record<
          ExclusionCode,
          number
        >,
        coverAll,
        coverSome,
        coverNone: candidates - coverAll - coverSome - this.#fieldsUnknown,
        fieldsUnknown: this.#fieldsUnknown,
      },
      fields: fields.all.map((field, place) => ({
        field,
        clear: clear.of(place),
        altered: this.#altered.of(place),
        excluded: this.#excludedClear.of(place),
      })),
      excluded: this.#excluded
        .inOrder()
        .map(({ facts, reasons }) => ({ facts, reasons: reasonsOf(reasons) })),
      providers: [...this.#providers.values()].sort(
        (a, b) =>
          b.candidates - a.candidates || b.transfers - a.transfers || (a.provider < b.provider ? -1 : 1),
      ),
      firstHandOver: this.#firstHandOver,
      onward: byOrigin(this.#withOrigins),
      candidateOrigins: candidateOrigins(shown, groups),
    };
  }

  #provider(provider: AgencyId): OpenProvider {
    const known = this.#providers.get(provider);
    if (known) return known;
    const opened = { provider, transfers: 0, candidates: 0, recordedLater: 0 };
    this.#providers.set(provider, opened);
    return opened;
  }

  #group(covers: Bits): OpenGroup {
    const key = keyOf(covers);
    const known = this.#groups.get(key);
    if (known) return known;
    const opened = { covers, members: [] };
    this.#groups.set(key, opened);
    return opened;
  }

  #countOfReason(code: ExclusionCode): number {
    const bit = REASON_BITS[code] ?? 0;
    let sum = 0;
    for (const [reasons, count] of this.#reasons) if ((reasons & bit) !== 0) sum += count;
    return sum;
  }
}

/** How many transfers held each field, by its place in the description. */
class FieldCounts {
  readonly #counts: number[] = new Array(MAX_NAMES).fill(0);

  add(bits: Bits, times = 1): void {
    for (const place of placesIn(bits)) this.#counts[place] = this.of(place) + times;
  }

  of(place: number): number {
    return this.#counts[place] ?? 0;
  }
}

/** The members of the listed sets, whatever their rank, and then the best of all up to the bound. */
function chooseShown(groups: readonly OpenGroup[], sets: SetsFound): RankedCandidate[] {
  const byPoints = new Map<number, number>();
  const best = new Best(BOUNDS.candidates, byRank);
  for (const { members } of groups)
    for (const candidate of members) {
      best.add(candidate);
      byPoints.set(candidate.points, (byPoints.get(candidate.points) ?? 0) + 1);
    }

  const chosen = new Set(sets.listed.flatMap(({ members }) => members));
  for (const candidate of best.inOrder()) {
    if (chosen.size >= BOUNDS.candidates) break;
    chosen.add(candidate);
  }

  const rankOf = new Map<number, number>();
  let before = 0;
  for (const points of [...byPoints.keys()].sort((a, b) => b - a)) {
    rankOf.set(points, before + 1);
    before += byPoints.get(points) ?? 0;
  }
  return [...chosen]
    .sort(byRank)
    .map((candidate) => ({ ...candidate, rank: rankOf.get(candidate.points) ?? 1 }));
}

function byOrigin(transfers: readonly TransferFacts[]): Map<TransferId, readonly TransferFacts[]> {
  const onward = new Map<TransferId, TransferFacts[]>();
  for (const facts of transfers)
    for (const origin of facts.origins ?? []) {
      const known = onward.get(origin);
      if (known) known.push(facts);
      else onward.set(origin, [facts]);
    }
  for (const those of onward.values()) those.sort((a, b) => a.index - b.index);
  return onward;
}

function candidateOrigins(
  shown: readonly Candidate[],
  groups: readonly OpenGroup[],
): ReadonlySet<TransferId> {
  const origins = new Set(shown.flatMap(({ facts }) => facts.origins ?? []));
  const found = new Set<TransferId>();
  if (origins.size === 0) return found;
  for (const { members } of groups)
    for (const { facts } of members) if (origins.has(facts.transferId)) found.add(facts.transferId);
  return found;
}
