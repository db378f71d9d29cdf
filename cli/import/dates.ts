import type { Day } from '../../core/model/scalars.ts';

/** What a written date says: one day, or every day of a month or a year. */
export interface DayRange {
  readonly first: Day;
  readonly last: Day;
}

/** A compiled date pattern. */
export interface DatePattern {
  readonly pattern: string;
  readonly expression: RegExp;
  readonly parts: readonly Token[];
}

const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/** Longest first: `YYYY` is never read as `YY` twice. */
const TOKENS = {
  YYYY: '\\d{4}',
  YY: '\\d{2}',
  MMMM: '\\p{L}+\\.?',
  MMM: '\\p{L}+\\.?',
  MM: '\\d{2}',
  M: '\\d{1,2}',
  DD: '\\d{2}',
  D: '\\d{1,2}(?:st|nd|rd|th)?',
  hh: '\\d{1,2}',
  mm: '\\d{2}',
  ss: '\\d{2}(?:\\.\\d+)?',
} as const;
type Token = keyof typeof TOKENS;
const TOKEN = new RegExp(Object.keys(TOKENS).join('|'), 'g');

/**
 * Compiles a date pattern: `YYYY YY MMMM MMM MM M DD D hh mm ss`, anything else stands for itself and a blank for any
 * run of them. `MMMM` and `MMM` are an English month, whole or from three letters on;
 * `D` may end as in 3rd. The time of day is read over.
 * @throws TypeError when it names a part twice, has no year, or a day without a month
 */
export function compilePattern(pattern: string): DatePattern {
  const parts: Token[] = [];
  let source = '';
  let end = 0;
  for (const match of pattern.matchAll(TOKEN)) {
    const token = match[0] as Token;
    source += `${literal(pattern.slice(end, match.index))}(${TOKENS[token]})`;
    end = match.index + token.length;
    parts.push(token);
  }
  source += literal(pattern.slice(end));
  const letters = parts.map((token) => token.charAt(0));
  if (new Set(letters).size < letters.length) throw new TypeError('names a part of the date twice');
  if (!letters.includes('Y')) throw new TypeError('has no year (YYYY or YY)');
  if (letters.includes('D') && !letters.includes('M')) throw new TypeError('has a day but no month');
  return { pattern, expression: new RegExp(`^${source}$`, 'iu'), parts };
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/\s+/g, '\\s+');

/**
 * Reads a date by the first pattern that fits. `ambiguous` when another pattern that fits reads other days:
 * 03/04/2015 is nothing to guess at.
 * @param pivot the first of the hundred years that `YY` stands for: 1950 makes 49 → 2049 and 50 → 1950
 */
export function readDate(
  text: string,
  patterns: readonly DatePattern[],
  pivot: number,
): DayRange | 'unreadable' | 'ambiguous' {
  const readings = patterns.flatMap((pattern) => readBy(pattern, text, pivot) ?? []);
  const [reading, ...others] = readings;
  if (reading === undefined) return 'unreadable';
  const agreed = others.every(({ first, last }) => first === reading.first && last === reading.last);
  return agreed ? reading : 'ambiguous';
}

function readBy({ expression, parts }: DatePattern, text: string, pivot: number): DayRange | undefined {
  const match = expression.exec(text);
  if (match === null) return undefined;
  let [year, month, day] = [0, 0, 0];
  parts.forEach((token, i) => {
    const written = match[i + 1] ?? '';
    if (token === 'YYYY') year = Number(written);
    if (token === 'YY') year = pivot + ((((Number(written) - pivot) % 100) + 100) % 100);
    if (token === 'MMMM' || token === 'MMM') month = monthNamed(written);
    if (token === 'MM' || token === 'M') month = Number(written);
    if (token === 'DD' || token === 'D') day = Number.parseInt(written, 10);
  });
  // No register of hand-overs is older; 0216 is a slip of the pen for 2016, not a year.
  if (year < 1900 || year > 2199) return undefined;
  const hasMonth = parts.some((token) => token.startsWith('M'));
  const hasDay = parts.some((token) => token.startsWith('D'));
  if (!hasMonth) return { first: dayOf(year, 1, 1), last: dayOf(year, 12, 31) };
  if (month < 1 || month > 12) return undefined;
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (!hasDay) return { first: dayOf(year, month, 1), last: dayOf(year, month, length) };
  if (day < 1 || day > length) return undefined;
  return { first: dayOf(year, month, day), last: dayOf(year, month, day) };
}

/** 0 when it is no month. */
function monthNamed(written: string): number {
  const name = written.replace(/\.$/, '').toLowerCase();
  return name.length < 3 ? 0 : MONTHS.findIndex((month) => month.startsWith(name)) + 1;
}

const dayOf = (year: number, month: number, day: number) =>
  `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}` as Day;
