import { hash } from 'node:crypto';
import { type Html, html, NOTHING } from '../../html.ts';
import type { TraceAnswer, TraceCandidate } from '../answer.ts';
import type { ContentAnswer } from '../sample/answer.ts';
import { attributionSection } from './attribution.ts';
import { devicesSection } from './devices.ts';
import { pairTable, sharePlot, vintagePlot } from './plots.ts';
import { STYLE } from './style.ts';

/** Of more, the JSON beside the report has the rest. */
const CANDIDATES_SHOWN = 25;

/** The answer of a trace for people: one page that loads nothing, prints well, and says for and against of each. */
export function reportOf(answer: TraceAnswer): string {
  const { content, devices } = answer;
  const style = html`<style>${STYLE}</style>`;
  const policy = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE.text, 'base64')}'`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width"><title>Trace ${answer.traceId}</title>${style}</head>
<body><header><h1>Which hand-overs could be behind the leak</h1>
<p class="soft">Case ${answer.caseReference} · trace <code>${answer.traceId}</code></p></header><main>
<section><h2>Findings</h2>${list([...(content?.summary ?? []), ...(devices?.summary ?? []), ...answer.summary])}
<p class="note">The findings are consistent with a hand-over, or they are not. They never prove that it was the source: a copy at the provider, before or beside the hand-over, is of the same content.</p></section>
${content ? contentSections(answer, content) : NOTHING}
${devices ? devicesSection(devices) : NOTHING}
${candidateSection(answer)}
${hypothesisSection(answer)}
${methodSection(answer)}
</main></body></html>
`.text;
}

const list = (items: readonly string[]): Html =>
  html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;

/** What the rows of a sample say. */
export function contentSections(answer: TraceAnswer, content: ContentAnswer): Html {
  const titles = new Map(
    answer.candidates.items.map(({ transfer }) => [transfer.transferId, transfer.dataset.title]),
  );
  const nameOf = namesOf(content.transfers);
  const named = content.transfers.map((each) => ({
    ...each,
    name: nameOf(each),
    title: titles.get(each.transferId),
  }));
  const names = new Map(named.map(({ transferId, name }) => [String(transferId), name]));
  const weighed = content.attributions.map((each) =>
    attributionSection(each, (transferId) => names.get(transferId) ?? transferId),
  );
  return html`${weighed}<section><h2>What was found where</h2>
<figure>${sharePlot(named)}<figcaption>Share of the rows found in each hand-over by the widest set of fields, with 95 % intervals. Whatever a hand-over holds, every larger one of the same master data holds too: a high share is no measure of guilt.</figcaption></figure>
${vintageFigure(content)}
<h3>Number and id</h3>${pairTable(named)}
<p class="soft">Rows by whether number and id were handed over, and as one row. “Apart” are rows whose number and id are both known and never belonged together: joined by whoever compiled the leak, or corrupted.</p>
<h3>By fields</h3>${foundTable(named)}
${concernedTable(named)}
${notComparedPart(content)}</section>`;
}

type Compared = ContentAnswer['transfers'][number];

/** A hand-over by recipient and day; and by the start of its id, where that is the name of several. */
function namesOf(transfers: readonly Compared[]): (transfer: Compared) => string {
  const short = ({ recipient, stateOf }: Compared) => `${recipient}, ${stateOf}`;
  const names = transfers.map(short);
  const isOfOne = (name: string) => names.indexOf(name) === names.lastIndexOf(name);
  return (each) => (isOfOne(short(each)) ? short(each) : `${short(each)} (${each.transferId.slice(0, 9)}…)`);
}

function vintageFigure(content: ContentAnswer): Html {
  const plot = vintagePlot(content);
  if (plot === NOTHING) return NOTHING;
  return html`<h3>Vintage</h3><figure>${plot}<figcaption>Share found by the day whose state a file shows: reference frames are hollow and joined, hand-overs are filled, and shaded is the day that weighing the rows estimates, with its 95 % interval. A leak of a single day is found most in a frame of about that day; one biased to old customers seems older than it is, by as much as a year.</figcaption></figure>`;
}

function foundTable(items: readonly (ContentAnswer['transfers'][number] & { name: string })[]): Html {
  const rows = items.flatMap(({ name, transferId, found }) =>
    found.map(
      ({ set, tested, found: rows, share, interval }, at) =>
        html`<tr>${at === 0 ? html`<th scope="rowgroup" rowspan="${found.length}">${name}<br><code class="soft">${transferId}</code></th>` : NOTHING}<td>${set}</td><td class="n">${few(tested)}</td><td class="n">${few(rows)}</td><td class="n">${(share * 100).toFixed(1)} %</td><td class="n">${(interval.from * 100).toFixed(1)}–${(interval.to * 100).toFixed(1)} %</td></tr>`,
    ),
  );
  return html`<table><thead><tr><th scope="col">Hand-over</th><th scope="col">Fields</th><th scope="col" class="n">Tested</th><th scope="col" class="n">Found</th><th scope="col" class="n">Share</th><th scope="col" class="n">95 %</th></tr></thead><tbody>${rows}</tbody></table>`;
}

/** Who would have to be told, if a hand-over is the source. */
function concernedTable(items: readonly (ContentAnswer['transfers'][number] & { name: string })[]): Html {
  const rows = items.flatMap(({ name, concerned }) =>
    concerned
      ? html`<tr><th scope="row">${name}</th><td>${concerned.by}</td><td class="n">${few(concerned.atLeast)}</td><td class="n">${concerned.atMost.toLocaleString('en')}</td></tr>`
      : [],
  );
  if (rows.length === 0) return NOTHING;
  return html`<h3>People concerned</h3><table><thead><tr><th scope="col">Hand-over</th><th scope="col">Told by</th><th scope="col" class="n">At least</th><th scope="col" class="n">At most</th></tr></thead><tbody>${rows}</tbody></table>
<p class="soft">If the hand-over is the source: at least those whose rows leaked and are known to it, at most everybody in its file, since others of its rows may circulate unseen.</p>`;
}

const few = (count: number): string => (count === 0 ? '< 10' : count.toLocaleString('en'));

function notComparedPart({ notCompared }: ContentAnswer): Html {
  if (notCompared.length === 0) return NOTHING;
  const reasons = [...new Set(notCompared.map(({ detail }) => detail))];
  const groups = reasons.map((why) => [why, notCompared.filter(({ detail }) => detail === why)] as const);
  return html`<h3>Not compared: judged by the description alone</h3><ul>${groups.map(
    ([why, items]) =>
      html`<li>${items.length.toLocaleString('en')}: ${why}. <code class="soft">${items
        .slice(0, 5)
        .map(({ transferId }) => transferId)
        .join(', ')}${items.length > 5 ? ', …' : ''}</code></li>`,
  )}</ul>`;
}

/** What the description says of each hand-over. */
export function candidateSection({ candidates }: TraceAnswer): Html {
  const shown = candidates.items.slice(0, CANDIDATES_SHOWN);
  return html`<section><h2>What the description says</h2>
<p>${candidates.total.toLocaleString('en')} hand-overs are not contradicted by their records; the first ${shown.length} follow. Points order them and are no probability.</p>${shown.map(candidatePart)}</section>`;
}

function candidatePart({ rank, points, transfer, missing, evidence }: TraceCandidate): Html {
  const { provider, recipient, dataset, handedOver, transferId, state } = transfer;
  return html`<section class="candidate"><h3>${rank}. ${dataset.title}: ${provider} to ${recipient}</h3>
<p class="soft">${handedOver.earliest}${handedOver.latest === handedOver.earliest ? '' : `–${handedOver.latest}`} · ${state} · ${points.record} points of the record, ${points.history} of its history · <code>${transferId}</code></p>
<ul>${evidence.map(({ bearing, detail }) => html`<li class="${bearing}">${detail}</li>`)}${missing.length > 0 ? html`<li class="against">It did not give ${missing.join(', ')} in the clear.</li>` : NOTHING}</ul></section>`;
}

const hypothesisSection = ({ hypotheses }: TraceAnswer): Html =>
  html`<section><h2>What stays open</h2>${list(hypotheses.map(({ detail }) => detail))}</section>`;

function methodSection(answer: TraceAnswer): Html {
  const { content, method, reflects, asked } = answer;
  return html`<section><h2>Method and exhibits</h2><dl>
<dt>Ledger</dt><dd>its first ${reflects.size.toLocaleString('en')} entries; this answer is recorded with its digest</dd>
<dt>Seen on</dt><dd>${asked.seenOn}</dd>
<dt>Description</dt><dd>${method.name} ${method.version}</dd>
${content ? contentTerms(content) : NOTHING}</dl>
${content ? list(content.method.rules) : NOTHING}${list(method.rules)}</section>`;
}

const contentTerms = ({ method, sample, transfers, frames, attributions }: ContentAnswer): Html =>
  html`<dt>Content</dt><dd>${method.name} ${method.version}; ${method.normalisation}, ${method.prf}, ${method.filter}, false positives ${method.falsePositives.toExponential(2)}</dd>
${attributions.map(({ provider, method: by }) => html`<dt>Weighed, ${provider}</dt><dd>${by.name} ${by.version}, by ${by.whole}${by.texts.length > 0 ? ` with ${by.texts.join(', ')}` : ''}; ${by.files.length} files</dd>`)}
<dt>Sample</dt><dd>${few(sample.rows)} rows, SHA-256 <code>${sample.sha256}</code></dd>
<dt>Keys</dt><dd>${sample.keys.map(({ provider, epoch, keyCheck }) => `${provider}/${epoch} (${keyCheck.slice(0, 12)}…)`).join(', ')}</dd>
${[...transfers, ...frames].map(({ fileSha256, stateOf }) => html`<dt>File of ${stateOf}</dt><dd><code>${fileSha256}</code></dd>`)}`;
