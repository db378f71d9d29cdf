/** Whether a schedule is due in a minute (UTC, seconds ignored). */
export type Due = (minute: Date) => boolean;

/** What `rate(…)` or `cron(…)` of EventBridge says: a pause, or the minutes in which it is due. */
export type Expression = { readonly everyMs: number } | { readonly due: Due };

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** @throws {TypeError} on what is no schedule expression */
export function parseExpression(text: string): Expression {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  if (count !== undefined) return { everyMs: Number(count) * (UNITS[unit] ?? 0) };
  const fields = /^cron\((.+)\)$/.exec(text)?.[1]?.trim().split(/\s+/);
  if (fields?.length !== 6) throw new TypeError(`${text} is no schedule expression`);
  const [minutes, hours, days, months, weekdays, years] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const tests: Due[] = [
    field(minutes, 0, 59, (minute) => minute.getUTCMinutes()),
    field(hours, 0, 23, (minute) => minute.getUTCHours()),
    dayOfMonth(days),
    field(named(months, MONTHS, 1), 1, 12, (minute) => minute.getUTCMonth() + 1),
    dayOfWeek(named(weekdays, WEEKDAYS, 1)),
    field(years, 1970, 2199, (minute) => minute.getUTCFullYear()),
  ];
  return { due: (minute) => tests.every((test) => test(minute)) };
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const named = (text: string, names: readonly string[], first: number): string =>
  text.toUpperCase().replace(/[A-Z]{3}/g, (name) => {
    const place = names.indexOf(name);
    return place < 0 ? name : String(place + first);
  });

/** `*`, `?`, `5`, `1-5`, a step `3/15` of any range, and lists of them. */
function field(text: string, min: number, max: number, of: (minute: Date) => number): Due {
  const ranges = text.split(',').map((part) => {
    const [, from = '', to, step] = /^(\*|\?|\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(part) ?? [];
    if (from === '') throw new TypeError(`${part} is no part of a cron expression that is known here`);
    const open = from === '*' || from === '?';
    const start = open ? min : Number(from);
    const end = to !== undefined ? Number(to) : open || step !== undefined ? max : start;
    return { start, end, step: Number(step ?? 1) };
  });
  return (minute) => {
    const value = of(minute);
    return ranges.some(
      ({ start, end, step }) => value >= start && value <= end && (value - start) % step === 0,
    );
  };
}

const DAY_MS = UNITS['day'] ?? 0;
const lastDayOfMonth = (time: Date): number =>
  new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1, 1) - DAY_MS).getUTCDate();

/** `L` is the month's last day. */
function dayOfMonth(text: string): Due {
  if (text === 'L') return (minute) => minute.getUTCDate() === lastDayOfMonth(minute);
  return field(text, 1, 31, (minute) => minute.getUTCDate());
}

/** 1 is Sunday; `6#2` the month's second Friday, `6L` its last. */
function dayOfWeek(text: string): Due {
  const weekday = (minute: Date) => minute.getUTCDay() + 1;
  const [, day, kind, nth] = /^(\d)(#|L)(\d?)$/.exec(text) ?? [];
  if (kind === '#')
    return (minute) => weekday(minute) === Number(day) && Math.ceil(minute.getUTCDate() / 7) === Number(nth);
  if (kind === 'L')
    return (minute) => weekday(minute) === Number(day) && minute.getUTCDate() + 7 > lastDayOfMonth(minute);
  return field(text, 1, 7, weekday);
}
