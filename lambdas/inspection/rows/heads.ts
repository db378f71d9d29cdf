import { archiveKeys } from '../../../core/log/archive-keys.ts';
import { formatCheckpoint, openCheckpoint } from '../../../core/log/checkpoint.ts';
import { LogError } from '../../../core/log/error.ts';
import { parseVerifierKey, type VerifierKey } from '../../../core/log/key.ts';
import { sameHash } from '../../../core/log/merkle.ts';
import { formatNote, formatSignatures } from '../../../core/log/note.ts';
import { readCosignatures } from '../../../core/log/witness.ts';
import { Instant } from '../../../core/model/scalars.ts';
import { witnessing } from '../../log/witnessing.ts';
import { getObject } from '../../store/archive.ts';
import type { Item } from '../../store/client.ts';
import { keyOf, written } from '../../store/corrupt.ts';
import { type Key, ledgerKeys } from '../../store/keys.ts';
import { finding, type Grounds, hasForm, type Kind, OTHER_FORM, wrong } from '../judge.ts';

export const CHECKPOINT: Kind = {
  is: ({ pk, sk }) => pk === ledgerKeys.log && sk.startsWith('CHECKPOINT#'),
  judge: (row, grounds) => {
    const counts = { checkpoints: 1 };
    const size = Number(/^CHECKPOINT#(\d{20})$/.exec(keyOf(row).sk)?.[1]);
    if (!hasForm(row, { note: 'S', signedAt: 'S' }) || !Instant.safeParse(row['signedAt']?.S).success)
      return wrong(counts, row, 'changed', OTHER_FORM);
    const fault = faultOfNote(row['note']?.S ?? '', size, grounds);
    return fault ? wrong(counts, row, fault.what, fault.words) : { counts, findings: [] };
  },
};

/** What is wrong with what is kept as the log's checkpoint of a size. */
export function faultOfNote(
  note: string,
  size: number,
  { chain, isBroken, logKeys }: Pick<Grounds, 'chain' | 'isBroken' | 'logKeys'>,
): { readonly what: 'changed' | 'inconsistent'; readonly words: string } | undefined {
  const changed = (words: string) => ({ what: 'changed', words }) as const;
  const inconsistent = (words: string) => ({ what: 'inconsistent', words }) as const;
  try {
    const signed = openCheckpoint(note, { logs: logKeys, witnesses: [], quorum: 0 });
    if (signed.size !== size) return changed('is the checkpoint of another size');
    // It is kept as the log signed it: what others signed stands elsewhere.
    if (formatNote({ text: signed.note.text, signatures: [signed.signature] }) !== note)
      return changed('holds more than what the log signed');
    if (isBroken && size > chain.size) return undefined;
    if (size > chain.size)
      return inconsistent(`was signed, and the log ends at ${chain.size}: it was rolled back`);
    const root = chain.rootAt(size);
    if (!root) return inconsistent('was signed, and the log has no batch that ends there');
    if (!sameHash(root, signed.root)) return inconsistent('was signed with another root than the log has');
    return undefined;
  } catch (error) {
    if (error instanceof LogError) return changed('is no checkpoint that this log signed');
    throw error;
  }
}

export const COSIGNATURE: Kind = {
  is: ({ pk, sk }) => pk === ledgerKeys.log && sk.startsWith('COSIGNATURE#'),
  needs: (row) => {
    const of = cosignatureOf(row);
    return of ? [ledgerKeys.checkpoint(of.size)] : [];
  },
  judge: async (row, grounds) => {
    const counts = { cosignatures: 1 };
    const { chain, isBroken, origin } = grounds;
    const of = cosignatureOf(row);
    if (!of) return wrong(counts, row, 'foreign', 'is a cosignature of nothing');
    const root = chain.rootAt(of.size);
    if (of.size > chain.size)
      return isBroken
        ? { counts, findings: [] }
        : wrong(counts, row, 'inconsistent', `is of a larger log than the one that ends at ${chain.size}`);
    if (!root) return wrong(counts, row, 'foreign', 'is of a size at which no batch of the log ends');
    if (!hasForm(row, { line: 'S' })) return wrong(counts, row, 'changed', OTHER_FORM);

    const text = formatCheckpoint({ origin, size: of.size, root });
    const line = row['line']?.S ?? '';
    const witness = witnesses().find(({ keyId }) => keyId === of.keyId);
    // One that the policy names no longer cannot be verified; but what it gave while it was named is in the archive.
    if (!witness && !(await isArchived(of, line)))
      return wrong(counts, row, 'foreign', 'is of no witness of this log');
    if (witness && !isCosignature(line, text, witness))
      return wrong(counts, row, 'changed', 'is not the cosignature of its witness');
    if (grounds.others.has(written(ledgerKeys.checkpoint(of.size)))) return { counts, findings: [] };
    const gone = finding(ledgerKeys.checkpoint(of.size), 'missing', 'though a witness has cosigned it');
    return { counts, findings: [gone] };
  },
};

interface Cosigned {
  readonly size: number;
  readonly keyId: number;
}

function cosignatureOf(row: Item): Cosigned | undefined {
  const key: Key = keyOf(row);
  const [, size, keyId] = /^COSIGNATURE#(\d{20})#([0-9a-f]{8})$/.exec(key.sk) ?? [];
  return size === undefined || keyId === undefined
    ? undefined
    : { size: Number(size), keyId: Number.parseInt(keyId, 16) };
}

const witnesses = (): VerifierKey[] => witnessing().witnesses.map(({ vkey }) => parseVerifierKey(vkey));

function isCosignature(line: string, text: string, witness: VerifierKey): boolean {
  try {
    return formatSignatures(readCosignatures(line, text, [witness])) === line;
  } catch (error) {
    if (error instanceof LogError) return false;
    throw error;
  }
}

async function isArchived({ size, keyId }: Cosigned, line: string): Promise<boolean> {
  const kept = await getObject(archiveKeys.cosignature(size, keyId));
  return kept !== undefined && Buffer.from(kept).toString('utf8') === line;
}
