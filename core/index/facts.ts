import { type Entry, type FlagCode, transferIdOf } from '../model/entry.ts';
import type {
  AgencyId,
  AgreementId,
  DatasetId,
  Day,
  Instant,
  RequestId,
  Sha256,
  TransferId,
} from '../model/scalars.ts';
import {
  type Canaries,
  canonicalFields,
  type FileFormat,
  type Marking,
  retentionEnd,
  type TransferField,
  type TransferRecord,
} from '../model/transfer.ts';
import type { CanonicalField } from '../model/vocabulary.ts';

/**
 * What of a transfer never changes and is asked for when searching and tracing. `undefined` always means that the
 * record lacks it, which excludes nothing: what is not known may be so.
 */
export interface TransferFacts {
  /** The place of the transfer's entry in the log. */
  readonly index: number;
  readonly transferId: TransferId;
  readonly recordedAt: Instant;
  readonly provider: AgencyId;
  readonly recipient: AgencyId;
  /** The request that it answers. */
  readonly requestId?: RequestId;
  readonly agreement?: { readonly id: AgreementId; readonly version: number };
  readonly dataset: { readonly id: DatasetId; readonly title: string };
  readonly fields?: readonly CanonicalField[];
  /** The fields among `fields` that left in the clear (transform `identity`) at least once. */
  readonly clearFields?: readonly CanonicalField[];
  readonly purposes?: readonly string[];
  readonly legalBases?: readonly string[];
  /** Whom the data is about, as a class. */
  readonly about?: string;
  readonly areas?: readonly string[];
  readonly snapshot?: { readonly from: Day; readonly to: Day };
  readonly handedOver: { readonly earliest: Day; readonly latest: Day };
  readonly rows?: number;
  readonly subjects?: number;
  readonly retentionEnd?: Day;
  readonly access?: NonNullable<TransferRecord['access']>;
  readonly encryption?: NonNullable<TransferRecord['encryption']>;
  readonly assertion: TransferRecord['assertion'];
  readonly confidence?: NonNullable<TransferRecord['confidence']>;
  readonly flags: readonly FlagCode[];
  readonly origins?: readonly TransferId[];
  readonly digests?: readonly string[];
  readonly fileRows?: readonly number[];
  readonly format?: FileFormat;
  readonly fingerprint?: { readonly sha256: Sha256; readonly epoch: string };
  readonly marking?: Marking;
  readonly canaries?: Canaries;
  /** The words that a text search finds it by: lower case, distinct. */
  readonly words: readonly string[];
}

export function factsOf(entry: Entry, index: number): TransferFacts {
  const record = entry.body as unknown as TransferRecord;
  const end = retentionEnd(record);
  const digests = record.manifest?.flatMap((file) => file.sha256 ?? []);
  const fileRows = record.manifest?.flatMap((file) => file.rows ?? []);
  return dropUndefined({
    index,
    transferId: transferIdOf(entry.entryId),
    recordedAt: entry.recordedAt,
    provider: record.provider.agencyId,
    recipient: record.recipient.agencyId,
    requestId: record.requestId,
    agreement: record.agreement && { id: record.agreement.id, version: record.agreement.version },
    dataset: { id: record.dataset.id, title: record.dataset.title },
    fields: record.fields && canonicalFields(record),
    clearFields: record.fields && clearFields(record.fields),
    purposes: record.purposes,
    legalBases: record.legalBases,
    about: record.coverage?.subjects,
    areas: record.coverage?.areas,
    snapshot: record.snapshot,
    handedOver: record.handedOver,
    rows: record.volume?.rows,
    subjects: record.volume?.subjects,
    retentionEnd: end,
    access: record.access,
    encryption: record.encryption,
    assertion: record.assertion,
    confidence: record.confidence,
    flags: [...new Set(entry.flags.map(({ code }) => code))],
    origins: record.originTransferIds,
    digests: digests?.length ? digests : undefined,
    fileRows: fileRows?.length ? fileRows : undefined,
    format: record.format,
    fingerprint: record.fingerprint && {
      sha256: record.fingerprint.sha256,
      epoch: record.fingerprint.epoch,
    },
    marking: record.marking,
    canaries: record.canaries,
    words: wordsOf(
      [
        record.dataset.id,
        record.dataset.title,
        record.dataset.sourceSystem,
        record.purposeText,
        record.provider.unit,
        record.recipient.unit,
        record.agreement?.id,
        ...(record.evidence ?? []).flatMap(({ description, reference }) => [description, reference]),
      ].join(' '),
    ),
  });
}

const clearFields = (fields: readonly TransferField[]): CanonicalField[] => [
  ...new Set(fields.filter(({ transform }) => transform === 'identity').map(({ canonical }) => canonical)),
];

/** Characters of a word that count: enough to tell words apart, and few enough for the key of an item. */
const WORD_LENGTH = 64;
/** Vowel marks of Arabic script, which are written or left out at will. */
const OPTIONAL_MARKS = /[\u064B-\u065F\u0670]/gu;

/** The distinct words of a text as a search compares them: NFKC, lower case, letters with their marks, and digits. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKC').toLowerCase().replace(OPTIONAL_MARKS, '');
  const words = plain.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? [];
  return [...new Set(words.map((word) => (word.length > WORD_LENGTH ? beginningOf(word) : word)))];
}

const beginningOf = (word: string): string => Array.from(word).slice(0, WORD_LENGTH).join('');

/** With `exactOptionalPropertyTypes` a missing property is left out, not set to undefined. */
function dropUndefined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
