import type { PublicQuery, PublicRegister } from '../../core/api/public-register.ts';
import type { ROUTES } from '../../core/api/routes.ts';
import type { AgencyId } from '../../core/model/scalars.ts';
import {
  isPublic,
  matchesPublicly,
  type Names,
  publicTransferOf,
  suppressedCounts,
} from '../../core/views/public-register.ts';
import type { AgencyView } from '../../core/views/registers.ts';
import type { Request } from '../http/request.ts';
import { type Answer, jsonAnswer } from '../http/serve.ts';
import type { SuppressionView } from '../projection/transfers.ts';
import { completed } from '../queries/beneath.ts';
import { today } from '../queries/clock.ts';
import { LogPosition, openCursor, sealCursor } from '../queries/cursor.ts';
import { momentOf } from '../queries/moment.ts';
import { search } from '../queries/search.ts';
import { fromViews } from '../store/reading.ts';
import { allViews, type Meta, unpacked } from '../store/views.ts';

/** So long may caches keep it, and so long a suppression may take to reach a reader. */
export const FOR_A_MINUTE = 'public, max-age=60';

export async function listPublicRegister({
  query,
}: Request<(typeof ROUTES)['listPublicRegister']>): Promise<Answer> {
  return jsonAnswer(200, (await readRegister(query)).register, { 'cache-control': FOR_A_MINUTE });
}

/** A page of the register, and the names of all agencies. @throws Problem `cursor-refused`, `try-again` */
export async function readRegister(query: PublicQuery): Promise<{ register: PublicRegister; names: Names }> {
  return fromViews(async (views) => {
    const names = await agencyNames();
    const register = {
      ...(await pageOf(query, views, names)),
      suppressed: await countSuppressed(names),
      reflects: { size: views.size },
    };
    return { register, names };
  });
}

/** What a page shows of the hand-overs, and where the next one begins. @throws Problem `cursor-refused` */
export async function pageOf(
  query: PublicQuery,
  { size, cursorKey }: Pick<Meta, 'size' | 'cursorKey'>,
  names: Names,
): Promise<Pick<PublicRegister, 'items' | 'nextCursor'>> {
  const { cursor, limit, year, q, ...filters } = query;
  const asked = { ...filters, q };
  const sealed = { list: 'public-register', year, ...asked };
  const moment = momentOf(query);
  const only = (row: Parameters<typeof isPublic>[0]) =>
    isPublic(row, today()) && matchesPublicly(row, { year, q });
  const below = cursor === undefined ? size : LogPosition.parse(openCursor(cursorKey, sealed, cursor));
  const { rows, next } = await search(asked, { size, below, limit, moment, only });
  const shown = moment ? rows : await completed(rows, size);
  return {
    items: shown.map((row) => publicTransferOf(row, moment?.validAt ?? today(), names)),
    ...(next !== undefined && { nextCursor: sealCursor(cursorKey, sealed, String(next)) }),
  };
}

export async function countSuppressed(names: Names): Promise<PublicRegister['suppressed']> {
  const suppressions = (await allViews('SUPPRESSION')).map((item) => unpacked<SuppressionView>(item));
  return suppressedCounts(suppressions, today(), names);
}

export async function agencyNames(): Promise<Map<AgencyId, string>> {
  const agencies = (await allViews('AGENCY')).map((item) => unpacked<AgencyView>(item));
  return new Map(agencies.map(({ agencyId, name }) => [agencyId, name]));
}
