import { type Html, html, NOTHING } from '../../html.ts';
import type { AttributionAnswer, RankedTransfer } from '../sample/attribution.ts';

/** How a hand-over is named in figures and tables. */
export type NameOf = (transferId: string) => string;

/** Of more, the JSON beside the report has the rest. */
const SHOWN = 12;
const WIDTH = 720;
const LABEL = 290;
const ROW = 26;
/** Ratios beyond these powers of ten are drawn at the edge. */
const EDGE = 8;
const POWERS = [
  [-6, '10⁻⁶'],
  [-4, '10⁻⁴'],
  [-2, '0.01'],
  [0, '1'],
  [2, '100'],
  [4, '10⁴'],
  [6, '10⁶'],
] as const;

/** What the rows say of the hand-overs of one provider, weighed against each other. */
export function attributionSection(answer: AttributionAnswer, nameOf: NameOf): Html {
  const { provider, ranking, ranked, notRecorded, equals, credibleSet, rows } = answer;
  const shown = ranking.slice(0, SHOWN);
  return html`<section><h2>Weighed: the hand-overs of ${provider}</h2>
<p class="soft">${ranked.toLocaleString('en')} hand-overs, by ${rows.weighed.toLocaleString('en')} rows. The ratio says how many times more probable the rows are if a hand-over contributed than if it did not.</p>
<figure>${ratioPlot(shown, nameOf)}<figcaption>Evidence by hand-over: powers of ten for (right) and against (left). ${ranked > shown.length ? `The first ${shown.length} of ${ranked.toLocaleString('en')}.` : ''}</figcaption></figure>
${ranking
  .filter(isOfNote)
  .slice(0, SHOWN)
  .map((each) => findingPart(each, nameOf))}
<p>Probability that no recorded hand-over is behind the rows: <strong>${percent(notRecorded.all)}</strong>; that a copy which nobody recorded is among the sources: <strong>${percent(notRecorded.some)}</strong>. ${credibleSet.length === 0 ? 'No hand-over is in the credible set.' : `In the credible set: ${credibleSet.map(nameOf).join('; ')}.`}</p>
${sharesPart(answer, nameOf)}
${combinationsPart(answer, nameOf)}
${equals.length > 0 ? equalsPart(answer, nameOf) : NOTHING}
${vintagePart(answer)}
<p>Re-mixed rows, of which number and id never belonged together: ${interval(answer.mixed)}.</p></section>`;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const interval = ({ value, from, to }: { value: number; from: number; to: number }): string =>
  `${percent(value)} (95 %: ${percent(from)} to ${percent(to)})`;

const isOfNote = ({ credible, verbal }: RankedTransfer): boolean =>
  credible || verbal.supports === 'contributed';

function ratioPlot(items: readonly RankedTransfer[], nameOf: NameOf): Html {
  const scale = (WIDTH - LABEL - 20) / (2 * EDGE);
  const zero = LABEL + EDGE * scale;
  const height = items.length * ROW + 26;
  const grid = POWERS.map(
    ([power, name]) =>
      html`<path class="grid" d="M${zero + power * scale} 0V${height - 20}"/><text class="tick" text-anchor="middle" x="${zero + power * scale + 12}" y="${height - 6}">${name}</text>`,
  );
  const bars = items.map(({ transferId, log10Ratio, verbal }, row) => {
    const length = Math.min(EDGE, Math.abs(log10Ratio)) * scale;
    const from = log10Ratio < 0 ? zero - length : zero;
    return html`<text class="label" x="${LABEL - 10}" y="${row * ROW + 18}">${nameOf(transferId)}</text>
<rect class="${verbal.supports === 'did-not' ? 'less' : 'bar'}" x="${from.toFixed(1)}" y="${row * ROW + 6}" width="${length.toFixed(1)}" height="16"><title>10^${log10Ratio}</title></rect>`;
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Likelihood ratio of each hand-over">${grid}${bars}</svg>`;
}

const findingPart = (ranked: RankedTransfer, nameOf: NameOf): Html =>
  html`<section class="candidate"><h3>${nameOf(ranked.transferId)}</h3>
<p>${ranked.sentence} <span class="soft">Inclusion ${percent(ranked.inclusion)} · <code>${ranked.transferId}</code></span></p>
<ul>${ranked.for.map((text) => html`<li class="for">${text}</li>`)}${ranked.against.map((text) => html`<li class="against">${text}</li>`)}</ul></section>`;

/** The share of the rows that each source of the best explanation gave, with its interval. */
function sharesPart({ ranking, notRecorded }: AttributionAnswer, nameOf: NameOf): Html {
  const shares = [
    ...ranking.flatMap(({ transferId, share }) => (share ? [{ name: nameOf(transferId), share }] : [])),
    ...(notRecorded.share ? [{ name: 'Copies nobody recorded', share: notRecorded.share }] : []),
  ];
  if (shares.length === 0) return NOTHING;
  const scale = WIDTH - LABEL - 60;
  const x = (share: number) => (LABEL + share * scale).toFixed(1);
  const bars = shares.map(({ name, share }, row) => {
    const y = row * ROW + 6;
    return html`<text class="label" x="${LABEL - 10}" y="${y + 12}">${name}</text><rect class="track" x="${LABEL}" y="${y}" width="${scale}" height="16"/>
<rect class="bar" x="${LABEL}" y="${y}" width="${(share.value * scale).toFixed(1)}" height="16"/>
<path class="whisker" d="M${x(share.from)} ${y + 8}H${x(share.to)}M${x(share.from)} ${y + 4}v8M${x(share.to)} ${y + 4}v8"/><text class="value" x="${WIDTH - 52}" y="${y + 12}">${percent(share.value)}</text>`;
  });
  return html`<h3>Shares</h3><figure><svg viewBox="0 0 ${WIDTH} ${shares.length * ROW + 8}" role="img" aria-label="Share of the rows that each source gave">${bars}</svg><figcaption>Of all rows, the share that each source of the best explanation gave, with 95 % intervals. Rows of which only a part is known are within the interval.</figcaption></figure>`;
}

/** Sources together: a row for each hand-over that is in any, a column for each that may have been together. */
function combinationsPart({ combinations }: AttributionAnswer, nameOf: NameOf): Html {
  if (combinations.length === 0) return NOTHING;
  const all = [...new Set(combinations.flatMap(({ transfers }) => transfers))].slice(0, SHOWN);
  const row = (name: string, isIn: (each: (typeof combinations)[0]) => boolean) =>
    html`<tr><th scope="row">${name}</th>${combinations.map((each) => html`<td class="n">${isIn(each) ? '●' : ''}</td>`)}</tr>`;
  const heads = combinations.map(
    ({ probability }) =>
      html`<th scope="col" class="n shade${Math.ceil(probability * 5)}">${percent(probability)}</th>`,
  );
  return html`<h3>Together</h3><table><thead><tr><th scope="col">With probability</th>${heads}</tr></thead><tbody>${all.map((id) => row(nameOf(id), ({ transfers }) => transfers.includes(id)))}${row('A copy nobody recorded', ({ unrecorded }) => unrecorded)}</tbody></table>`;
}

const equalsPart = ({ equals }: AttributionAnswer, nameOf: NameOf): Html =>
  html`<h3>Not to be told apart by these rows</h3><ul>${equals
    .slice(0, SHOWN)
    .map(
      ({ transfers: [a, b], wouldSeparate, differ }) =>
        html`<li class="neutral">${nameOf(a)} and ${nameOf(b)}${differ === undefined ? '' : `, which differ in ${percent(differ)} of their rows`}: ${wouldSeparate}</li>`,
    )}</ul>`;

function vintagePart({ vintage }: AttributionAnswer): Html {
  if (!vintage) return NOTHING;
  const { day, from, to, after, before, biased } = vintage;
  return html`<p>What leaked shows the state of about <strong>${day}</strong> (95 %: ${from} to ${to})${after ? `; some rows came up after ${after}` : ''}${before ? `; some were gone by ${before}` : ''}.${biased ? ' Rows were taken by age, so the day may be as much as a year off.' : ''}</p>`;
}
