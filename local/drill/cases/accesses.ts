import { canonicalBytes } from '../../../core/canonical.ts';
import type { Row } from '../backdoor.ts';
import { adds, type Case, changes, deletes, flipped } from '../case.ts';

const isAccess = ({ pk }: Row): boolean => pk?.S?.startsWith('ACCESS#') === true;

type Json = Record<string, unknown>;

/** A row with another read in it, and all that can be computed without a key. */
function reread(row: Row, change: (read: Json) => Json): Row {
  const read = change(JSON.parse(Buffer.from(row['read']?.B ?? []).toString('utf8')) as Json);
  const pk = row['pk']?.S ?? '';
  const shard = Number.parseInt(String(read['accessId']).slice(-2), 16) % 4;
  return {
    ...row,
    pk: { S: `${pk.slice(0, pk.lastIndexOf('#'))}#${shard}` },
    sk: { S: `${read['at']}#${read['accessId']}` },
    read: { B: canonicalBytes(read) },
  };
}

const ACCESS = { to: 'read', foundBy: ['stream', 'inspection'] as const };

export const ACCESS_CASES: readonly Case[] = [
  changes(
    'made to be somebody else’s',
    isAccess,
    (row) => reread(row, (read) => ({ ...read, principal: { sub: 'somebody-else', roles: ['auditor'] } })),
    ACCESS,
  ),
  changes('seal changed', isAccess, (row) => ({ ...row, seal: { B: flipped(row['seal']?.B) } }), ACCESS),
  // The log has it, as after a restore: that its row is gone is no fault of the ledger.
  deletes('deleted', isAccess, { to: ACCESS.to, foundBy: ['stream'] }),
  adds(
    'forged as well as can be',
    isAccess,
    (row) => reread(row, (read) => ({ ...read, accessId: `ac-${'9'.repeat(32)}` })),
    { to: ACCESS.to, foundBy: ['inspection'] },
  ),
];
