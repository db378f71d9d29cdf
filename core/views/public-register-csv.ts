import type { PublicRegister, PublicTransfer } from '../api/public-register.ts';
import { csvLine } from '../csv.ts';
import { areaLabel, FIELD_LABELS, termLabel } from './labels.ts';

/**
 * The first column says what a line is of: a hand-over, how many of a provider are not shown, or that the file is not
 * all. So whoever counts lines, or files them, has before him what the page says beside its list.
 */
const COLUMNS = [
  'line',
  'record',
  'title',
  'given by',
  'received by',
  'about',
  'data',
  'people (about)',
  'records (about)',
  'areas',
  'purposes',
  'legal bases',
  'agreement',
  'handed over from',
  'handed over to',
  'kept until',
  'state',
  'provider id',
  'recipient id',
  'basis of not showing',
  'not shown',
] as const;
type Cells = { readonly [C in (typeof COLUMNS)[number]]?: string | number | undefined };

const line = (cells: Cells): string => csvLine(COLUMNS.map((column) => cells[column]));

/** With a byte order mark: without it Excel takes UTF-8 for something else. */
export const CSV_HEADING = `\uFEFF${csvLine(COLUMNS)}`;

const listed = (values: readonly string[] | undefined): string | undefined => values?.join('; ');

export const csvOfTransfer = (item: PublicTransfer): string =>
  line({
    line: 'hand-over',
    record: item.transferId,
    title: item.title,
    'given by': item.provider.name,
    'received by': item.recipient.name,
    about: item.about,
    data: listed(item.fields?.map((field) => FIELD_LABELS[field])),
    'people (about)': item.people,
    'records (about)': item.records,
    areas: listed(item.areas?.map(areaLabel)),
    purposes: listed(item.purposes?.map(({ label }) => label)),
    'legal bases': listed(item.legalBases?.map(({ label }) => label)),
    agreement: item.agreement,
    'handed over from': item.handedOver.from,
    'handed over to': item.handedOver.to,
    'kept until': item.keptUntil,
    state: item.state,
    'provider id': item.provider.agencyId,
    'recipient id': item.recipient.agencyId,
  });

export const csvOfSuppressed = ({ provider, basis, count }: PublicRegister['suppressed'][number]): string =>
  line({
    line: 'not shown',
    'given by': provider.name,
    'provider id': provider.agencyId,
    'basis of not showing': termLabel(basis).replaceAll('-', ' '),
    'not shown': count,
  });

/** The last line of a file that is not all. */
export const CSV_GOES_ON = line({
  line: 'goes on',
  title: 'There are more: ask for less at once, by year for instance, or follow the link of the answer',
});
