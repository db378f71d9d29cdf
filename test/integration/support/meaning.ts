import {
  isInState,
  STATES,
  type StateName,
  standingOf,
  type TransferState,
} from '../../../core/lifecycle/transfer.ts';
import { NOTHING_UPSTREAM } from '../../../core/lifecycle/upstream.ts';
import type { Day } from '../../../core/model/scalars.ts';
import type { TransferRecord } from '../../../core/model/transfer.ts';
import { CANONICAL_FIELDS } from '../../../core/model/vocabulary.ts';
import { AGENCIES, AREAS, DATASETS, PURPOSES, WORDS, YEARS } from '../../support/varied.ts';

/** A transfer as the test recorded it. */
export interface Known {
  readonly id: string;
  readonly index: number;
  readonly record: TransferRecord;
  readonly state: TransferState;
}

export type Query = Record<string, string | string[]>;

/** The day of these tests: their clock stands still, so that none runs past midnight. */
export const TODAY = '2026-06-15' as Day;

/** What a filter means, said of a record as it was sent: all that it asks for. */
export const MEANING: Record<string, (transfer: Known, value: string, query: Query) => boolean> = {
  recipient: ({ record: r }, value) => r.recipient.agencyId === value,
  provider: ({ record: r }, value) => r.provider.agencyId === value,
  dataset: ({ record: r }, value) => r.dataset.id === value,
  field: ({ record: r }, value, query) => {
    const held = value
      .split(',')
      .map((name) => r.fields?.some(({ canonical }) => canonical === name) ?? false);
    return query['match'] === 'any' ? held.includes(true) : !held.includes(false);
  },
  match: () => true,
  purpose: ({ record: r }, value) => r.purposes?.includes(value) ?? false,
  area: ({ record: r }, value) =>
    r.coverage?.areas.some(
      (area) => area === value || area === value.slice(0, 2) || area.slice(0, 2) === value,
    ) ?? false,
  snapshotFrom: ({ record: r }, value) => r.snapshot !== undefined && r.snapshot.to >= value,
  snapshotTo: ({ record: r }, value) => r.snapshot !== undefined && r.snapshot.from <= value,
  state: ({ state }, value) => isInState(standingOf(state, NOTHING_UPSTREAM), value as StateName, TODAY),
  q: ({ record: r }, value) => {
    const text = [
      r.dataset.id,
      r.dataset.title,
      r.purposeText ?? '',
      r.provider.unit ?? '',
      ...(r.evidence ?? []).flatMap(({ description, reference = '' }) => [description, reference]),
    ].join(' ');
    const plain = (some: string) =>
      ` ${some
        .normalize('NFKC')
        .toLowerCase()
        .split(/[^\p{L}\p{N}]+/u)
        .join(' ')} `;
    return plain(value)
      .trim()
      .split(' ')
      .every((word) => plain(text).includes(` ${word} `));
  },
};

/** Values to search for, by filter. */
export const VALUES: Record<string, readonly string[]> = {
  recipient: AGENCIES,
  provider: AGENCIES,
  dataset: [...DATASETS, 'nobody-s'],
  field: [...CANONICAL_FIELDS.slice(0, 10), 'cnic,address', 'msisdn,name,imsi'],
  match: ['all', 'any'],
  purpose: PURPOSES,
  area: AREAS,
  snapshotFrom: YEARS.flatMap((year) => [`${year}-01-01`, `${year}-07-15`]),
  snapshotTo: YEARS.flatMap((year) => [`${year}-12-31`, `${year}-03-15`]),
  state: STATES,
  q: [...WORDS, 'welfare audit', 'LETTER on naïve', 'f 7', 'unheard'],
};
export const FILTERS = Object.keys(VALUES);
