import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE_FOLDER } from '../../local/apps.ts';
import { synthesize } from '../../local/template/synthesize.ts';
import { note, print, title, whole } from '../support/table.ts';
import { UNITS, type Unit, type Usage } from './meter.ts';
import { MONTHLY, PRICES } from './prices.ts';

const MILLION = 1e6;
const MONTH_MS = 30 * 86_400_000;

/** Three digits that say something, and no more. */
const figure = (value: number): string =>
  value === 0 ? '–' : value >= 100 ? whole(value) : value.toPrecision(3);
const dollars = (value: number): string =>
  value < 0.005 ? '–' : `$ ${value < 100 ? value.toFixed(2) : whole(value)}`;

type Columns = Readonly<Record<string, { readonly used: Usage; readonly times: number }>>;

export function printUsage(columns: Columns): void {
  const all = Object.entries(columns);
  const each = (unit: Unit) => all.map(([, { used, times }]) => used[unit] / times);
  title('What each uses');
  print(
    ['', ...all.map(([name]) => name)],
    UNITS.map((unit) => [unit, ...each(unit).map(figure)]),
  );
  title('What a million of them cost, by the prices in bench/cost/prices.ts');
  const costs = UNITS.map((unit) => each(unit).map((count) => count * MILLION * PRICES[unit]));
  const sums = all.map((_, column) => costs.reduce((sum, row) => sum + (row[column] ?? 0), 0));
  print(
    ['', ...all.map(([name]) => name)],
    [
      ...UNITS.map((unit, row) => [unit, ...(costs[row] ?? []).map(dollars)]),
      ['in all', ...sums.map(dollars)],
    ],
  );
  note(
    'A life is four entries: recorded, acknowledged, destruction certified, and verified. DynamoDB GB-months: of the ledger, a year long.',
  );
}

/** What it costs by the month, whether anything is recorded or not. @param idle what was used in so long a time */
export async function printMonth(idle: Usage, ms: number): Promise<void> {
  const schedules = UNITS.map((unit) => ({ unit, cost: (idle[unit] / ms) * MONTH_MS * PRICES[unit] }));
  const counted = await standing();
  const rows = [
    ['what runs by the clock', '', dollars(schedules.reduce((sum, { cost }) => sum + cost, 0))],
    ...counted.map(({ what, count, price }) => [what, whole(count), dollars(count * price)]),
  ];
  const sum = counted.reduce((total, { count, price }) => total + count * price, 0);
  title('What a month costs before anything is recorded');
  print(
    ['', 'of them', 'a month'],
    [...rows, ['in all', '', dollars(sum + schedules.reduce((total, { cost }) => total + cost, 0))]],
  );
}

/** Resources of the templates that are billed by the month. */
async function standing() {
  const { folders } = await synthesize(CACHE_FOLDER);
  const names = (await readdir(folders.amanat)).filter((name) => name.endsWith('.template.json'));
  const resources = (
    await Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(folders.amanat, name), 'utf8'))),
    )
  ).flatMap(
    ({
      Resources = {},
    }: {
      Resources?: Record<string, { Type: string; Properties?: { Rules?: unknown[] } }>;
    }) => Object.values(Resources),
  );
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
  const firewalls = ofType('AWS::WAFv2::WebACL');
  return [
    { what: 'KMS keys', count: ofType('AWS::KMS::Key').length, price: MONTHLY.key },
    { what: 'alarms', count: ofType('AWS::CloudWatch::Alarm').length, price: MONTHLY.alarm },
    { what: 'dashboards', count: ofType('AWS::CloudWatch::Dashboard').length, price: MONTHLY.dashboard },
    { what: 'firewalls', count: firewalls.length, price: MONTHLY.firewall },
    {
      what: 'rules of firewalls',
      count: firewalls.reduce((sum, { Properties }) => sum + (Properties?.Rules?.length ?? 0), 0),
      price: MONTHLY.rule,
    },
  ];
}
