import { type Backdoor, nameOf, type Row } from './backdoor.ts';

/**
 * Who finds out:
 * - `stream`: `sequence`, by what the table's stream brings, within seconds
 * - `signer`: whoever publishes the head of the log, and refuses to, with the next entry or within a minute
 * - `inspection`: `inspect`, each day or when asked
 * - `witness`: another's, when it is asked for its next cosignature
 * - `reader`: anybody with a checkpoint kept from earlier
 */
export const DETECTORS = ['stream', 'signer', 'inspection', 'witness', 'reader'] as const;
export type Detector = (typeof DETECTORS)[number];

/** What somebody has at hand who goes behind the system's back. */
export interface Tools {
  readonly door: Backdoor;
  /** Gives a row of an entry or a batch the seal that it would have: only who holds a sequencer's role can. */
  sealed(row: Row): Promise<Row>;
  /** Signs a checkpoint as the log: only who holds that role, or the key itself, can. */
  signed(size: number, root: Uint8Array): Promise<string>;
}

/** One thing that somebody does to the ledger behind the system's back. */
export interface Case {
  /** What it is done to. */
  readonly to: string;
  readonly deed: string;
  /** @returns the names of what an inspection must name, where that is plain */
  act(tools: Tools): Promise<readonly string[]>;
  /** Who must find it, each by itself. Others may as well. */
  readonly foundBy: readonly Detector[];
}

/** The only one, or that at a place, of the rows of a kind. @throws Error when the ledger has no such row */
export async function rowOf(door: Backdoor, is: (row: Row) => boolean, at = 0): Promise<Row> {
  const row = (await door.rows()).filter(is).at(at);
  if (!row) throw new Error('the ledger has no such row to tamper with');
  return row;
}

/** A case that changes one row. */
export const changes = (
  deed: string,
  is: (row: Row) => boolean,
  change: (row: Row) => Row,
  { to, foundBy, at = 0 }: Pick<Case, 'to' | 'foundBy'> & { readonly at?: number },
): Case => ({
  to,
  deed,
  foundBy,
  act: async ({ door }) => {
    const row = await rowOf(door, is, at);
    await door.put(change(row));
    return [nameOf(row)];
  },
});

export const deletes = (
  deed: string,
  is: (row: Row) => boolean,
  { to, foundBy, at = 0 }: Pick<Case, 'to' | 'foundBy'> & { readonly at?: number },
): Case => ({
  to,
  deed,
  foundBy,
  act: async ({ door }) => {
    const row = await rowOf(door, is, at);
    await door.remove(row);
    return [nameOf(row)];
  },
});

/** A case that puts a row made from one that is there, under another key. */
export const adds = (
  deed: string,
  is: (row: Row) => boolean,
  make: (row: Row) => Row,
  { to, foundBy, at = 0 }: Pick<Case, 'to' | 'foundBy'> & { readonly at?: number },
): Case => ({
  to,
  deed,
  foundBy,
  act: async ({ door }) => {
    const row = make(await rowOf(door, is, at));
    await door.put(row);
    return [nameOf(row)];
  },
});

/** Other bytes of the same length. */
export function flipped(bytes: Uint8Array | undefined, at = 0): Uint8Array {
  const copy = Uint8Array.from(bytes ?? []);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}
