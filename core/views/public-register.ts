import type { PublicQuery, PublicRegister, PublicState, PublicTransfer } from '../api/public-register.ts';
import type { Row, Status } from '../index/block.ts';
import { wordsOf } from '../index/facts.ts';
import { lifecycleOn, stands } from '../lifecycle/transfer.ts';
import type { SuppressionBasis } from '../model/publication.ts';
import type { AgencyId, Day } from '../model/scalars.ts';
import { termLabel } from './labels.ts';

/** The names of agencies by id. */
export type Names = ReadonlyMap<AgencyId, string>;

/**
 * Whether the public may be shown a transfer at all, as it stands today. That is so or not for every moment that is
 * asked of: else the day before a suppression would tell what is suppressed.
 */
export const isPublic = ({ status }: Row, today: Day): boolean =>
  stands(status) && !isSuppressed(status.suppressed, today);

const isSuppressed = (suppressed: Status['suppressed'], today: Day): boolean =>
  suppressed !== undefined && suppressed.until >= today;

/** What is asked for by public parts alone: of the words that auditors search by, most are not published. */
export function matchesPublicly({ facts }: Row, { year, q }: Pick<PublicQuery, 'year' | 'q'>): boolean {
  const { handedOver, dataset } = facts;
  const of = (day: Day) => Number(day.slice(0, 4));
  if (year !== undefined && (of(handedOver.earliest) > year || of(handedOver.latest) < year)) return false;
  if (q === undefined) return true;
  const title = new Set(wordsOf(dataset.title));
  return wordsOf(q).every((word) => title.has(word));
}

/** A transfer as the public may know it, on a day. */
export function publicTransferOf({ facts, status }: Row, day: Day, names: Names): PublicTransfer {
  const { transferId, dataset, about, fields, subjects, rows, areas, purposes, legalBases, agreement } =
    facts;
  return {
    transferId,
    provider: named(facts.provider, names),
    recipient: named(facts.recipient, names),
    title: dataset.title,
    ...(about !== undefined && { about }),
    ...(fields && { fields: [...fields] }),
    ...(subjects !== undefined && { people: rounded(subjects) }),
    ...(rows !== undefined && { records: rounded(rows) }),
    ...(areas && { areas: [...areas] }),
    ...(purposes && { purposes: purposes.map(term) }),
    ...(legalBases && { legalBases: legalBases.map(term) }),
    ...(agreement && { agreement: agreement.id }),
    handedOver: { from: monthOf(facts.handedOver.earliest), to: monthOf(facts.handedOver.latest) },
    ...(status.retentionEnd && { keptUntil: status.retentionEnd }),
    state: publicStateOf(status, day),
  };
}

const named = (agencyId: AgencyId, names: Names) => ({ agencyId, name: names.get(agencyId) ?? agencyId });
const term = (iri: string) => ({ iri, label: termLabel(iri) });
const monthOf = (day: Day) => day.slice(0, 7);

/** Two digits: a count to the last row would tell which hand-over a file on offer came from, and whom few rows are about. */
export function rounded(count: number): number {
  if (count <= 10) return 10;
  const unit = 10 ** (Math.floor(Math.log10(count)) - 1);
  return Math.round(count / unit) * unit;
}

function publicStateOf(status: Status, day: Day): PublicState {
  if (status.reached === 'certified' || status.reached === 'verified') {
    if (status.marks.includes('incomplete')) return 'destroyed-in-part';
    return status.reached === 'verified' ? 'destruction-verified' : 'destroyed';
  }
  const state = lifecycleOn(status, day);
  if (state === 'due' || state === 'overdue') return state;
  // A hold is told of only where it is why the data is kept past the day that was promised.
  const past = status.retentionEnd !== undefined && status.retentionEnd < day;
  return past && status.marks.includes('held') ? 'kept-under-hold' : 'kept';
}

/** How many are suppressed on a day, by provider and basis. */
export function suppressedCounts(
  suppressions: readonly {
    readonly provider: AgencyId;
    readonly basis: SuppressionBasis;
    readonly until: Day;
  }[],
  today: Day,
  names: Names,
): PublicRegister['suppressed'] {
  const standing = suppressions.filter((each) => isSuppressed(each, today));
  const groups = Map.groupBy(standing, ({ provider, basis }) => `${provider} ${basis}`);
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, [first, ...others]]) =>
      first ? [{ provider: named(first.provider, names), basis: first.basis, count: others.length + 1 }] : [],
    );
}
