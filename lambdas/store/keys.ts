import type { TileId } from '../../core/log/tiles.ts';
import { type Access, hourOf } from '../../core/model/access.ts';
import type { StreamName } from '../../core/model/entry.ts';
import type { AgencyId, Day, EntryId, Instant, RequestId, TransferId } from '../../core/model/scalars.ts';

/** The key of an item in either table. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

const digits = (n: number, width: number) => String(n).padStart(width, '0');

/** Days are sharded so that no partition of the intake index takes more than a share of the writes. */
export const INTAKE_SHARDS = 8;
const shardOf = (entryId: EntryId) => Number.parseInt(entryId.slice(-2), 16) % INTAKE_SHARDS;

/** A partition takes a thousand small writes a second: so four thousand reads. */
export const ACCESS_SHARDS = 4;

/** Keys of the ledger table. */
export const ledgerKeys = {
  entry: (id: EntryId): Key => ({ pk: `ENTRY#${id}`, sk: 'ENTRY' }),
  index: (id: EntryId): Key => ({ pk: `ENTRY#${id}`, sk: 'INDEX' }),
  history: (stream: StreamName, subject: string) => `STREAM#${stream}#${subject}`,
  version: (stream: StreamName, subject: string, version: number): Key => ({
    pk: ledgerKeys.history(stream, subject),
    sk: digits(version, 6),
  }),
  log: 'LOG',
  batch: (first: number): Key => ({ pk: ledgerKeys.log, sk: `BATCH#${digits(first, 20)}` }),
  tile: ({ level, index, width }: TileId): Key => ({ pk: `TILE#${level}#${index}`, sk: digits(width, 3) }),
  checkpoint: (size: number): Key => ({ pk: ledgerKeys.log, sk: `CHECKPOINT#${digits(size, 20)}` }),
  /** The witness is named by its key id: a name may hold characters that sort in unexpected places. */
  cosignature: (size: number, keyId: number): Key => ({
    pk: ledgerKeys.log,
    sk: `COSIGNATURE#${digits(size, 20)}#${keyId.toString(16).padStart(8, '0')}`,
  }),
  /** Reads are filed by the hour, and sharded so that no partition takes all of them. */
  access: ({ at, accessId }: Pick<Access, 'at' | 'accessId'>): Key => ({
    pk: ledgerKeys.accessShard(hourOf(at), Number.parseInt(accessId.slice(-2), 16) % ACCESS_SHARDS),
    sk: `${at}#${accessId}`,
  }),
  accessShard: (hour: string, shard: number) => `ACCESS#${hour}#${shard}`,
  answer: (sha256: string, part: number): Key => ({ pk: `ANSWER#${sha256}`, sk: digits(part, 3) }),
  intake: (entryId: EntryId, at: Instant) => `${at.slice(0, 10)}#${shardOf(entryId)}`,
  intakeShard: (day: string, shard: number) => `${day}#${shard}`,
};

/** Things of which there is one item each. */
export type ListName =
  | 'AGENCY'
  | 'AGREEMENT'
  | 'INCIDENT'
  | 'COVERAGE'
  | 'PROVIDER'
  | 'FRAME'
  | 'SUPPRESSION';

/** Keys of the views table; see `views.ts` for what each holds. */
export const viewKeys = {
  meta: { pk: 'META', sk: 'META' } satisfies Key,
  lease: { pk: 'META', sk: 'LEASE' } satisfies Key,
  facts: (block: number): Key => ({ pk: `BLOCK#${digits(block, 12)}`, sk: 'FACTS' }),
  standings: (block: number): Key => ({ pk: `BLOCK#${digits(block, 12)}`, sk: 'STANDINGS' }),
  posting: (facet: string, era: number): Key => ({ pk: `POSTING#${facet}`, sk: digits(era, 8) }),
  /** Stands where a transfer has children. */
  parent: (id: TransferId): Key => ({ pk: `PARENT#${id}`, sk: 'PARENT' }),
  children: (id: TransferId) => `CHILDREN#${id}`,
  child: (id: TransferId, child: TransferId): Key => ({ pk: viewKeys.children(id), sk: child }),
  obligations: (agency: AgencyId | undefined) =>
    agency === undefined ? 'OBLIGATION' : `OBLIGATION#${agency}`,
  obligation: (
    agency: AgencyId | undefined,
    { dueOn, kind, cause }: { dueOn: Day; kind: string; cause: EntryId },
    id: TransferId | RequestId,
  ): Key => ({ pk: viewKeys.obligations(agency), sk: `${dueOn}#${id}#${kind}#${cause}` }),
  /** All requests for data, or those that an agency made or was made, by their places in the log. */
  requests: (agency: AgencyId | undefined) => (agency === undefined ? 'REQUEST' : `REQUEST#${agency}`),
  request: (agency: AgencyId | undefined, index: number): Key => ({
    pk: viewKeys.requests(agency),
    sk: digits(index, 20),
  }),
  list: (name: ListName, id: string): Key => ({
    pk: name,
    sk: id,
  }),
  part: (name: string, part: number): Key => ({ pk: `PART#${name}`, sk: digits(part, 3) }),
};

/** Notices that are still to be delivered are spread over so many partitions of their index. */
export const PENDING_SHARDS = 8;

/** Keys of the table of notices. */
export const noticeKeys = {
  notice: (noticeId: string): Key => ({ pk: `NOTICE#${noticeId}`, sk: 'NOTICE' }),
  pending: (shard: number) => `PENDING#${shard}`,
  pendingOf: (noticeId: string) =>
    noticeKeys.pending(Number.parseInt(noticeId.slice(-2), 16) % PENDING_SHARDS),
};
