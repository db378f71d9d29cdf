import type { TransferFacts } from '../index/facts.ts';
import type { TransferField, TransferRecord } from '../model/transfer.ts';
import { type Area, areaHolds, areasOverlap, type CanonicalField } from '../model/vocabulary.ts';
import type { TraceEvidence } from './answer.ts';
import { minus } from './bits.ts';
import type { RecordCode } from './codes.ts';
import {
  compare,
  compareIdStyles,
  gapsOf,
  type Held,
  lastDayShown,
  type Question,
  sharedHeaders,
} from './compare.ts';
import { days, evidence, firstOf, listed, MOST_ENTRIES, type Said } from './finding.ts';

/** What a finding is put into words from. The record is at hand for the transfers that are shown, not for others. */
interface Subject {
  readonly question: Question;
  readonly facts: TransferFacts;
  readonly held: Held;
  readonly record: TransferRecord | undefined;
}

/** The evidence of a transfer's record, in the order of the comparison. */
export function recordEvidence(
  question: Question,
  facts: TransferFacts,
  held: Held,
  record: TransferRecord,
): TraceEvidence[] {
  const subject = { question, facts, held, record };
  const found: TraceEvidence[] = [];
  compare(question, facts, held, (code, times) => {
    found.push(evidence(code, SAY[code](subject), times));
  });
  return found;
}

/** One finding about a transfer, in words. */
export const say = (code: RecordCode, question: Question, facts: TransferFacts, held: Held): Said =>
  SAY[code]({ question, facts, held, record: undefined });

const between = (leak: string[], record: string[], detail: string): Said => ({
  detail,
  restsOn: { leak, record },
});
const ofRecord = (record: string[], detail: string): Said => ({ detail, restsOn: { record } });

const handedOver = ({ earliest, latest }: TransferFacts['handedOver']): string =>
  earliest === latest ? `on ${earliest}` : `between ${earliest} and ${latest}`;

const SAY: Record<RecordCode, (subject: Subject) => Said> = {
  'file-digest-equal': ({ question, facts, record }) => {
    const places = (record?.manifest ?? []).flatMap(({ sha256 }, i) =>
      sha256 !== undefined && question.digests.has(sha256) ? [`/manifest/${i}/sha256`] : [],
    );
    const leaked = (question.leak.files ?? []).flatMap(({ sha256 }, i) =>
      facts.digests?.includes(sha256) ? [`/files/${i}/sha256`] : [],
    );
    return between(
      leaked.slice(0, MOST_ENTRIES),
      places.length > 0 ? places.slice(0, MOST_ENTRIES) : ['/manifest'],
      `${leaked.length === 1 ? 'A leaked file is' : `${leaked.length} leaked files are`} byte for byte what this hand-over consisted of, by SHA-256. Whoever held that file is in question: the recipient, the provider and anybody it went on to.`,
    );
  },

  'field-covered': ({ question, held, record }) => {
    const names = question.fields.namesOf(held.clear);
    return between(
      ['/fields'],
      fieldPointers(record, names, isClear),
      `Gave ${firstOf(names)} in the clear.`,
    );
  },
  'field-altered': ({ question, held, record }) => {
    const names = question.fields.namesOf(held.altered);
    const how = new Map(
      record?.fields?.filter((field) => !isClear(field)).map((field) => [field.canonical, field.transform]),
    );
    const told = names.map((name) => (how.has(name) ? `${name} (${how.get(name)})` : name));
    return between(
      ['/fields'],
      fieldPointers(record, names),
      `Gave ${firstOf(told)} only in an altered form, from which the clear value in the leak does not follow.`,
    );
  },
  'field-missing': ({ question, held }) => {
    const missing = minus(minus(question.fields.everything(), held.clear), held.altered);
    return between(
      ['/fields'],
      ['/fields'],
      `Did not give ${firstOf(question.fields.namesOf(missing))}: the leak would need another source for it.`,
    );
  },
  'nothing-in-the-clear': () =>
    between(
      ['/fields'],
      ['/fields'],
      'No leaked field was handed over in the clear. It is counted in no set.',
    ),
  'fields-unknown': () =>
    between(
      ['/fields'],
      ['/lacking'],
      'The record does not say which fields were handed over. It is counted in no set.',
    ),
  'no-leaked-field': () =>
    between(
      ['/fields'],
      ['/fields'],
      'The fields handed over are recorded, and no leaked field is among them.',
    ),

  'handed-over-after-leak': ({ question: { leak }, facts }) =>
    between(
      ['/seenOn'],
      ['/handedOver/earliest'],
      `Handed over ${handedOver(facts.handedOver)}, after the leak was first seen on ${leak.seenOn}.`,
    ),
  'snapshot-after-leak': ({ question: { leak }, facts }) =>
    between(
      ['/seenOn'],
      ['/snapshot/from'],
      `Shows the state of ${facts.snapshot?.from} or later, after the leak was first seen on ${leak.seenOn}.`,
    ),
  'hand-over-may-be-after-leak': ({ question: { leak }, facts }) =>
    between(
      ['/seenOn'],
      ['/handedOver'],
      `Handed over ${handedOver(facts.handedOver)}: this may have been after the leak was first seen on ${leak.seenOn}.`,
    ),
  'newest-fact-after-snapshot': ({ question: { leak }, facts }) =>
    between(
      ['/vintage/from'],
      [facts.snapshot ? '/snapshot/to' : '/handedOver/latest'],
      `The data ends on ${lastDayShown(facts)}; the leak shows a fact from ${leak.vintage?.from} or later, which a copy cannot show.`,
    ),
  'newest-fact-after-record': ({ question: { leak }, facts }) =>
    between(
      ['/vintage/from'],
      [facts.snapshot ? '/snapshot/to' : '/handedOver/latest', facts.access ? '/access' : '/lacking'],
      `The record ends on ${facts.snapshot?.to ?? facts.handedOver.latest}; the leak shows a fact from ${leak.vintage?.from} or later. ${facts.access ? 'The recipient could go on asking, so it may have seen that' : 'How the data could be reached is not recorded, so this does not rule it out'}.`,
    ),
  'later-facts-absent': ({ question: { leak }, facts }) =>
    between(
      ['/vintage/to'],
      ['/snapshot/from'],
      `Shows the state of ${facts.snapshot?.from} or later, but the leak has no fact from after ${leak.vintage?.to}. Only a selection of old records would look so.`,
    ),
  'snapshot-fits': ({ question: { leak }, facts }) =>
    between(
      (['from', 'to'] as const).filter((end) => leak.vintage?.[end]).map((end) => `/vintage/${end}`),
      ['/snapshot'],
      `Shows the state of ${facts.snapshot ? days(facts.snapshot) : ''}, which is consistent with the vintage of the leak.`,
    ),

  'area-disjoint': ({ question: { leak }, facts }) =>
    between(
      ['/areas'],
      ['/coverage/areas'],
      `Covers ${firstOf(facts.areas ?? [])}; the people in the leak live in ${firstOf(leak.areas ?? [])}.`,
    ),
  'area-covered': ({ question: { leak } }) =>
    between(['/areas'], ['/coverage/areas'], `Covers ${firstOf(leak.areas ?? [])}.`),
  'area-partly-covered': ({ question: { leak }, facts }) =>
    between(['/areas'], ['/coverage/areas'], partly(leak.areas ?? [], facts.areas ?? [])),

  'rows-equal': ({ question: { leak }, record }) =>
    between(
      ['/rows/count'],
      ['/volume/rows'],
      `${leak.rows?.count} rows were handed over, as many as the leak holds${approximate(record)}.`,
    ),
  'file-rows-equal': ({ question, facts, record }) => {
    const rows = facts.fileRows?.find((count) => question.fileRows.has(count));
    const places = (record?.manifest ?? []).flatMap((file, i) =>
      file.rows !== undefined && question.fileRows.has(file.rows) ? [`/manifest/${i}/rows`] : [],
    );
    return between(
      ['/files'],
      places.length > 0 ? places.slice(0, MOST_ENTRIES) : ['/manifest'],
      `A file of the hand-over has ${rows} rows, as many as a leaked file.`,
    );
  },
  'rows-fewer': ({ question: { leak }, facts, record }) =>
    between(
      ['/rows/count'],
      ['/volume/rows'],
      leak.rows?.exact && record?.volume?.exact
        ? `${facts.rows} rows were handed over and the leak holds ${leak.rows.count}, both exactly: it cannot be all of the leak, unless rows were split or repeated.`
        : `${facts.rows} rows were handed over and the leak holds ${leak.rows?.count}, though not both counts are exact: it may not be all of the leak.`,
    ),

  'headers-equal': ({ facts }) =>
    between(
      ['/format/headers'],
      ['/format/headers'],
      `All ${facts.format?.headers?.length} column names are the same, in the same order.`,
    ),
  'headers-reordered': ({ facts }) =>
    between(
      ['/format/headers'],
      ['/format/headers'],
      `All ${facts.format?.headers?.length} column names are the same, in another order.`,
    ),
  'headers-shared': (subject) => between(['/format/headers'], ['/format/headers'], sharedNames(subject)),
  'headers-differ': (subject) =>
    between(
      ['/format/headers'],
      ['/format/headers'],
      `${sharedNames(subject)} Whoever copied it may have renamed them.`,
    ),
  'delimiter-same': () => between(['/format/delimiter'], ['/format/delimiter'], 'The delimiter is the same.'),
  'delimiter-differs': () =>
    between(
      ['/format/delimiter'],
      ['/format/delimiter'],
      'The delimiter is another one. A copy is easily reformatted.',
    ),
  'encoding-same': () =>
    between(['/format/encoding'], ['/format/encoding'], 'The character encoding is the same.'),
  'encoding-differs': () =>
    between(
      ['/format/encoding'],
      ['/format/encoding'],
      'The character encoding is another one. A copy is easily reformatted.',
    ),
  'id-style-same': (subject) =>
    idStyle(subject, 'same', (names) => `${firstOf(names)}: spelled the same way.`),
  'id-style-differs': (subject) =>
    idStyle(
      subject,
      'differing',
      (names) => `${firstOf(names)}: spelled another way. A copy is easily reformatted.`,
    ),

  'access-bulk': () => ofRecord(['/access'], 'The recipient got the data as a whole.'),
  'access-per-query': ({ facts }) =>
    ofRecord(
      ['/access'],
      `The access is recorded as ${facts.access}: the recipient could ask or look, and a copy would have had to be collected answer by answer.`,
    ),
  unencrypted: () =>
    ofRecord(['/encryption'], 'Handed over without encryption: others could have copied it on the way.'),
  'recorded-later': ({ facts }) =>
    ofRecord(
      facts.confidence ? ['/assertion', '/confidence', '/evidence'] : ['/assertion'],
      `The record is ${facts.assertion}${facts.confidence ? `, of ${facts.confidence} confidence` : ''}: a weaker record than one made at the hand-over.`,
    ),
  // What is absent has no place of its own: the finding rests on the whole record.
  'not-recorded': ({ question: { leak }, facts }) =>
    ofRecord(
      [''],
      `Could not be compared, as the record does not state it: ${listed(gapsOf(leak, facts).map((part) => PART_NAMES[part]))}.`,
    ),
};

const PART_NAMES = {
  areas: 'areas',
  snapshot: 'snapshot',
  rows: 'rows',
  digests: 'file digests',
  format: 'file format',
  access: 'kind of access',
} as const;

const isClear = ({ transform }: TransferField): boolean => transform === 'identity';

const MOST_POINTERS = 10;

function fieldPointers(
  record: TransferRecord | undefined,
  names: readonly CanonicalField[],
  which: (field: TransferField) => boolean = (field) => !isClear(field),
): string[] {
  const places = (record?.fields ?? []).flatMap((field, i) =>
    names.includes(field.canonical) && which(field) ? [`/fields/${i}`] : [],
  );
  return places.length > 0 && places.length <= MOST_POINTERS ? places : ['/fields'];
}

function partly(leaked: readonly Area[], given: readonly string[]): string {
  const whole = leaked.filter((asked) => given.some((area) => areaHolds(area, asked)));
  const parts = leaked.filter(
    (asked) => !whole.includes(asked) && given.some((area) => areasOverlap(area, asked)),
  );
  const none = leaked.filter((asked) => !whole.includes(asked) && !parts.includes(asked));
  return [
    whole.length > 0 ? `Covers ${firstOf(whole)}` : '',
    parts.length > 0 ? `covers a part of ${firstOf(parts)}` : '',
    none.length > 0 ? `does not cover ${firstOf(none)}` : '',
  ]
    .filter((clause) => clause !== '')
    .join('; ')
    .replace(/^c/, 'C')
    .concat('.');
}

const approximate = (record: TransferRecord | undefined): string =>
  record?.volume?.exact === false ? ', though the number handed over is not exact' : '';

const sharedNames = ({ question, facts }: Subject): string =>
  `${sharedHeaders(question.headers, facts.format?.headers ?? [])} of ${question.headers.size} leaked column names are among those handed over.`;

function idStyle(
  { question, facts }: Subject,
  which: 'same' | 'differing',
  sentence: (names: readonly string[]) => string,
): Said {
  const names = compareIdStyles(question.leak.format?.idStyle ?? {}, facts.format?.idStyle ?? {})[which];
  const pointers =
    names.length <= MOST_POINTERS ? names.map((name) => `/format/idStyle/${name}`) : ['/format/idStyle'];
  return between(pointers, pointers, sentence(names));
}
