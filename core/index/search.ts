import { isInState, MARKS, type StateName } from '../lifecycle/transfer.ts';
import type { FlagCode } from '../model/entry.ts';
import { type AgencyId, addDays, type Day, type RequestId } from '../model/scalars.ts';
import { areasOverlap, type CanonicalField } from '../model/vocabulary.ts';
import { BLOCK_WIDTH, type Row, type Status } from './block.ts';
import { type TransferFacts, wordsOf } from './facts.ts';

/** What a search asks of a transfer; everything that is given must hold. */
export interface Search {
  readonly recipient?: AgencyId | undefined;
  readonly provider?: AgencyId | undefined;
  /** Provider or recipient: the limit of what an agency may see. */
  readonly party?: AgencyId | undefined;
  readonly dataset?: string | undefined;
  readonly request?: RequestId | undefined;
  readonly field?: readonly CanonicalField[] | undefined;
  readonly match?: 'all' | 'any' | undefined;
  readonly purpose?: string | undefined;
  readonly area?: string | undefined;
  readonly snapshotFrom?: Day | undefined;
  readonly snapshotTo?: Day | undefined;
  readonly state?: StateName | undefined;
  /** Any of them. */
  readonly flag?: readonly FlagCode[] | undefined;
  readonly q?: string | undefined;
}

/** A value under which blocks are listed, `name#value`. */
export type Facet = string;
const facet = (name: string, value: string | number): Facet => `${name}#${value}`;

/**
 * Whether a transfer is what was searched for. What its record lacks it is not found by: a search answers what is
 * recorded. (A trace, in contrast, excludes nothing for being unknown.)
 */
export const matches = (row: Row, search: Search, today: Day): boolean =>
  matchesRecord(row.facts, search) && matchesStatus(row, search, today);

/** The part of it that follows from the record alone, whatever became of the transfer. */
export function matchesRecord(facts: TransferFacts, search: Search): boolean {
  const { recipient, provider, party, dataset, purpose, area, snapshotFrom, snapshotTo } = search;
  if (recipient !== undefined && facts.recipient !== recipient) return false;
  if (provider !== undefined && facts.provider !== provider) return false;
  if (party !== undefined && facts.recipient !== party && facts.provider !== party) return false;
  if (dataset !== undefined && facts.dataset.id !== dataset) return false;
  if (search.request !== undefined && facts.requestId !== search.request) return false;
  if (purpose !== undefined && !facts.purposes?.includes(purpose)) return false;
  if (area !== undefined && !facts.areas?.some((held) => areasOverlap(held, area))) return false;
  if (snapshotFrom !== undefined && !(facts.snapshot && facts.snapshot.to >= snapshotFrom)) return false;
  if (snapshotTo !== undefined && !(facts.snapshot && facts.snapshot.from <= snapshotTo)) return false;
  if (search.field && !holdsFields(facts, search.field, search.match ?? 'all')) return false;
  return search.q === undefined || wordsOf(search.q).every((word) => facts.words.includes(word));
}

/** The part of it that follows from what became of the transfer. */
export function matchesStatus({ facts, status }: Row, { state, flag }: Search, today: Day): boolean {
  if (state !== undefined && !isInState(status, state, today)) return false;
  return !flag || flag.some((code) => facts.flags.includes(code) || status.flags?.includes(code) === true);
}

function holdsFields(facts: TransferFacts, wanted: readonly CanonicalField[], match: 'all' | 'any'): boolean {
  const holds = (field: CanonicalField) => facts.fields?.includes(field) ?? false;
  return match === 'all' ? wanted.every(holds) : wanted.some(holds);
}

const FIRST_YEAR = 1990;
const LAST_YEAR = 2100;
const yearOf = (day: Day) => Math.min(Math.max(Number(day.slice(0, 4)), FIRST_YEAR), LAST_YEAR);
const years = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

/** The facets under which the block of a transfer is listed for good. */
export function facetsOf(facts: TransferFacts): Facet[] {
  const { snapshot } = facts;
  return [
    facet('recipient', facts.recipient),
    facet('provider', facts.provider),
    facet('dataset', facts.dataset.id),
    ...(facts.requestId ? [facet('request', facts.requestId)] : []),
    ...(facts.fields ?? []).map((field) => facet('field', field)),
    ...(facts.purposes ?? []).map((purpose) => facet('purpose', purpose)),
    ...(facts.areas ?? []).flatMap((area) => [facet('area', area), facet('within', area.slice(0, 2))]),
    ...(snapshot
      ? years(yearOf(snapshot.from), yearOf(snapshot.to)).map((year) => facet('snapshot', year))
      : []),
    ...facts.flags.map((code) => facet('flag', code)),
    ...facts.words.map((word) => facet('word', word)),
  ];
}

/**
 * The facets under which the block of a transfer is listed from when it first stands so. They are never taken back:
 * a block may be listed for what was once true in it, and costs a look in vain.
 */
export function facetsOfStatus({ reached, dueOn, marks, flags = [] }: Status): Facet[] {
  return [
    facet('reached', reached),
    ...flags.map((code) => facet('flag', code)),
    ...marks.map((mark) => facet('mark', mark)),
    ...(dueOn ? [facet('due', yearOf(dueOn))] : []),
  ];
}

/**
 * What a block must be listed under to hold anything searched for: each group by at least one of its facets. No
 * groups: any block may.
 */
export function requirements(search: Search, today: Day): Facet[][] {
  const { recipient, provider, party, dataset, field, purpose, area, snapshotFrom, snapshotTo, state } =
    search;
  const groups: Facet[][] = [];
  if (recipient !== undefined) groups.push([facet('recipient', recipient)]);
  if (provider !== undefined) groups.push([facet('provider', provider)]);
  if (party !== undefined) groups.push([facet('recipient', party), facet('provider', party)]);
  if (dataset !== undefined) groups.push([facet('dataset', dataset)]);
  if (search.request !== undefined) groups.push([facet('request', search.request)]);
  if (purpose !== undefined) groups.push([facet('purpose', purpose)]);
  if (area !== undefined)
    groups.push(
      area.length === 2 ? [facet('within', area)] : [facet('area', area), facet('area', area.slice(0, 2))],
    );
  if (field) {
    const facets = field.map((name) => facet('field', name));
    if (search.match === 'any') groups.push(facets);
    else groups.push(...facets.map((one) => [one]));
  }
  if (snapshotFrom !== undefined || snapshotTo !== undefined) {
    const from = snapshotFrom ? yearOf(snapshotFrom) : FIRST_YEAR;
    const to = snapshotTo ? yearOf(snapshotTo) : LAST_YEAR;
    // The wrong way round they ask for a snapshot that spans both.
    groups.push(years(Math.min(from, to), Math.max(from, to)).map((year) => facet('snapshot', year)));
  }
  if (state !== undefined) groups.push(facetsOfState(state, today));
  if (search.flag) groups.push(search.flag.map((code) => facet('flag', code)));
  if (search.q !== undefined) groups.push(...wordsOf(search.q).map((word) => [facet('word', word)]));
  return groups;
}

function facetsOfState(state: StateName, today: Day): Facet[] {
  if (state === 'unacknowledged') return [facet('reached', 'recorded')];
  // What is still open downstream is not to be told from a block.
  if (state === 'incomplete') return [facet('reached', 'certified'), facet('reached', 'verified')];
  if ((MARKS as readonly string[]).includes(state)) return [facet('mark', state)];
  if (state === 'overdue') return years(FIRST_YEAR, yearOf(today)).map((year) => facet('due', year));
  if (state === 'due')
    return years(yearOf(today), yearOf(addDays(today, 366))).map((year) => facet('due', year));
  return [facet('reached', state)];
}

/** The blocks that satisfy all groups, newest first. */
export function candidateBlocks(
  groups: readonly (readonly Facet[])[],
  listed: ReadonlyMap<Facet, ReadonlySet<number>>,
  count: number,
): number[] {
  const newestFirst = (blocks: Iterable<number>) => [...blocks].sort((a, b) => b - a);
  const [first, ...rest] = groups
    .map((group) => new Set(group.flatMap((name) => [...(listed.get(name) ?? [])])))
    .sort((a, b) => a.size - b.size);
  if (!first) return newestFirst(Array.from({ length: count }, (_, block) => block));
  return newestFirst([...first].filter((block) => rest.every((blocks) => blocks.has(block))));
}

/** Blocks whose lists stand in one item: enough that one item serves a search of a quarter of a million entries. */
export const ERA_WIDTH = 1_024;
export const eraOf = (block: number): number => Math.floor(block / ERA_WIDTH);
export const eraCount = (size: number): number => Math.ceil(size / (ERA_WIDTH * BLOCK_WIDTH));
