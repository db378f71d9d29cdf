import type { AgencyId } from '../model/scalars.ts';
import { bestOf } from './best.ts';
import { type Bits, byBits } from './bits.ts';
import { byRank, type Candidate } from './candidate.ts';
import { irredundantCovers } from './covers.ts';
import { BOUNDS } from './method.ts';

/** Candidates that cover the same leaked fields, at least one. */
export interface Group {
  readonly covers: Bits;
  readonly members: readonly Candidate[];
}

/** A choice of groups that together cover all: it stands for each way of taking one transfer from each group. */
export interface Pattern {
  readonly groups: readonly Group[];
  readonly sets: bigint;
}

export interface ListedSet {
  /** Its place in the patterns listed. */
  readonly pattern: number;
  /** One of each group of the pattern, in its order. */
  readonly members: readonly Candidate[];
}

export interface SetsFound {
  readonly complete: boolean;
  readonly completeToSize: number;
  /** All patterns found, and all sets that they stand for. */
  readonly patternsFound: number;
  readonly setsFound: bigint;
  readonly patterns: readonly Pattern[];
  readonly listed: readonly ListedSet[];
}

/** Finds the irredundant sets of candidates that together cover `target`, and lists the best of them. */
export function findSets(target: Bits, groups: readonly Group[]): SetsFound {
  const ordered = [...groups].sort((a, b) => byBits(a.covers, b.covers));
  const search = irredundantCovers(
    target,
    ordered.map(({ covers }) => covers),
    { steps: BOUNDS.searchSteps, covers: BOUNDS.searchCovers },
  );
  const bestPoints = ordered.map(({ members }) =>
    members.reduce((best, { points }) => Math.max(best, points), Number.NEGATIVE_INFINITY),
  );
  const found = search.covers
    .map((places) => ({
      places,
      best: places.reduce((sum, place) => sum + (bestPoints[place] ?? 0), 0),
      groups: places.flatMap((place) => ordered[place] ?? []),
    }))
    .sort((a, b) => a.places.length - b.places.length || b.best - a.best || byPlaces(a.places, b.places))
    .map(({ groups }) => ({
      groups,
      sets: groups.reduce((n, { members }) => n * BigInt(members.length), 1n),
    }));

  const patterns = withinBounds(found);
  return {
    complete: search.complete,
    completeToSize: search.completeToSize,
    patternsFound: found.length,
    setsFound: found.reduce((sum, { sets }) => sum + sets, 0n),
    patterns,
    listed: takeInTurn(patterns),
  };
}

/** Orders lists of equal length by their first difference. */
function byPlaces(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((place, at) => place !== b[at]);
  return i < 0 ? 0 : (a[i] ?? 0) - (b[i] ?? 0);
}

function withinBounds(patterns: readonly Pattern[]): Pattern[] {
  const named = new Set<Group>();
  const listed: Pattern[] = [];
  for (const pattern of patterns) {
    if (listed.length === BOUNDS.patterns) break;
    const fresh = pattern.groups.filter((group) => !named.has(group));
    if (named.size + fresh.length > BOUNDS.groups) continue;
    for (const group of fresh) named.add(group);
    listed.push(pattern);
  }
  return listed;
}

/**
 * Lists sets of the patterns by turns, so that a pattern that stands for very many does not crowd out the others.
 * Every member of a listed set is to be shown as a candidate: a set that would exceed the room for them is left out.
 */
function takeInTurn(patterns: readonly Pattern[]): ListedSet[] {
  const ranked = new Map<Group, RankedGroup>();
  const rankedGroup = (group: Group) => {
    const known = ranked.get(group) ?? rankGroup(group);
    ranked.set(group, known);
    return known;
  };
  const shown = new Set<Candidate>();
  const listed: ListedSet[] = [];
  let memberships = 0;
  const turns = patterns.map(({ groups }) => bestSets(groups.map(rankedGroup)));
  // As many rounds as sets may be listed: a pattern whose further sets all lack room must not be drawn from for ever.
  for (let round = 0; round < BOUNDS.sets; round++)
    for (const [pattern, sets] of turns.entries()) {
      if (listed.length === BOUNDS.sets) return listed;
      const next = sets.next();
      if (next.done) continue;
      const fresh = next.value.filter((member) => !shown.has(member));
      if (shown.size + fresh.length > BOUNDS.membersOfSets) continue;
      memberships += next.value.length;
      if (memberships > BOUNDS.memberships) return listed;
      for (const member of fresh) shown.add(member);
      listed.push({ pattern, members: next.value });
    }
  return listed;
}

/** No set beyond the best `BOUNDS.sets` of a pattern is listed, and those only use so many of each group. */
interface RankedGroup {
  readonly best: readonly Candidate[];
  readonly bestByRecipient: ReadonlyMap<AgencyId, Candidate>;
}

function rankGroup({ members }: Group): RankedGroup {
  const bestByRecipient = new Map<AgencyId, Candidate>();
  for (const member of members) {
    const known = bestByRecipient.get(member.facts.recipient);
    if (!known || byRank(member, known) < 0) bestByRecipient.set(member.facts.recipient, member);
  }
  return { best: bestOf(members, BOUNDS.sets, byRank), bestByRecipient };
}

const ONE_RECIPIENT_SETS = 5;

/**
 * The sets of a pattern: first the best few that one recipient received (whoever holds all parts of a compiled leak
 * explains it best), then all others by the sum of their points, as far as the groups are ranked.
 */
function* bestSets(groups: readonly RankedGroup[]): Generator<readonly Candidate[], undefined> {
  const early = new Set<string>();
  if (groups.length > 1)
    for (const members of oneRecipientSets(groups)) {
      early.add(setKey(members));
      yield members;
    }
  for (const members of byPointSum(groups.map(({ best }) => best)))
    if (!early.has(setKey(members))) yield members;
}

const setKey = (members: readonly Candidate[]): string => members.map(({ facts }) => facts.index).join();
const pointSum = (members: readonly Candidate[]): number =>
  members.reduce((sum, { points }) => sum + points, 0);

function oneRecipientSets(groups: readonly RankedGroup[]): readonly (readonly Candidate[])[] {
  const [first, ...others] = groups;
  if (!first) return [];
  const sets: (readonly Candidate[])[] = [];
  for (const [recipient, member] of first.bestByRecipient) {
    const rest = others.flatMap(({ bestByRecipient }) => bestByRecipient.get(recipient) ?? []);
    if (rest.length === others.length) sets.push([member, ...rest]);
  }
  return bestOf(sets, ONE_RECIPIENT_SETS, (a, b) => pointSum(b) - pointSum(a) || bySequence(a, b));
}

const bySequence = (a: readonly Candidate[], b: readonly Candidate[]): number =>
  byPlaces(
    a.map(({ facts }) => facts.index),
    b.map(({ facts }) => facts.index),
  );

/**
 * Every way of taking one of each list, the greatest sum of points first. The lists are in rank order, so a choice
 * is followed by those that go one further in one list; going on only in the list last advanced, or one after it,
 * reaches each choice once.
 */
function* byPointSum(lists: readonly (readonly Candidate[])[]): Generator<readonly Candidate[], undefined> {
  interface Choice {
    readonly at: readonly number[];
    readonly advanced: number;
    readonly members: readonly Candidate[];
    readonly sum: number;
  }
  const choiceAt = (at: readonly number[], advanced: number): Choice | undefined => {
    const members = at.flatMap((place, list) => lists[list]?.[place] ?? []);
    return members.length === lists.length ? { at, advanced, members, sum: pointSum(members) } : undefined;
  };
  const first = choiceAt(
    lists.map(() => 0),
    0,
  );
  const open = first ? [first] : [];
  for (;;) {
    const next = takeFirst(open, (a, b) => b.sum - a.sum || byPlaces(a.at, b.at));
    if (!next) return;
    yield next.members;
    for (let list = next.advanced; list < lists.length; list++) {
      const choice = choiceAt(
        next.at.map((place, i) => (i === list ? place + 1 : place)),
        list,
      );
      if (choice) open.push(choice);
    }
  }
}

/** Removes the first item under an order. */
function takeFirst<T>(items: T[], compare: (a: T, b: T) => number): T | undefined {
  let first = 0;
  items.forEach((item, i) => {
    const best = items[first];
    if (best !== undefined && compare(item, best) < 0) first = i;
  });
  return items.splice(first, 1)[0];
}
