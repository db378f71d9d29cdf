import { type Html, html, NOTHING } from '../../html.ts';
import type { ContentAnswer } from '../sample/answer.ts';

type Compared = ContentAnswer['transfers'][number];

const WIDTH = 720;
const LABEL = 290;
const ROW = 26;
const percent = (share: number) => `${Math.round(share * 100)} %`;

/** What was found by the set with most fields. */
export const widest = ({ found }: Pick<Compared, 'found'>) =>
  [...found].sort((a, b) => b.set.split('+').length - a.set.split('+').length)[0];

/** The share of rows found in each transfer, with its interval. */
export function sharePlot(
  items: readonly { readonly name: string; readonly found: Compared['found'] }[],
): Html {
  if (items.length === 0) return NOTHING;
  const scale = WIDTH - LABEL - 60;
  const bars = items.flatMap(({ name, found }, row) => {
    const best = widest({ found });
    if (!best) return [];
    const y = row * ROW + 6;
    const x = (share: number) => LABEL + share * scale;
    const middle = y + 8;
    return [
      html`<text class="label" x="${LABEL - 10}" y="${y + 12}">${name}</text>
<rect class="track" x="${LABEL}" y="${y}" width="${scale}" height="16"/>
<rect class="bar" x="${LABEL}" y="${y}" width="${(best.share * scale).toFixed(1)}" height="16"/>
<path class="whisker" d="M${x(best.interval.from).toFixed(1)} ${middle}H${x(best.interval.to).toFixed(1)}M${x(best.interval.from).toFixed(1)} ${middle - 4}v8M${x(best.interval.to).toFixed(1)} ${middle - 4}v8"/>
<text class="value" x="${WIDTH - 52}" y="${y + 12}">${percent(best.share)}</text>`,
    ];
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${items.length * ROW + 8}" role="img" aria-label="Share of the rows found in each transfer, with 95 % intervals">${bars}</svg>`;
}

const HEIGHT = 230;
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 12, 12, 34];

/** The share found against the day whose state each file shows, with the days that weighing the rows estimates. */
export function vintagePlot({ transfers, frames, attributions }: ContentAnswer): Html {
  const points = [
    ...frames.map((each) => ({ ...each, kind: 'frame' as const })),
    ...transfers.map((each) => ({ ...each, kind: 'transfer' as const })),
  ].flatMap((each) => {
    const best = widest(each);
    return best ? [{ kind: each.kind, day: each.stateOf, share: best.share }] : [];
  });
  const days = [...new Set(points.map(({ day }) => day))].sort();
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined || first === last) return NOTHING;
  const [from, to] = [Date.parse(first), Date.parse(last)];
  const x = (day: string) => LEFT + ((Date.parse(day) - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  const y = (share: number) => HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  const curve = points
    .filter(({ kind }) => kind === 'frame')
    .sort((a, b) => (a.day < b.day ? -1 : 1))
    .map(({ day, share }, at) => `${at === 0 ? 'M' : 'L'}${x(day).toFixed(1)} ${y(share).toFixed(1)}`)
    .join('');
  const lines = [0, 0.25, 0.5, 0.75, 1].map(
    (share) => html`<path class="grid" d="M${LEFT} ${y(share)}H${WIDTH - RIGHT}"/>
<text class="tick" x="${LEFT - 6}" y="${y(share) + 4}">${percent(share)}</text>`,
  );
  const within = (day: string) => Math.min(WIDTH - RIGHT, Math.max(LEFT, x(day)));
  const estimates = attributions.flatMap(({ vintage }) =>
    vintage
      ? [
          html`<rect class="estimate" x="${within(vintage.from).toFixed(1)}" y="${TOP}" width="${Math.max(2, within(vintage.to) - within(vintage.from)).toFixed(1)}" height="${HEIGHT - TOP - BOTTOM}"><title>${vintage.from} to ${vintage.to}</title></rect>`,
        ]
      : [],
  );
  const dots = points.map(
    ({ kind, day, share }) =>
      html`<circle class="${kind}" cx="${x(day).toFixed(1)}" cy="${y(share).toFixed(1)}" r="4.5"/>`,
  );
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Share of the rows found, by the day whose state a file shows">${estimates}${lines}<path class="curve" d="${curve}"/>${dots}
<text class="tick start" x="${LEFT}" y="${HEIGHT - 10}">${first}</text><text class="tick" x="${WIDTH - RIGHT}" y="${HEIGHT - 10}">${last}</text></svg>`;
}

const PAIRS = [
  ['together', 'together'],
  ['apart', 'apart'],
  ['numberOnly', 'number only'],
  ['idOnly', 'id only'],
  ['neither', 'neither'],
] as const;

/** Rows by whether their number and id were handed over, and together: a table that is shaded by share. */
export function pairTable(
  items: readonly { readonly name: string; readonly pairs?: Compared['pairs'] }[],
): Html {
  const rows = items.flatMap(({ name, pairs }) => {
    if (!pairs) return [];
    const total = Math.max(
      1,
      PAIRS.reduce((sum, [key]) => sum + pairs[key], 0),
    );
    const cells = PAIRS.map(([key]) => {
      const level = Math.ceil((pairs[key] / total) * 5);
      return html`<td class="n shade${level}">${pairs[key] === 0 ? '< 10' : pairs[key].toLocaleString('en')}</td>`;
    });
    return [html`<tr><th scope="row">${name}</th>${cells}</tr>`];
  });
  if (rows.length === 0) return NOTHING;
  const heads = PAIRS.map(([, title]) => html`<th scope="col" class="n">${title}</th>`);
  return html`<table><thead><tr><th scope="col">Hand-over</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}
