import { type InflateRaw, inflateRawSync } from 'node:zlib';
import { answerNamedBy } from '../../../core/lifecycle/answered.ts';
import { sameHash } from '../../../core/log/merkle.ts';
import type { Entry } from '../../../core/model/entry.ts';
import type { EntryId } from '../../../core/model/scalars.ts';
import type { Item } from '../../store/client.ts';
import { keyOf, LedgerCorrupt } from '../../store/corrupt.ts';
import { equalBytes, newEntry, pointerItem, type StoredEntry, storedEntry } from '../../store/entries.ts';
import { ledgerKeys } from '../../store/keys.ts';
import { get } from '../../store/ledger.ts';
import { isSealed } from '../../store/seal.ts';
import { finding, type Grounds, hasForm, type Kind, OTHER_FORM, type Verdict, wrong } from '../judge.ts';

const HOUR_MS = 3_600_000;
/** For so long the sweep looks for an entry by itself. */
const ON_ITS_WAY_MS = 26 * HOUR_MS;

const FORM = { kind: 'S', at: 'S', intake: 'S', body: 'B', leaf: 'B', request: 'B', seal: 'B' } as const;

export const ENTRY: Kind = {
  is: ({ pk, sk }) => pk.startsWith('ENTRY#') && sk === 'ENTRY',
  judge: async (row, grounds) => {
    const { chain, size } = grounds;
    const place = chain.placeOf(keyOf(row).pk.slice('ENTRY#'.length));
    const isOfLog = place !== undefined && place < size;
    const counts = { entries: 1, ...(isOfLog && { entriesOfLog: 1 }) };
    const stored = readEntryRow(row);
    if (typeof stored === 'string')
      return wrong(counts, row, place === undefined ? 'foreign' : 'changed', stored);
    const verdict = await judgeStored(stored, row, place, grounds);
    const findings = [...verdict.findings, ...(await answerOf(stored.entry))];
    const isDue = isOfLog && pointerItem(stored.entry) !== undefined;
    return { counts: { ...counts, ...verdict.counts, ...(isDue && { versionsDue: 1 }) }, findings };
  },
};

/** An entry that is one in itself; else what is wrong with it, in words. */
export function readEntryRow(row: Item): StoredEntry | string {
  if (!hasForm(row, FORM)) return OTHER_FORM;
  try {
    const stored = storedEntry(row);
    const { kind, entryId, recordedAt } = stored.entry;
    const beside = { kind, at: recordedAt, intake: ledgerKeys.intake(entryId, recordedAt) };
    for (const [name, value] of Object.entries(beside))
      if (row[name]?.S !== value) return `has another ${name} than its body says`;
    const anew = newEntry(stored.entry);
    if (!equalBytes(anew.bytes, stored.bytes)) return 'is not canonical';
    if (!equalBytes(anew.request, stored.request)) return 'has the digest of another request';
    if (!isWhollyRead(row['body']?.B ?? new Uint8Array())) return 'holds more than its body';
    return stored;
  } catch (error) {
    if (error instanceof LedgerCorrupt) return error.what;
    throw error;
  }
}

/** Whether the deflated bytes end where the stream in them does. */
export function isWhollyRead(deflated: Uint8Array): boolean {
  // With `info` it gives more than its type says.
  const { engine } = inflateRawSync(deflated, { info: true }) as unknown as { engine: InflateRaw };
  return engine.bytesWritten === deflated.length;
}

async function judgeStored(
  { entry, leaf, request }: StoredEntry,
  row: Item,
  place: number | undefined,
  { chain, isBroken, began }: Grounds,
): Promise<Verdict> {
  const { entryId, recordedAt: at } = entry;
  const sealed = await isSealed({ entryId, at, leaf, request }, row['seal']?.B);
  if (place === undefined) {
    if (!sealed) return wrong({}, row, 'foreign', 'was never accepted: it does not bear its seal');
    // Of the rest of a broken log nobody knows what is in it.
    const isYoung = Date.parse(began) - Date.parse(at) < ON_ITS_WAY_MS;
    if (isBroken || isYoung) return { counts: { waiting: 1 }, findings: [] };
    return wrong({}, row, 'inconsistent', 'was accepted more than a day ago, and is in no batch');
  }
  const isAsInLog = !chain.isSure(place) || sameHash(chain.leafAt(place) ?? leaf, leaf);
  if (isAsInLog && sealed) return { counts: {}, findings: [] };
  if (isAsInLog) return wrong({}, row, 'changed', 'is in the log, and does not bear its seal');
  if (!sealed) return wrong({}, row, 'changed', 'is not what the log has under its id');
  // The entry is what was accepted, so it is the batch that is not.
  const batch = ledgerKeys.batch(chain.batchOf(place));
  const words = `has another leaf for the entry ${entryId} than the entry itself`;
  return { counts: {}, findings: [finding(batch, 'inconsistent', words)] };
}

/** What is wrong with the answer that an entry names; whether it is what its digest says, its own rows tell. */
async function answerOf(entry: Entry) {
  const sha256 = answerNamedBy(entry);
  if (!sha256) return [];
  const key = ledgerKeys.answer(sha256, 0);
  return (await get(key)) ? [] : [finding(key, 'missing', 'though this answer was given')];
}

export const INDEX: Kind = {
  is: ({ pk, sk }) => pk.startsWith('ENTRY#') && sk === 'INDEX',
  judge: (row, { chain, isBroken, size }) => {
    const id = keyOf(row).pk.slice('ENTRY#'.length) as EntryId;
    const [place, index] = [chain.placeOf(id), Number(row['index']?.N)];
    const counts = { indexes: 1, ...(place !== undefined && place < size && { indexesOfLog: 1 }) };
    if (!hasForm(row, { index: 'N' })) return wrong(counts, row, 'changed', OTHER_FORM);
    if (place === undefined && isBroken && index >= chain.size) return { counts, findings: [] };
    if (place === undefined && index >= chain.size)
      return wrong(counts, row, 'inconsistent', `gives a place beyond the end of the log at ${chain.size}`);
    if (place === undefined) return wrong(counts, row, 'foreign', 'gives a place to what is not in the log');
    if (place !== index) return wrong(counts, row, 'changed', 'gives another place than the log');
    return { counts, findings: [] };
  },
};
