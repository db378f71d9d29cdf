import type { Row } from '../../core/index/block.ts';
import { stands } from '../../core/lifecycle/transfer.ts';
import type { AgencyId, Day, TransferId } from '../../core/model/scalars.ts';
import {
  isPublic,
  type Names,
  publicTransferOf,
  suppressedCounts,
} from '../../core/views/public-register.ts';
import { agencyOf } from '../../core/views/registers.ts';
import type { Histories } from './histories.ts';
import { rowsSince } from './standing.ts';

/** What the public register has to show of a transfer: nothing where it may not. */
export const publiclyShown = (row: Row, day: Day, histories: Histories): unknown =>
  isPublic(row, day)
    ? publicTransferOf(row, day, namesOf(histories, [row.facts.provider, row.facts.recipient]))
    : undefined;

/**
 * What the public register has to count of a provider's that it does not show, by basis: as of the log's size `from`, and
 * as it is now.
 */
export function countedSince(histories: Histories, provider: string, from: number, day: Day) {
  const names = namesOf(histories, [provider as AgencyId]);
  const rows = transfersOf(histories, provider).map((id) => rowsSince(histories, id, from));
  return [rows.map((states) => states[0]), rows.map((states) => states.at(-1))].map((as) => {
    const suppressed = as.flatMap((row) =>
      row?.status.suppressed && stands(row.status)
        ? [{ provider: row.facts.provider, ...row.status.suppressed }]
        : [],
    );
    return new Map(
      suppressedCounts(suppressed, day, names).map((each) => [
        countId(each.provider.agencyId, each.basis),
        each,
      ]),
    );
  });
}

/** By which a count is told from others. */
export const countId = (agencyId: unknown, basis: unknown): string => `${String(agencyId)} ${String(basis)}`;

const transfersOf = (histories: Histories, provider: string): TransferId[] =>
  (histories.ofProviderSince(provider, 0).at(-1) ?? []).flatMap(({ entry }) =>
    entry.kind === 'transfer-recorded' ? [entry.subject as TransferId] : [],
  );

/** As the log has them last. */
const namesOf = (histories: Histories, ids: readonly AgencyId[]): Names =>
  new Map(
    ids.flatMap((id) => {
      const agency = agencyOf(histories.since('agency', id, 0).at(-1) ?? []);
      return agency ? [[id, agency.name] as const] : [];
    }),
  );
