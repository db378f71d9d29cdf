import { hash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { canonicalBytes } from '../../core/canonical.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '../../core/log/merkle.ts';
import { appendTiles, EMPTY_TILE_EDGE, TILE_WIDTH } from '../../core/log/tiles.ts';
import type { Row } from './backdoor.ts';

/** How somebody makes rows that look as the system's do. */

const INTAKE_SHARDS = 8;

export const digits = (n: number, width: number): string => String(n).padStart(width, '0');

export const idOf = (row: Row): string => (row['pk']?.S ?? '').slice('ENTRY#'.length);
export const isEntry = ({ sk }: Row): boolean => sk?.S === 'ENTRY';
export const isTransfer = (row: Row): boolean => isEntry(row) && row['kind']?.S === 'transfer-recorded';
export const isIndex = ({ sk }: Row): boolean => sk?.S === 'INDEX';
export const isBatch = ({ sk }: Row): boolean => sk?.S?.startsWith('BATCH#') === true;
export const isTile = ({ pk }: Row): boolean => pk?.S?.startsWith('TILE#') === true;
export const isCheckpoint = ({ sk }: Row): boolean => sk?.S?.startsWith('CHECKPOINT#') === true;
export const isCosignature = ({ sk }: Row): boolean => sk?.S?.startsWith('COSIGNATURE#') === true;
export const isVersion = ({ pk }: Row): boolean => pk?.S?.startsWith('STREAM#') === true;
export const isAnswer = ({ pk }: Row): boolean => pk?.S?.startsWith('ANSWER#') === true;

type Json = Record<string, unknown>;

/** The entry in a row. */
export const entryIn = (row: Row): Json =>
  JSON.parse(inflateRawSync(row['body']?.B ?? new Uint8Array()).toString('utf8')) as Json;

/** A row with another entry in it, and all beside it that can be computed without a key. */
export function reworded(row: Row, change: (entry: Json) => Json): Row {
  const entry = change(entryIn(row));
  const bytes = canonicalBytes(entry);
  return {
    ...row,
    body: { B: deflateRawSync(bytes, { level: 9 }) },
    leaf: { B: leafHash(bytes) },
    request: { B: requestOf(entry) },
  };
}

function requestOf({ kind, version, subject, body }: Json): Uint8Array {
  const asked = kind === 'trace-run' ? (body as Json)['description'] : body;
  const request = { kind, subject: version === 0 ? null : subject, body: asked };
  return hash('sha256', canonicalBytes(request), 'buffer');
}

/** What somebody alters of a record to hide what was handed over. */
export const fewerRows = (entry: Json): Json => {
  const body = entry['body'] as Json;
  return { ...entry, body: { ...body, volume: { rows: 1, exact: true } } };
};

/** The same entry under another id, as if it had been recorded once more. */
export const again = (row: Row, id: string): Row => ({
  ...reworded(row, (entry) => ({ ...entry, entryId: id, subject: `tr-${id}` })),
  pk: { S: `ENTRY#${id}` },
  intake: { S: `${row['at']?.S?.slice(0, 10)}#${Number.parseInt(id.slice(-2), 16) % INTAKE_SHARDS}` },
});

/** An entry by what a batch says of it. */
export interface Member {
  readonly id: string;
  readonly leaf: Uint8Array;
}

/** The batches of a log, each as its members. */
export function membersOf(rows: readonly Row[]): Member[][] {
  return rows.filter(isBatch).map((row) => {
    const ids =
      Buffer.from(row['ids']?.B ?? [])
        .toString('hex')
        .match(/.{32}/g) ?? [];
    const leaves = row['leaves']?.B ?? new Uint8Array();
    return ids.map((id, n) => ({ id, leaf: leaves.subarray(n * 32, n * 32 + 32) }));
  });
}

/** All rows of a log but its heads, as a sequencer would have made them; the batches without seals. */
export function logOf(batches: readonly (readonly Member[])[], committedAt: string): Row[] {
  let [frontier, edge] = [EMPTY_FRONTIER, EMPTY_TILE_EDGE];
  return batches.flatMap((members) => {
    const first = frontier.size;
    const leaves = members.map(({ leaf }) => leaf);
    const appended = appendLeaves(frontier, leaves);
    const cut = appendTiles(edge, appended.levels);
    const batch: Row = {
      pk: { S: 'LOG' },
      sk: { S: `BATCH#${digits(first, 20)}` },
      first: { N: String(first) },
      count: { N: String(members.length) },
      previousRoot: { B: rootOf(frontier) },
      root: { B: rootOf(appended.frontier) },
      edge: { B: Buffer.concat(appended.frontier.hashes) },
      ids: { B: Buffer.from(members.map(({ id }) => id).join(''), 'hex') },
      leaves: { B: Buffer.concat(leaves) },
      committedAt: { S: committedAt },
      seal: { B: new Uint8Array(32) },
    };
    const tiles = cut.tiles
      .filter(({ level, width }) => level > 0 || width === TILE_WIDTH)
      .map(
        ({ level, index, width, bytes }): Row => ({
          pk: { S: `TILE#${level}#${index}` },
          sk: { S: digits(width, 3) },
          hashes: { B: bytes },
        }),
      );
    const indexes = members.map(
      ({ id }, n): Row => ({
        pk: { S: `ENTRY#${id}` },
        sk: { S: 'INDEX' },
        index: { N: String(first + n) },
      }),
    );
    [frontier, edge] = [appended.frontier, cut.edge];
    return [batch, ...tiles, ...indexes];
  });
}
