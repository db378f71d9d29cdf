import { styleText } from 'node:util';
import type { VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import type { VerifiedReceipt } from '../../core/log/receipt.ts';
import { aligned } from '../table.ts';
import { checkpointRows } from './checkpoint-rows.ts';
import { plain } from './finding.ts';
import type { PartyShown } from './party.ts';
import type { Kept } from './state.ts';

/** What was verified, for a person: aligned rows, and the one line at the end. */
export function renderVerified(rows: readonly (readonly string[])[], line: string): string {
  const said = `OK ${plain(line)}`;
  const table = aligned(rows.map((row) => row.map(plain)));
  return `${table}\n${styleText('green', said, { stream: process.stdout })}\n`;
}

export function renderReceipt({ index, checkpoint }: VerifiedReceipt, party: PartyShown | undefined): string {
  const { origin, size } = checkpoint;
  const signed = party?.signedBy === undefined ? '' : `, signed by ${party.signedBy}`;
  return renderVerified(
    [...checkpointRows(checkpoint), ['entry', `at place ${index}`], ...(party?.rows ?? [])],
    `the entry is in the log ${origin}, at place ${index} of ${size}${signed}`,
  );
}

/** How far a verification of a whole log went. */
export interface Extent {
  readonly entries: boolean;
  /** Entries that are signed by their agencies. */
  readonly signed: number;
  readonly kept: Kept | undefined;
  /** A file to keep the checkpoint in was named. */
  readonly keeps: boolean;
}

export function renderLog(checkpoint: VerifiedCheckpoint, extent: Extent): string {
  const { origin, size } = checkpoint;
  const since =
    extent.kept && `, and begins with the log of size ${extent.kept.size} that was verified before`;
  return renderVerified(
    [...checkpointRows(checkpoint), ...extentRows(size, extent)],
    `the ${extent.entries ? 'log' : 'tree of the log'} ${origin} of size ${size} is whole${since ?? ''}`,
  );
}

export function extentRows(size: number, { entries, signed, kept, keeps }: Extent): string[][] {
  return [
    ['tiles', `recomputed from ${size} leaves`],
    ['entries', entries ? `${size} hashed and read, each once` : 'not read: that takes an auditor’s token'],
    ['index', entries ? `${size} places match` : 'not read'],
    ['agencies', entries ? `${signed} of ${size} entries signed by their agency, and verified` : 'not read'],
    ['before', beforeText(kept, keeps)],
  ];
}

function beforeText(kept: Kept | undefined, keeps: boolean): string {
  if (kept) return `size ${kept.size}, verified on ${kept.verifiedAt}: consistent`;
  return keeps ? 'nothing was kept: trusted on first use' : 'not compared: no --state';
}
