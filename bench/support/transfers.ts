import { randomUUID } from 'node:crypto';
import { APPEND_KINDS } from '../../core/api/appends.ts';
import { entryIdOf, transferIdOf } from '../../core/model/entry.ts';
import type { AgencyId, Instant } from '../../core/model/scalars.ts';
import type { TransferRecord } from '../../core/model/transfer.ts';
import { newEntry, type StoredEntry } from '../../lambdas/store/entries.ts';
import { aSha256, PROVIDER, transferBody } from '../../test/support/transfers.ts';

const FIELD = { name: 'CNIC', canonical: 'cnic', sensitivity: 'personal', transform: 'identity' };

/** Records of three sizes: with little in it, as integrations send them, and with every field and file spelled out. */
export const RECORDS = {
  small: () => transferBody({ format: undefined, purposeText: undefined, fields: [FIELD] }),
  usual: () => transferBody({ purposeText: 'Monthly check of eligibility for income support' }),
  large: () =>
    transferBody({
      fields: Array.from({ length: 40 }, (_, i) => ({
        name: `COLUMN_${i}`,
        canonical: (['msisdn', 'cnic', 'address'] as const)[i % 3],
        sensitivity: 'personal',
        transform: 'identity',
      })),
      manifest: Array.from({ length: 20 }, (_, i) => ({
        file: `extract-${i}.csv`,
        rows: i,
        bytes: i * 100,
        sha256: aSha256(`file ${i}`),
      })),
    }),
} as const;
export type RecordSize = keyof typeof RECORDS;

/** An entry as accepting makes it, under a key of its own. */
export function entryOf(body: object, at: Instant = new Date().toISOString() as Instant): StoredEntry {
  const record = APPEND_KINDS['transfer-recorded'].body.parse(body) as TransferRecord;
  const entryId = entryIdOf(`agency:${PROVIDER}`, randomUUID());
  return newEntry({
    amanat: 1,
    entryId,
    kind: 'transfer-recorded',
    stream: 'transfer',
    subject: transferIdOf(entryId),
    version: 0,
    recordedAt: at,
    principal: { sub: `agency:${PROVIDER}`, agency: PROVIDER as AgencyId, roles: [] },
    flags: [],
    body: record,
  });
}
