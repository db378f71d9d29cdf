import { setTimeout as pause } from 'node:timers/promises';
import { dayOf, type Instant } from '../../core/model/scalars.ts';
import type { LogSession } from '../verify/session.ts';
import { type Compared, compareView, countOf, type Difference } from './compare.ts';
import { compareDetails, DETAILS } from './details.ts';
import type { Histories } from './histories.ts';
import { tellAll, tellFirst } from './live.ts';
import { compareSearches, SEARCHES } from './search-results.ts';
import { VIEWS } from './views.ts';

export interface AuditOptions {
  readonly session: LogSession;
  readonly histories: Histories;
  readonly signal: AbortSignal;
  readonly parallel: number;
  /** How long the views may take to reflect what the log has, and the log to show what the views reflect. */
  readonly waitMs: number;
  /** How often is asked where there is a difference, and after what time again. */
  readonly rounds: number;
  readonly pauseMs: number;
  /** Told of what takes long, how many of them have been compared. */
  readonly onProgress: (what: string, compared: number, of: number) => void;
}

/** One comparison. @param before what it came to in the round before, when it is made once more */
type Comparison = (before: Compared | undefined) => Promise<Compared>;

const LOOK_EVERY_MS = 250;

/**
 * Compares what the API answers with what the entries of a verified log say. Both may grow meanwhile, so what differs
 * is asked for again, and counts only if it differs each time.
 */
export async function audit(options: AuditOptions): Promise<Compared[]> {
  const { session, rounds, pauseMs, signal } = options;
  const comparisons = comparisonsOf(options);
  const results: (Compared | undefined)[] = comparisons.map(() => undefined);
  for (let round = 1; ; round++) {
    for (const [i, compare] of comparisons.entries()) {
      const before = results[i];
      if (before === undefined || before.differences.length > 0)
        results[i] = confirmed(await compare(before), before);
    }
    const compared = results.filter((result) => result !== undefined);
    if (round >= rounds || compared.every(({ differences }) => differences.length === 0)) return compared;
    await pause(pauseMs, undefined, { signal });
    await session.goOn();
  }
}

const today = () => dayOf(new Date().toISOString() as Instant);

/** In this order: entries that cannot be folded, or views that lag, explain what comes of them. */
function comparisonsOf(options: AuditOptions): Comparison[] {
  const { session, histories, signal } = options;
  const reaches = reaching(options);
  let reflected = 0;
  return [
    () => Promise.resolve(compareEntries(session.size, histories)),
    async () => {
      const reach = await compareReach(options, reaches);
      reflected = Math.min(reach.answered, session.size);
      return reach;
    },
    ...VIEWS.map((view) => () => {
      const expected = () => countOf(view, histories, today());
      return compareView(view, tellAll(view, session.client, signal, expected), histories, reaches);
    }),
    (before) =>
      compareSearches(histories, before, {
        ...options,
        client: session.client,
        from: reflected,
        reaches,
        onProgress: (done, of) => options.onProgress(SEARCHES, done, of),
      }),
    (before) => compareStates(options, before),
  ];
}

/** What came out again, of what came out before. */
function confirmed(now: Compared, before: Compared | undefined): Compared {
  if (!before) return now;
  const known = new Set(before.differences.map(keyOf));
  return { ...now, differences: now.differences.filter((difference) => known.has(keyOf(difference))) };
}
const keyOf = ({ id, what }: Difference) => `${what} ${id}`;

function compareEntries(size: number, histories: Histories): Compared {
  const differences = histories.faults.map((fault) => ({ view: 'entries', id: fault.entryId, ...fault }));
  return { view: 'entries', inLog: size, answered: size, differences };
}

/** Whether the views come to reflect what the log had when they were asked. */
async function compareReach(
  { session, signal, waitMs }: AuditOptions,
  reaches: (size: number) => Promise<boolean>,
): Promise<Compared> {
  const needed = session.size;
  const until = Date.now() + waitMs;
  let reflected = await tellFirst(session.client, signal);
  while (reflected < needed && Date.now() < until) {
    await pause(LOOK_EVERY_MS, undefined, { signal });
    reflected = await tellFirst(session.client, signal);
  }
  const what = reflected < needed ? 'behind' : (await reaches(reflected)) ? undefined : 'ahead';
  return {
    view: 'reflected',
    inLog: session.size,
    answered: reflected,
    differences: what === undefined ? [] : [{ view: 'reflected', id: '/reflects/size', what }],
  };
}

/** Has the log read on to a size that the views reflect, for as long as that may take. */
function reaching({ session, signal, waitMs }: AuditOptions): (size: number) => Promise<boolean> {
  let beyond = Number.POSITIVE_INFINITY;
  return async (size) => {
    const until = Date.now() + waitMs;
    // What was not reached in time once is not waited for with every page.
    while (session.size < size && size < beyond && Date.now() < until) {
      await session.goOn();
      if (session.size < size) await pause(LOOK_EVERY_MS, undefined, { signal });
    }
    if (session.size < size) beyond = Math.min(beyond, size);
    return session.size >= size;
  };
}

/** Transfers one by one; when it is made once more, those alone that differed. */
async function compareStates(options: AuditOptions, before: Compared | undefined): Promise<Compared> {
  const { session, histories, onProgress } = options;
  const ids = before ? before.differences.map(({ id }) => id) : [...histories.subjects('transfer')];
  const compared = await compareDetails(ids, histories, {
    ...options,
    client: session.client,
    from: session.size,
    // The same day on both sides, so it is of no matter whose clock says so.
    day: today(),
    onProgress: (done) => onProgress(DETAILS, done, ids.length),
  });
  return before ? { ...before, differences: compared.differences } : compared;
}
