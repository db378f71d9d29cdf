import type { Row } from '../../core/index/block.ts';
import { factsOf } from '../../core/index/facts.ts';
import {
  everAbove,
  type Placed,
  type StatusAfter,
  spreads,
  statusesOverTime,
} from '../../core/index/over-time.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import type { TransferId } from '../../core/model/scalars.ts';
import { childrenOf, parentsAmong } from '../store/children.ts';
import { inParallel } from '../store/client.ts';
import { ledgerKeys } from '../store/keys.ts';
import { getMany } from '../store/ledger.ts';
import { historyUpTo, type Step } from './history.ts';

/** A transfer that a step changed, and how it stood as the log grew, up to how it stands. */
export interface Affected {
  readonly row: Row;
  readonly overTime: readonly StatusAfter[];
}

/**
 * The transfers that stand otherwise after a step, or may: those that its entries opened or went on with, and all that
 * came of those whose change reaches downstream. Each as of the end of the step, by its own history and those of all
 * upstream of it, so that it does not matter how the log was cut into steps.
 */
export async function affectedTransfers(step: Step): Promise<Affected[]> {
  const histories = new Read(step);
  const changed = await changedBy(step, histories);
  const below = await downstreamOf(await spreading(changed, step, histories));
  const affected: Affected[] = [];
  await inParallel([...new Set([...changed, ...below])], 8, async (id) => {
    const own = await histories.of(id);
    const [first] = own;
    if (!first) return;
    const overTime = statusesOverTime(id, await line(id, histories));
    const last = overTime.at(-1);
    if (!last) throw new Error(`transfer ${id} has a history, and no status`);
    affected.push({ row: { facts: factsOf(first.entry, first.index), status: last.status }, overTime });
  });
  return affected.sort((a, b) => a.row.facts.index - b.row.facts.index);
}

/** Histories as of the end of a step, each read once. */
class Read {
  readonly #step: Step;
  readonly #known = new Map<TransferId, Promise<readonly Placed[]>>();

  constructor(step: Step) {
    this.#step = step;
  }

  of(id: TransferId): Promise<readonly Placed[]> {
    const known = this.#known.get(id) ?? historyUpTo('transfer', id, entryIdWithin(id), this.#step);
    this.#known.set(id, known);
    return known;
  }

  /** What is known without reading. */
  tell(id: TransferId, history: readonly Placed[]): void {
    this.#known.set(id, Promise.resolve(history));
  }
}

/** The transfers that the entries of a step are about. */
async function changedBy({ placed }: Step, histories: Read): Promise<TransferId[]> {
  const ours = placed.filter(({ entry }) => entry.stream === 'transfer');
  const opened = ours.filter(({ entry }) => entry.version === 0);
  // An event may have come into the log before its transfer, when the transfer's doorbell was lost.
  const events = await getMany(opened.map(({ entry }) => ledgerKeys.version('transfer', entry.subject, 1)));
  const goneOn = new Set(events.map((item) => item['pk']?.S?.split('#')[2]));
  for (const each of opened)
    if (!goneOn.has(each.entry.subject)) histories.tell(each.entry.subject as TransferId, [each]);
  return [...new Set(ours.map(({ entry }) => entry.subject as TransferId))];
}

/** Those of the changed transfers that others came of, and whose change may reach them. */
async function spreading(changed: readonly TransferId[], { places }: Step, histories: Read) {
  const reaching: TransferId[] = [];
  await inParallel(await parentsAmong(changed), 8, async (id) => {
    const history = await histories.of(id);
    // What the step put into the log may be what those after it in the history had waited for.
    const from = history.findIndex(({ entry }) => places.has(entry.entryId));
    if (from >= 0 && history.slice(from).some(spreads)) reaching.push(id);
  });
  return reaching;
}

/** Everything that came of transfers, those of which a record among them took the place included. */
async function downstreamOf(ids: readonly TransferId[]): Promise<TransferId[]> {
  const seen = new Set(ids);
  for (let level = ids; level.length > 0; ) {
    const children = [...(await childrenOf(level)).values()].flat().map(({ id }) => id);
    level = [...new Set(children)].filter((id) => !seen.has(id));
    for (const id of level) seen.add(id);
  }
  return [...seen];
}

/** The histories of a transfer and of everything that was ever upstream of it. */
async function line(id: TransferId, histories: Read): Promise<Map<TransferId, readonly Placed[]>> {
  const read = new Map<TransferId, readonly Placed[]>();
  for (let level = [id]; level.length > 0; ) {
    const own = await Promise.all(level.map(async (each) => [each, await histories.of(each)] as const));
    for (const [each, history] of own) read.set(each, history);
    const above = own.flatMap(([, history]) => everAbove(history));
    level = [...new Set(above)].filter((each) => !read.has(each));
  }
  return read;
}
