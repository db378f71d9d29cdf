import { entryIdWithin, STREAMS, type StreamName } from '../../../core/model/entry.ts';
import type { EntryId, TransferId } from '../../../core/model/scalars.ts';
import type { Item } from '../../store/client.ts';
import { keyOf, written } from '../../store/corrupt.ts';
import { OPENED_BY_THEMSELVES, pointerItem } from '../../store/entries.ts';
import { type Key, ledgerKeys } from '../../store/keys.ts';
import { finding, hasForm, type Kind, OTHER_FORM, wrong } from '../judge.ts';
import { readEntryRow } from './entries.ts';

/** The place of an entry in the history of its subject. */
export const VERSION: Kind = {
  is: ({ pk }) => pk.startsWith('STREAM#'),
  needs: (row) => {
    const before = placeOf(row)?.before;
    return [ledgerKeys.entry(namedBy(row)), ...(before ? [before] : [])];
  },
  judge: (row, { chain, size, others }) => {
    const [id, place] = [namedBy(row), placeOf(row)];
    const inLog = chain.placeOf(id);
    const counts = { versions: 1 };
    if (!place) return wrong(counts, row, 'foreign', 'is a place in no history');
    if (!hasForm(row, { entryId: 'S' })) return wrong(counts, row, 'changed', OTHER_FORM);
    const named = others.get(written(ledgerKeys.entry(id)));
    if (!named)
      return wrong(
        counts,
        row,
        inLog === undefined ? 'foreign' : 'inconsistent',
        'names an entry that is not there',
      );
    const stored = readEntryRow(named);
    // An entry that cannot be read is found out by itself.
    if (typeof stored === 'string') return { counts, findings: [] };
    const { stream, subject, version } = stored.entry;
    if (written(ledgerKeys.version(stream, subject, version)) !== written(keyOf(row)))
      return wrong(counts, row, 'changed', 'names an entry that has its place elsewhere');
    if (!pointerItem(stored.entry))
      return wrong(counts, row, 'foreign', 'names an entry that needs no place of its own');
    const isOfLog = inLog !== undefined && inLog < size;
    const before = place.before && !others.has(written(place.before)) ? [place.before] : [];
    return {
      counts: { ...counts, ...(isOfLog && { versionsOfLog: 1 }) },
      findings: before.map((key) => finding(key, 'missing', 'though its history goes on after it')),
    };
  },
};

const namedBy = (row: Item): EntryId => (row['entryId']?.S ?? '') as EntryId;

/** What a row says by its key; `before` is the key without which there is no such place. */
function placeOf(row: Item): { readonly before: Key | undefined } | undefined {
  const { pk, sk } = keyOf(row);
  const [, stream, subject = ''] = /^STREAM#([a-z]+)#(.+)$/.exec(pk) ?? [];
  if (!isStream(stream) || !/^\d{6,9}$/.test(sk)) return undefined;
  const version = Number(sk);
  if (version === 0) return { before: undefined };
  const isFirst = version === 1 && OPENED_BY_THEMSELVES.has(stream);
  return {
    before: isFirst
      ? ledgerKeys.entry(entryIdWithin(subject as TransferId))
      : ledgerKeys.version(stream, subject, version - 1),
  };
}

const isStream = (name: string | undefined): name is StreamName => STREAMS.some((stream) => stream === name);
