import type { PublicCsvQuery } from '../../core/api/public-register.ts';
import type { ROUTES } from '../../core/api/routes.ts';
import {
  CSV_GOES_ON,
  CSV_HEADING,
  csvOfSuppressed,
  csvOfTransfer,
} from '../../core/views/public-register-csv.ts';
import type { Request } from '../http/request.ts';
import type { Answer } from '../http/serve.ts';
import { fromViews } from '../store/reading.ts';
import { agencyNames, countSuppressed, FOR_A_MINUTE, pageOf } from './register.ts';
import { StaticText } from './text.ts';

/**
 * How much a file is: Lambda answers 6 MB, escapes and one more page included, and API Gateway waits 29 seconds. As of
 * another moment it takes long, since histories are read.
 */
const LIMITS = { bytes: 4_000_000, ms: 10_000, rowsAtOnce: 200 };

/** The register as one file, from one state of the views; where it is more than a file holds, the answer says where it goes on. */
export async function publicRegisterCsv({
  query,
  event,
}: Request<(typeof ROUTES)['publicRegisterCsv']>): Promise<Answer> {
  const { text, nextCursor } = await registerFile(query);
  const next = nextCursor && `<register.csv?${asQuery({ ...query, cursor: nextCursor })}>; rel="next"`;
  return new StaticText(text, { ...HEADERS, ...(next && { link: next }) }).answer(event);
}

const HEADERS = {
  'content-type': 'text/csv; charset=utf-8',
  'content-disposition': 'attachment; filename="public-register.csv"',
  'cache-control': FOR_A_MINUTE,
};

/** @throws Problem `cursor-refused`, `try-again` */
export const registerFile = (
  query: PublicCsvQuery,
  { bytes, ms, rowsAtOnce }: typeof LIMITS = LIMITS,
): Promise<{ text: string; nextCursor?: string }> =>
  fromViews(async (views) => {
    const until = Date.now() + ms;
    const names = await agencyNames();
    let text = CSV_HEADING;
    let { cursor } = query;
    do {
      const { items, nextCursor } = await pageOf({ ...query, cursor, limit: rowsAtOnce }, views, names);
      text += items.map(csvOfTransfer).join('');
      cursor = nextCursor;
    } while (cursor !== undefined && Buffer.byteLength(text) < bytes && Date.now() < until);
    text += (await countSuppressed(names)).map(csvOfSuppressed).join('');
    return cursor === undefined ? { text } : { text: text + CSV_GOES_ON, nextCursor: cursor };
  });

const asQuery = (query: PublicCsvQuery): string =>
  new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    ),
  ).toString();
