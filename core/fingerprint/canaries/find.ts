import { normaliseId } from '../normalise/id.ts';
import { normaliseNumber } from '../normalise/number.ts';
import { ADDRESS_ABBREVIATIONS, NAME_ABBREVIATIONS, spelled } from '../normalise/text.ts';
import type { FingerprintField } from '../sets.ts';
import type { CanaryList } from './list.ts';

/** A row of a leak that is, or holds part of, an invented record. */
export interface CanaryHit {
  /** Of the list, from 0. */
  readonly canary: number;
  /** Of the leak, from 0. */
  readonly row: number;
  /** In which fields they agree. */
  readonly fields: readonly FingerprintField[];
}

/**
 * Finds invented records among the rows of a leak: by number or id, which nobody else has, or by name and address
 * together. A row with another field of a real person's shows that records were mixed. The list is looked up once, and
 * then any part of the rows.
 * @param fields which cell of a row is what
 */
export function canaryFinder(
  { records }: CanaryList,
  fields: readonly FingerprintField[],
): (rows: readonly (readonly string[])[]) => CanaryHit[] {
  const known = new Map<string, Set<number>>();
  records.forEach((record, canary) => {
    for (const field of fields) {
      const value = normal(field, record[field] ?? '');
      if (value === undefined) continue;
      const key = `${field} ${value}`;
      known.set(key, (known.get(key) ?? new Set()).add(canary));
    }
  });
  return (rows) =>
    rows.flatMap((cells, row) => {
      const agreeing = new Map<number, FingerprintField[]>();
      fields.forEach((field, index) => {
        const value = normal(field, cells[index] ?? '');
        for (const canary of known.get(`${field} ${value}`) ?? [])
          agreeing.set(canary, [...(agreeing.get(canary) ?? []), field]);
      });
      return [...agreeing].flatMap(([canary, same]) => (tells(same) ? [{ canary, row, fields: same }] : []));
    });
}

/** Names alone are those of many people. */
const tells = (fields: readonly FingerprintField[]): boolean =>
  fields.includes('msisdn') ||
  fields.includes('cnic') ||
  (fields.includes('name') && fields.includes('address'));

function normal(field: FingerprintField, cell: string): string | undefined {
  const bytes = Buffer.from(cell);
  if (field === 'msisdn' || field === 'cnic') {
    const value =
      field === 'msisdn'
        ? normaliseNumber(bytes, 0, bytes.length)
        : normaliseId(bytes, 0, bytes.length, true);
    return value < 0 ? undefined : String(value);
  }
  return spelled(cell, field === 'address' ? ADDRESS_ABBREVIATIONS : NAME_ABBREVIATIONS) || undefined;
}
