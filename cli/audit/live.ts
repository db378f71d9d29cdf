import * as z from 'zod';
import { ApiFailure, type Client } from '../../core/api/client.ts';
import type { Operation } from '../../core/api/routes.ts';
import { type Day, dayOf, type Instant } from '../../core/model/scalars.ts';
import { Finding } from '../verify/finding.ts';
import type { Thing, View } from './views.ts';

/** Some of what the API told of a view. */
export interface Told {
  readonly things: readonly Thing[];
  /** How much of the log it says that it reflects. */
  readonly size: number;
  /** The day, by the API's clock, on which it was told; both where that was about midnight. */
  readonly days: readonly Day[];
}

/**
 * An answer as far as its frame goes. What is in it is not held to a schema here: an audit is to name what is wrong
 * with it, and where.
 */
const Things = z.array(z.record(z.string(), z.unknown()));
const Answer = z.looseObject({
  items: Things.optional(),
  declarations: Things.optional(),
  providers: Things.optional(),
  suppressed: Things.optional(),
  nextCursor: z.string().min(1).max(4_000).optional(),
  reflects: z.looseObject({ size: z.int().min(0) }),
});

/** Any operation with any query: which they are stands in a table here, and not in the types. */
type Ask = (operation: Operation, request: object) => ReturnType<Client['send']>;

/**
 * All that the API tells of a view, page by page.
 * @param expected how many things the log has of it; asked once there are more than any but a long list has
 * @throws Finding `answer`, ApiFailure, ApiProblem
 */
export async function* tellAll(
  view: View,
  client: Client,
  signal: AbortSignal,
  expected: () => number = () => 0,
): AsyncGenerator<Told> {
  let cursor: string | undefined;
  let told = 0;
  do {
    const query = { ...view.query, ...(cursor !== undefined && { cursor }) };
    const { bytes, headers } = await (client.send as Ask)(view.operation, { query, signal });
    const answer = parse(Answer, bytes, view.name);
    const things = answer[view.key];
    if (!things) throw new ApiFailure('unexpected-answer', `the list of ${view.name} has no ${view.key}`);
    yield { things, size: answer.reflects.size, days: daysOf(headers) };
    cursor = view.onePage ? undefined : answer.nextCursor;
    // Pages may be short, but not without end. One entry can make many things: a correction is owed all down the line.
    told += Math.max(1, things.length);
    const most = 4 * answer.reflects.size + 1_000;
    if (told > most && told > most + expected())
      throw new Finding('answer', `the list of ${view.name} is longer than the log lets it be`);
  } while (cursor !== undefined);
}

export function parse<S extends z.ZodType>(schema: S, bytes: Uint8Array, what: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (error) {
    throw new ApiFailure('unexpected-answer', `what is answered of ${what} has another form`, error);
  }
}

/** How much of the log the views reflect now. */
export async function tellFirst(client: Client, signal: AbortSignal): Promise<number> {
  const { bytes } = await client.send('listTransfers', { query: { limit: 1 }, signal });
  return parse(Answer, bytes, 'transfers').reflects.size;
}

/** Between working an answer out and sending it lie less than so many milliseconds. */
const MOST_UNDER_WAY_MS = 60_000;

/** The days on which something may have been worked out that was sent at a time, in milliseconds since 1970. */
export function daysAbout(sent: number): Day[] {
  const day = (time: number) => dayOf(new Date(time).toISOString() as Instant);
  return [...new Set([day(sent), day(sent - MOST_UNDER_WAY_MS)])];
}

const daysOf = (headers: Headers): Day[] => daysAbout(Date.parse(headers.get('date') ?? '') || Date.now());
