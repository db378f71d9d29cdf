import { inflateRawSync } from 'node:zlib';
import { answerNamedBy } from '../../../core/lifecycle/answered.ts';
import { entryIdWithin } from '../../../core/model/entry.ts';
import { EntryId, TraceId } from '../../../core/model/scalars.ts';
import type { Item } from '../../store/client.ts';
import { keyOf, written } from '../../store/corrupt.ts';
import { sha256Hex } from '../../store/entries.ts';
import { ledgerKeys } from '../../store/keys.ts';
import { get, range } from '../../store/ledger.ts';
import { finding, hasForm, type Kind, OTHER_FORM, type Verdict, wrong } from '../judge.ts';
import { isWhollyRead, readEntryRow } from './entries.ts';

/** No answer is anywhere near: what inflates further was not deflated by this system. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Part of the answer of a trace. The first stands for all of them. */
export const ANSWER: Kind = {
  is: ({ pk }) => pk.startsWith('ANSWER#'),
  needs: (row) => [firstOf(row)],
  judge: async (row, { others }) => {
    const counts = { answers: 1 };
    const { pk, sk } = keyOf(row);
    if (!/^ANSWER#[0-9a-f]{64}$/.test(pk) || !/^\d{3}$/.test(sk))
      return wrong(counts, row, 'foreign', 'is no part of an answer');
    if (sk === firstOf(row).sk) return judgeWhole(row, await range(pk));
    // The first part is written last: without it the answer was broken off, and nobody was ever given it.
    return { counts: others.has(written(firstOf(row))) ? counts : { ...counts, unclaimed: 1 }, findings: [] };
  },
};

const digestIn = (row: Item): string => keyOf(row).pk.slice('ANSWER#'.length);
const firstOf = (row: Item) => ledgerKeys.answer(digestIn(row), 0);

async function judgeWhole(row: Item, parts: readonly Item[]): Promise<Verdict> {
  const counts = { answers: 1 };
  const sha256 = digestIn(row);
  const next = parts.findIndex((part, n) => keyOf(part).sk !== ledgerKeys.answer(sha256, n).sk);
  const key = ledgerKeys.answer(sha256, next);
  if (next >= 0) return { counts, findings: [finding(key, 'missing', 'though there are parts after it')] };
  const formless = parts.find((part) => !hasForm(part, { body: 'B' }));
  if (formless) return wrong(counts, formless, 'changed', OTHER_FORM);

  const text = textOf(Buffer.concat(parts.map((part) => part['body']?.B ?? new Uint8Array())), sha256);
  if (text === undefined)
    return wrong(counts, row, 'changed', 'does not have the digest that it stands under');
  const entryId = entryIn(text);
  if (!entryId) return wrong(counts, row, 'foreign', 'is not the answer of a trace');
  return { counts: (await isClaimed(entryId, sha256)) ? counts : { ...counts, unclaimed: 1 }, findings: [] };
}

function textOf(deflated: Uint8Array, sha256: string): string | undefined {
  try {
    const bytes = inflateRawSync(deflated, { maxOutputLength: MOST_BYTES });
    return isWhollyRead(deflated) && sha256Hex(bytes) === sha256 ? bytes.toString('utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** The entry that an answer says it was recorded by: that of a trace, or of a question about a person. */
function entryIn(text: string): EntryId | undefined {
  try {
    const { traceId, entryId } = JSON.parse(text) as { traceId?: unknown; entryId?: unknown };
    const trace = TraceId.safeParse(traceId).data;
    return trace ? entryIdWithin(trace) : EntryId.safeParse(entryId).data;
  } catch {
    return undefined;
  }
}

/** Whether the entry that this is an answer of has given it: a repetition may have given another. */
async function isClaimed(entryId: EntryId, sha256: string): Promise<boolean> {
  const row = await get(ledgerKeys.entry(entryId));
  const stored = row && readEntryRow(row);
  return stored !== undefined && typeof stored !== 'string' && answerNamedBy(stored.entry) === sha256;
}
