import { FINGERPRINT_FIELDS, type FingerprintField } from '../../core/fingerprint/sets.ts';
import { UsageError } from '../failure.ts';
import type { Rejects, Seen } from './pipeline/plan.ts';

/** Which share of rows may lack a field, 0 to 1; and for single fields, which other. */
export interface RejectLimits {
  readonly share: number;
  readonly byField: ReadonlyMap<FingerprintField, number>;
}

export const USUAL_SHARE = 0.02;

/** Reads limits in percent: `5` for all fields, `address=30` for one. @throws UsageError */
export function rejectLimits(texts: readonly string[]): RejectLimits {
  const byField = new Map<FingerprintField, number>();
  let share = USUAL_SHARE;
  for (const text of texts) {
    const [, name, percent] = /^(?:([a-z-]+)=)?(\d{1,3}(?:\.\d+)?)$/.exec(text) ?? [];
    const field = FINGERPRINT_FIELDS.find((each) => each === name);
    const limit = Number(percent) / 100;
    if (!(limit <= 1) || (name !== undefined && !field))
      throw new UsageError(`--max-rejects takes a percentage, or a field and one (address=30), not ${text}`);
    if (field) byField.set(field, limit);
    else share = limit;
  }
  return { share, byField };
}

/**
 * Refuses a dataset of which too many rows could not be normalised. A mapping of the wrong column would otherwise make
 * a file that holds nobody, and whoever was handed the data would seem never to have had it.
 */
export function checkRejects({ rows, rejected }: Seen, limits: RejectLimits): void {
  const whole = total(rejected.row);
  if (whole > rows * limits.share)
    throw new UsageError(
      `${percent(whole, rows)} of ${rows} rows could not be read (${reasons(rejected.row)}); ` +
        `more than ${percent(limits.share, 1)} is an error unless --max-rejects allows it`,
    );
  for (const field of FINGERPRINT_FIELDS) {
    const count = whole + total(rejected[field]);
    const limit = limits.byField.get(field) ?? limits.share;
    if (total(rejected[field]) > 0 && count > rows * limit)
      throw new UsageError(
        `${field} could not be normalised in ${percent(count, rows)} of ${rows} rows (${reasons(rejected[field])}); ` +
          `more than ${percent(limit, 1)} is an error unless --max-rejects ${field}=N allows it: is it the right column?`,
      );
  }
}

/** `3 empty, 1 length`: the most frequent first. */
export const reasons = (rejects: Rejects = {}): string =>
  Object.entries(rejects)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count.toLocaleString('en')} ${reason}`)
    .join(', ');

const total = (rejects: Rejects = {}): number =>
  Object.values(rejects).reduce((sum, count) => sum + count, 0);

const percent = (part: number, whole: number): string => `${Number(((100 * part) / whole).toFixed(2))} %`;
