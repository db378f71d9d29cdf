import { everAbove, type Placed } from '../../core/index/over-time.ts';
import type { Entry, StreamName } from '../../core/model/entry.ts';
import type { AgencyId, EntryId, TransferId } from '../../core/model/scalars.ts';
import type { VerifiedEntry } from '../verify/entries.ts';
import { fitsItsKind } from './kinds.ts';

/** An entry as it is held here: its bytes are a fifth of what it takes when it is read. */
interface Held {
  readonly index: number;
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** What is wrong with an entry of a log that is whole: no ledger would have accepted it. */
export interface EntryFault {
  readonly entryId: EntryId;
  readonly index: number;
  readonly what: 'not of its kind' | 'a second of its version' | 'without its predecessor';
}

/** All entries of a log by what they are about, to be folded as of any size that it had. */
export class Histories {
  readonly #bySubject = new Map<string, Held[]>();
  readonly #byProvider = new Map<string, Held[]>();
  readonly #above = new Map<TransferId, TransferId[]>();
  readonly #beneath = new Map<TransferId, TransferId[]>();
  readonly #faults: EntryFault[] = [];

  add(entries: readonly VerifiedEntry[]): void {
    for (const { entry, bytes, index } of entries) this.#add(entry, bytes, index);
  }

  #add(entry: Entry, bytes: Uint8Array, index: number): void {
    const { entryId, stream, subject, version } = entry;
    const held: Held = { index, version, bytes };
    const key = `${stream} ${subject}`;
    const history = this.#bySubject.get(key) ?? [];
    if (!fitsItsKind(entry)) this.#faults.push({ entryId, index, what: 'not of its kind' });
    else if (history.some((other) => other.version === version))
      this.#faults.push({ entryId, index, what: 'a second of its version' });
    else {
      this.#bySubject.set(key, [...history, held]);
      const provider = providerIn(entry);
      if (provider !== undefined) {
        const own = this.#byProvider.get(provider);
        if (own) own.push(held);
        else this.#byProvider.set(provider, [held]);
      }
      if (stream === 'transfer') this.#link(entry);
    }
  }

  #link(entry: Entry): void {
    const below = entry.subject as TransferId;
    for (const above of everAbove([{ entry }])) {
      this.#above.set(below, [...(this.#above.get(below) ?? []), above]);
      const children = this.#beneath.get(above);
      if (children) children.push(below);
      else this.#beneath.set(above, [below]);
    }
  }

  /** What no ledger would have accepted; `without its predecessor` only as far as the log goes now. */
  get faults(): readonly EntryFault[] {
    const orphans = [...this.#bySubject.values()].flatMap((history) => {
      const [first] = gapIn(history);
      if (first === undefined) return [];
      const { entryId } = read(first).entry;
      return [{ entryId, index: first.index, what: 'without its predecessor' as const }];
    });
    return [...this.#faults, ...orphans];
  }

  /** What the entries of a stream are about, in the order of their first. */
  *subjects(stream: StreamName): Generator<string> {
    for (const key of this.#bySubject.keys()) {
      const at = key.indexOf(' ');
      if (key.slice(0, at) === stream) yield key.slice(at + 1);
    }
  }

  /**
   * The history of a subject as it was when the log had the size `from`, and each as it became since: oldest first,
   * as far as it goes without a gap. The first may be empty.
   */
  since(stream: StreamName, subject: string, from: number): Placed[][] {
    return statesSince(this.#bySubject.get(`${stream} ${subject}`) ?? [], from, withoutGap);
  }

  /** The history of a transfer as it was when the log had a size. */
  at(id: TransferId, size: number): Placed[] {
    const held = this.#bySubject.get(`transfer ${id}`) ?? [];
    return withoutGap(held.filter(({ index }) => index < size)).map(read);
  }

  /** What was ever named as an origin of a transfer or took the place of its record, and of those, and so on, with itself. */
  upstreamOf(id: TransferId): TransferId[] {
    return reachable(id, this.#above);
  }
  /** What ever came of a transfer, however far down, with itself. */
  downstreamOf(id: TransferId): TransferId[] {
    return reachable(id, this.#beneath);
  }
  /** What ever came of a transfer directly. */
  childrenOf(id: TransferId): readonly TransferId[] {
    return this.#beneath.get(id) ?? [];
  }

  /** The size `from`, and each later one at which the log has more of transfers than before. */
  sizesSince(ids: Iterable<TransferId>, from: number): number[] {
    const sizes = new Set([from]);
    for (const id of ids)
      for (const { index } of this.#bySubject.get(`transfer ${id}`) ?? [])
        if (index >= from) sizes.add(index + 1);
    return [...sizes].sort((a, b) => a - b);
  }

  /** The entry that a history begins with. */
  opening(stream: StreamName, subject: string): Placed | undefined {
    const first = this.#bySubject.get(`${stream} ${subject}`)?.find(({ version }) => version === 0);
    return first && read(first);
  }

  providers(): Iterable<string> {
    return this.#byProvider.keys();
  }

  /** As {@link since}, of a provider: the transfers that it recorded, and its declarations, in the order of the log. */
  ofProviderSince(provider: string, from: number): Placed[][] {
    return statesSince(this.#byProvider.get(provider) ?? [], from, (entries) => entries);
  }
}

function providerIn({ kind, body }: Entry): AgencyId | undefined {
  if (kind === 'transfer-recorded') return (body['provider'] as { agencyId: AgencyId }).agencyId;
  return kind === 'coverage-declared' ? (body['provider'] as AgencyId) : undefined;
}

function reachable(from: TransferId, next: ReadonlyMap<TransferId, readonly TransferId[]>): TransferId[] {
  const found = new Set([from]);
  for (const id of found) for (const each of next.get(id) ?? []) found.add(each);
  return [...found];
}

function statesSince(
  history: readonly Held[],
  from: number,
  whole: (entries: readonly Held[]) => readonly Held[],
): Placed[][] {
  const sizes = [from, ...history.flatMap(({ index }) => (index >= from ? [index + 1] : []))];
  const states = sizes.map((size) => whole(history.filter(({ index }) => index < size)));
  return states
    .filter((state, i) => i === 0 || state.length !== states[i - 1]?.length)
    .map((state) => state.map(read));
}

/** A history as far as it goes without a gap, oldest first. Each version is in it once. */
const withoutGap = (history: readonly Held[]): Held[] =>
  inOrder(history).filter(({ version }, i) => version === i);
/** What stands behind the first gap of a history. */
const gapIn = (history: readonly Held[]): Held[] =>
  inOrder(history).filter(({ version }, i) => version !== i);
const inOrder = (history: readonly Held[]): Held[] => history.toSorted((a, b) => a.version - b.version);

/** Its form was checked when it was added. */
const read = ({ bytes, index }: Held): Placed => ({
  entry: JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as Entry,
  index,
});
