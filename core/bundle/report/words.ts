import { type Html, html } from '../../html.ts';
import type { Principal } from '../../model/principal.ts';
import type { Day, TransferId } from '../../model/scalars.ts';
import type { CaseFile, CaseTrace } from '../case-file.ts';

/** A number as it is written everywhere, whatever the locale. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

export const agencyName = ({ agencies }: CaseFile, id: string): string => agencies.get(id)?.name ?? id;

/** "Register of subscribers, 2024-03-10, to Hill IT Board": a hand-over in the words of its record. */
export function transferName(file: CaseFile, id: TransferId): string {
  const record = file.transfers.get(id)?.record;
  if (!record) return id;
  const { dataset, handedOver, recipient } = record;
  return `${dataset.title}, ${period(handedOver.earliest, handedOver.latest)}, to ${agencyName(file, recipient.agencyId)}`;
}

export const period = (from: Day, to: Day): string => (from === to ? from : `${from} to ${to}`);

export const who = ({ sub, agency, roles }: Principal): string =>
  [sub, ...(agency === undefined ? roles : [agency])].join(', ');

export const list = (items: readonly (string | Html)[]): Html =>
  html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;

/** What is not broken at its hyphens. */
const DAY = /^\d{4}-\d\d-\d\d$/;

/** Each on a line of its own. */
export const lines = (items: readonly string[]): Html =>
  html`${items.map((item) => html`<span class="line">${item}</span>`)}`;

/** @param heads a leading `#` stands for a column of numbers */
export function table(
  heads: readonly string[],
  rows: readonly (readonly (string | number | Html)[])[],
): Html {
  const isNumber = heads.map((head) => head.startsWith('#'));
  const cells = (row: (typeof rows)[number]) =>
    row.map((cell, i) =>
      isNumber[i] || (typeof cell === 'string' && DAY.test(cell))
        ? html`<td class="${isNumber[i] ? 'n' : 'day'}">${cell}</td>`
        : html`<td>${cell}</td>`,
    );
  return html`<table><thead><tr>${heads.map((head, i) =>
    isNumber[i] ? html`<th scope="col" class="n">${head.slice(1)}</th>` : html`<th scope="col">${head}</th>`,
  )}</tr></thead><tbody>${rows.map((row) => html`<tr>${cells(row)}</tr>`)}</tbody></table>`;
}

export const terms = (pairs: readonly (readonly [string, string | Html])[]): Html =>
  html`<dl>${pairs.map(([term, said]) => html`<dt>${term}</dt><dd>${said}</dd>`)}</dl>`;

export const code = (text: string): Html => html`<code>${text}</code>`;

/** What each trace has to say on something, under the trace's own heading where there are several. */
export function byTrace({ traces }: CaseFile, say: (trace: CaseTrace) => Html): Html {
  if (traces.length === 0) return html`<p>No trace was run.</p>`;
  return html`${traces.map(
    (trace, at) =>
      html`<section class="trace"><h3>${traceName(at)} <span class="soft">${trace.run.recordedAt.slice(0, 10)} · <code>${trace.run.traceId}</code></span></h3>${say(trace)}</section>`,
  )}`;
}
export const traceName = (at: number): string => `Trace ${at + 1}`;
