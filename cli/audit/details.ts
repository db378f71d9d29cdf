import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { ApiProblem, type Client } from '../../core/api/client.ts';
import { endOf } from '../../core/lifecycle/moment.ts';
import type { Day, TransferId } from '../../core/model/scalars.ts';
import { inOrder } from '../verify/in-order.ts';
import type { Compared, Difference } from './compare.ts';
import { asJson, differingPaths } from './differing.ts';
import type { Histories } from './histories.ts';
import { parse } from './live.ts';
import { detailsSince } from './standing.ts';

export const DETAILS = 'states';

export interface DetailOptions {
  readonly client: Client;
  readonly signal: AbortSignal;
  readonly parallel: number;
  /** What the log had at this size is expected. */
  readonly from: number;
  /** Each is asked for as of this day. */
  readonly day: Day;
  /** Told how many have been compared. */
  readonly onProgress: (compared: number) => void;
}

/** By then everything is known that is recorded, whoever's clock was fast. */
const KNOWN_AT = '9999-12-31' as Day;

/**
 * Compares `GET /v1/transfers/{id}` of each transfer with what the log's entries add up to. It is answered from entries that may
 * not be in the log yet, so it may show more than the log has: whoever finds a difference asks again when it does.
 */
export async function compareDetails(
  ids: Iterable<string>,
  histories: Histories,
  options: DetailOptions,
): Promise<Compared> {
  const differences: Difference[] = [];
  let [inLog, answered] = [0, 0];
  const compare = (id: string) => compareDetail(id as TransferId, histories, options);
  for await (const { shown, difference } of inOrder(ids, options.parallel, compare)) {
    inLog += 1;
    if (shown) answered += 1;
    if (difference) differences.push(difference);
    options.onProgress(inLog);
  }
  return { view: DETAILS, inLog, answered, differences };
}

async function compareDetail(transferId: TransferId, histories: Histories, options: DetailOptions) {
  const { day: validAt, from } = options;
  const states = detailsSince(histories, transferId, from, { validAt, knownAt: endOf(KNOWN_AT) });
  const expected = states.map((state) => asJson(state ?? null));
  const shown = await readDetail(transferId, options);
  if (expected.some((state) => isDeepStrictEqual(state, shown))) return { shown: shown !== null };
  const first = histories.opening('transfer', transferId);
  const named = {
    view: DETAILS,
    id: transferId,
    ...(first && { entryId: first.entry.entryId, index: first.index }),
  };
  const difference: Difference =
    shown === null
      ? { ...named, what: 'missing' }
      : { ...named, what: 'differs', paths: differingPaths(expected.at(-1), shown) };
  return { shown: shown !== null, difference };
}

/** `null` for one that there is not. */
async function readDetail(
  transferId: TransferId,
  { client, signal, day }: DetailOptions,
): Promise<Record<string, unknown> | null> {
  try {
    const query = { validAt: day, knownAt: KNOWN_AT };
    const { bytes } = await client.send('getTransfer', { params: { transferId }, query, signal });
    return parse(z.record(z.string(), z.unknown()), bytes, `the transfer ${transferId}`);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return null;
    throw error;
  }
}
