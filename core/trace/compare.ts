import type { TransferFacts } from '../index/facts.ts';
import type { LeakDescription } from '../model/incident.ts';
import type { Day } from '../model/scalars.ts';
import { type Area, areaHolds, areasOverlap, type CanonicalField } from '../model/vocabulary.ts';
import { type Bits, minus, Names, NONE, sameBits, sizeOf, union } from './bits.ts';
import type { RecordCode } from './codes.ts';

/** The description of a leak, made ready for being compared with very many transfers. */
export interface Question {
  readonly leak: LeakDescription;
  readonly fields: Names<CanonicalField>;
  readonly areas: AreasAsked | undefined;
  readonly digests: ReadonlySet<string>;
  readonly fileRows: ReadonlySet<number>;
  readonly headers: ReadonlySet<string>;
}

export function questionOf(leak: LeakDescription): Question {
  return {
    leak,
    fields: new Names(leak.fields),
    areas: leak.areas && areasAsked(leak.areas),
    digests: new Set(leak.files?.map(({ sha256 }) => sha256)),
    fileRows: new Set(leak.files?.flatMap(({ rows }) => (rows ? [rows] : []))),
    headers: new Set(leak.format?.headers),
  };
}

/** Which of the leaked fields a transfer gave in the clear, and which only in another form. */
export interface Held {
  readonly clear: Bits;
  readonly altered: Bits;
}

const NOTHING: Held = { clear: NONE, altered: NONE };

export function heldOf({ fields }: Question, facts: TransferFacts): Held {
  if (!facts.fields) return NOTHING;
  const given = fields.among(facts.fields);
  if (given === NONE) return NOTHING;
  const clear = fields.among(facts.clearFields ?? []);
  return { clear, altered: sameBits(given, clear) ? NONE : minus(given, clear) };
}

/** Takes one finding, and how many times over it weighs (once for each field, where it is about fields). */
export type Find = (code: RecordCode, times: number) => void;

/**
 * Compares a transfer, as its record describes it, with a leak. What either of them does not say gives no finding
 * for or against: what is not known may be so.
 */
export function compare(question: Question, facts: TransferFacts, held: Held, find: Find): void {
  compareContent(question, facts, held, find);
  compareForm(question, facts, find);
}

/** The part of {@link compare} that may exclude a transfer. */
export function compareContent(question: Question, facts: TransferFacts, held: Held, find: Find): void {
  if (question.digests.size > 0 && facts.digests?.some((digest) => question.digests.has(digest)))
    find('file-digest-equal', 1);
  compareFields(question, facts, held, find);
  compareTimes(question.leak, facts, find);
  if (question.areas && facts.areas) find(question.areas.compare(facts.areas), 1);
}

/** The part of {@link compare} that only adds to the evidence about a candidate. */
export function compareForm(question: Question, facts: TransferFacts, find: Find): void {
  compareRows(question, facts, find);
  if (question.leak.format && facts.format) compareFormats(question, facts.format, find);
  if (facts.access) find(facts.access === 'bulk' ? 'access-bulk' : 'access-per-query', 1);
  if (facts.encryption === 'none') find('unencrypted', 1);
  if (facts.assertion !== 'contemporaneous') find('recorded-later', 1);
  if (gapsOf(question.leak, facts).length > 0) find('not-recorded', 1);
}

function compareFields(question: Question, facts: TransferFacts, held: Held, find: Find): void {
  if (!facts.fields) {
    find('fields-unknown', 1);
    return;
  }
  const clear = sizeOf(held.clear);
  const altered = sizeOf(held.altered);
  if (clear + altered === 0) find('no-leaked-field', 1);
  else if (clear === 0) find('nothing-in-the-clear', 1);
  if (clear > 0) find('field-covered', clear);
  if (altered > 0) find('field-altered', altered);
  const missing = question.fields.all.length - clear - altered;
  if (missing > 0) find('field-missing', missing);
}

/**
 * The rule of vintages. The newest fact of the leak is from `vintage.from` or later, and facts from after
 * `vintage.to` are absent.
 *
 * - A copy cannot show what came after it. A transfer whose data ends before `vintage.from` is excluded, as the
 *   source of that newest fact and so of the leak as one; it could still have given an older part of a compiled leak,
 *   and the answer counts such transfers for each field. The end of the data is the end of the stated snapshot, or
 *   the hand-over of a copy in bulk. It is no end where the recipient could go on asking (api-query, standing-access,
 *   view), nor where the access is not recorded and no snapshot stated: that is evidence against.
 * - Absence is weaker than presence. A transfer whose whole snapshot is later than `vintage.to` should show facts
 *   that the leak lacks, but whoever leaks may choose old rows, or few: evidence against, never an exclusion.
 * - A snapshot that shares a day with [from, to], either end open when it is not given, fits.
 *
 * A snapshot that begins after the leak was first seen excludes for the same reason as a hand-over after it.
 */
function compareTimes({ seenOn, vintage }: LeakDescription, facts: TransferFacts, find: Find): void {
  const { handedOver, snapshot } = facts;
  if (handedOver.earliest > seenOn) find('handed-over-after-leak', 1);
  else if (handedOver.latest > seenOn) find('hand-over-may-be-after-leak', 1);
  if (snapshot && snapshot.from > seenOn) find('snapshot-after-leak', 1);

  const { from, to } = vintage ?? {};
  if (!from && !to) return;
  const last = lastDayShown(facts);
  if (from && last && last < from) find('newest-fact-after-snapshot', 1);
  else if (from && (snapshot?.to ?? handedOver.latest) < from) find('newest-fact-after-record', 1);
  else if (to && snapshot && snapshot.from > to) find('later-facts-absent', 1);
  else if (snapshot) find('snapshot-fits', 1);
}

/** The last day whose state the data can show; undefined where the recipient may have seen later ones. */
export function lastDayShown({ access, snapshot, handedOver }: TransferFacts): Day | undefined {
  if (access === 'bulk') return snapshot?.to ?? handedOver.latest;
  return access === undefined ? snapshot?.to : undefined;
}

interface AreasAsked {
  compare(areas: readonly string[]): 'area-disjoint' | 'area-covered' | 'area-partly-covered';
}

/** There are few distinct areas in a ledger, so each is compared with those of the leak only once. */
function areasAsked(leaked: readonly Area[]): AreasAsked {
  const names = new Names(leaked);
  const all = names.everything();
  const known = new Map<string, { overlaps: boolean; holds: Bits }>();
  const lookUp = (area: string) => {
    const before = known.get(area);
    if (before) return before;
    const found = {
      overlaps: leaked.some((asked) => areasOverlap(asked, area)),
      holds: names.among(leaked.filter((asked) => areaHolds(area, asked))),
    };
    known.set(area, found);
    return found;
  };
  return {
    compare(areas) {
      let overlaps = false;
      let held = NONE;
      for (const area of areas) {
        const found = lookUp(area);
        overlaps ||= found.overlaps;
        held = union(held, found.holds);
      }
      if (!overlaps) return 'area-disjoint';
      return sameBits(held, all) ? 'area-covered' : 'area-partly-covered';
    },
  };
}

function compareRows({ leak, fileRows }: Question, facts: TransferFacts, find: Find): void {
  if (fileRows.size > 0 && facts.fileRows?.some((rows) => fileRows.has(rows))) find('file-rows-equal', 1);
  if (!leak.rows || facts.rows === undefined) return;
  const { count, exact } = leak.rows;
  if (facts.rows < count) find('rows-fewer', 1);
  else if (facts.rows === count && exact && count > 0) find('rows-equal', 1);
}

function compareFormats(
  { leak, headers }: Question,
  given: NonNullable<TransferFacts['format']>,
  find: Find,
): void {
  const leaked = leak.format;
  if (!leaked) return;
  if (leaked.headers && given.headers) find(compareHeaders(leaked.headers, headers, given.headers), 1);
  if (leaked.delimiter && given.delimiter)
    find(leaked.delimiter === given.delimiter ? 'delimiter-same' : 'delimiter-differs', 1);
  if (leaked.encoding && given.encoding)
    find(leaked.encoding === given.encoding ? 'encoding-same' : 'encoding-differs', 1);
  if (leaked.idStyle && given.idStyle) {
    const { same, differing } = compareIdStyles(leaked.idStyle, given.idStyle);
    if (same.length > 0) find('id-style-same', same.length);
    if (differing.length > 0) find('id-style-differs', differing.length);
  }
}

type HeadersCode = 'headers-equal' | 'headers-reordered' | 'headers-shared' | 'headers-differ';

function compareHeaders(
  leaked: readonly string[],
  leakedSet: ReadonlySet<string>,
  given: readonly string[],
): HeadersCode {
  const sameLength = leaked.length === given.length;
  if (sameLength && leaked.every((header, i) => header === given[i])) return 'headers-equal';
  const shared = sharedHeaders(leakedSet, given);
  if (sameLength && shared === leakedSet.size && new Set(given).size === shared) return 'headers-reordered';
  return shared * 2 >= leakedSet.size ? 'headers-shared' : 'headers-differ';
}

/** How many distinct leaked column names are among those handed over, compared as written. */
export function sharedHeaders(leaked: ReadonlySet<string>, given: readonly string[]): number {
  let shared = 0;
  given.forEach((header, i) => {
    if (leaked.has(header) && given.indexOf(header) === i) shared++;
  });
  return shared;
}

type IdStyles = NonNullable<NonNullable<TransferFacts['format']>['idStyle']>;

/** The fields whose style both sides state, by whether it is the same. */
export function compareIdStyles(leaked: IdStyles, given: IdStyles) {
  const stated = (Object.keys(leaked) as CanonicalField[]).filter((field) => given[field] && leaked[field]);
  return {
    same: stated.filter((field) => leaked[field] === given[field]),
    differing: stated.filter((field) => leaked[field] !== given[field]),
  };
}

/** The parts of a record that a leak can be compared with. */
export const COMPARABLE_PARTS = ['areas', 'snapshot', 'rows', 'digests', 'format', 'access'] as const;
export type ComparablePart = (typeof COMPARABLE_PARTS)[number];

const isDescribed = ({ areas, vintage, rows, files, format }: LeakDescription, part: ComparablePart) => {
  switch (part) {
    case 'areas':
      return areas !== undefined;
    case 'snapshot':
      return vintage?.from !== undefined || vintage?.to !== undefined;
    case 'rows':
      return rows !== undefined;
    case 'digests':
      return files !== undefined;
    case 'format':
      return format !== undefined;
    case 'access':
      return true;
  }
};

/** What the leak could have been compared by, had the record stated it. */
export const gapsOf = (leak: LeakDescription, facts: TransferFacts): ComparablePart[] =>
  COMPARABLE_PARTS.filter((part) => facts[part] === undefined && isDescribed(leak, part));
