import type { PublicRegister, PublicState, PublicTransfer } from '../../core/api/public-register.ts';
import { Html, html, NOTHING } from '../../core/html.ts';
import type { Day } from '../../core/model/scalars.ts';
import { areaLabel, FIELD_LABELS, LABELLED_FIELDS, termLabel } from '../../core/views/labels.ts';
import type { Names } from '../../core/views/public-register.ts';
import { STYLE } from './register-style.ts';

/** What the form holds: as it was sent, or nothing of what could not be understood. */
export interface Sought {
  readonly recipient?: string | undefined;
  readonly provider?: string | undefined;
  readonly field?: string | undefined;
  readonly year?: string | undefined;
  readonly q?: string | undefined;
  readonly validAt?: string | undefined;
}

/** The page of the register. Its addresses are relative, since a stage or a base path may stand before them. */
export function registerPage(
  sought: Sought,
  register: PublicRegister,
  names: Names,
  wrong: readonly string[],
): string {
  const style = html`<style>${new Html(STYLE)}</style>`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Public register of data hand-overs</title><link rel="icon" href="data:,">${style}</head>
<body><a class="skip" href="#found">Skip to the hand-overs</a>
<header><h1>Public register of data hand-overs</h1>
<p>Which public body gave people’s data to which other, what it was, why, and until when it may be kept. It follows from a ledger to which entries are only added; what the law keeps out of it is <a href="#not-shown">counted below</a>.</p></header>
<main><h2 id="search">Search</h2>${wrong.length > 0 ? alert(wrong) : NOTHING}${form(sought, names)}
<section id="found" tabindex="-1" aria-labelledby="found-title"><h2 id="found-title">Hand-overs</h2>
${found(register, sought)}</section>
${suppressedSection(register)}</main>
<footer><p class="soft">The same as data: <a href="v1/public/register">JSON</a>, <a href="v1/public/register.csv">CSV</a>. It reflects the first ${register.reflects.size.toLocaleString('en')} entries of the <a href="log/checkpoint">signed log</a>.</p></footer>
</body></html>
`.text;
}

const alert = (wrong: readonly string[]): Html =>
  html`<p class="alert" role="alert">Nothing was searched for, since this could not be understood: ${wrong.join(', ')}. Below are all hand-overs.</p>`;

function form(sought: Sought, names: Names): Html {
  const agencies = [...names]
    .map(([id, name]): Option => [id, name])
    .sort(([, a], [, b]) => a.localeCompare(b, 'en'));
  const fields = LABELLED_FIELDS.map((field): Option => [field, FIELD_LABELS[field]]);
  return html`<form method="get" action="register" role="search" aria-labelledby="search">
${select('recipient', 'Received by', agencies, sought.recipient)}
${select('provider', 'Given by', agencies, sought.provider)}
${select('field', 'What it held', fields, sought.field)}
<p><label for="q">Words of the title</label><input id="q" name="q" maxlength="100" value="${sought.q ?? ''}"></p>
<p><label for="year">Year of the hand-over</label><input id="year" name="year" inputmode="numeric" pattern="[0-9]{4}" maxlength="4" title="four digits" value="${sought.year ?? ''}"></p>
<p><label for="validAt">As it stood on</label><input id="validAt" name="validAt" type="date" value="${sought.validAt ?? ''}"></p>
<p class="go"><button>Search</button> <a href="register">All</a></p></form>`;
}

type Option = readonly [value: string, label: string];

const select = (name: string, label: string, options: readonly Option[], chosen = ''): Html =>
  html`<p><label for="${name}">${label}</label><select id="${name}" name="${name}"><option value="">any</option>${options.map(
    ([value, shown]) =>
      html`<option value="${value}"${value === chosen ? new Html(' selected') : NOTHING}>${shown}</option>`,
  )}</select></p>`;

function found({ items, nextCursor }: PublicRegister, sought: Sought): Html {
  if (items.length === 0) return html`<p>None is recorded that may be shown.</p>`;
  const count = items.length === 1 ? 'One hand-over' : `${items.length} hand-overs`;
  return html`<p class="soft">${count}${nextCursor ? ' on this page' : ''}, those recorded last first${sought.validAt ? html`, as they stood on ${longDay(sought.validAt as Day)}` : NOTHING}. How many people and records it is about is rounded.</p>
<p><a href="v1/public/register.csv${asQuery(sought)}">All that was found as a table (CSV)</a></p>
<ol>${items.map((item) => html`<li>${entry(item, sought.validAt !== undefined)}</li>`)}</ol>
${nextCursor ? pages(nextCursor, sought) : NOTHING}`;
}

function pages(cursor: string, sought: Sought): Html {
  return html`<nav aria-label="Pages"><ul><li><a rel="next" href="register${asQuery({ ...sought, cursor })}">Earlier hand-overs</a></li></ul></nav>`;
}

function asQuery(sought: Sought & { readonly cursor?: string }): string {
  const kept = Object.entries(sought).filter(([, value]) => value) as [string, string][];
  return kept.length > 0 ? `?${new URLSearchParams(kept)}` : '';
}

function entry(item: PublicTransfer, then: boolean): Html {
  const { provider, recipient, fields, areas, purposes, legalBases, handedOver, keptUntil } = item;
  const when =
    handedOver.from === handedOver.to
      ? month(handedOver.from)
      : html`${month(handedOver.from)} to ${month(handedOver.to)}`;
  return html`<article aria-labelledby="${item.transferId}"><h3 id="${item.transferId}">${item.title}</h3>
<p>from <b>${provider.name}</b> to <b>${recipient.name}</b></p><dl>
${row('Why', purposes?.map(({ label }) => label).join('; '))}
${row('Legal basis', legalBases?.map(({ label }) => label).join('; '))}
${row('What', fields?.map((field) => FIELD_LABELS[field]).join(', '))}
${row('About', aboutWhom(item))}
${row('Where', areas?.map(areaLabel).join(', '))}
${row('When', when)}
${row('Kept until', keptUntil && html`<time datetime="${keptUntil}">${longDay(keptUntil)}</time>`)}
${row(then ? 'Then' : 'Now', state(item.state))}
${row('Agreement', item.agreement && html`<code>${item.agreement}</code>`)}
${row('Record', html`<code>${item.transferId}</code>`)}
</dl></article>`;
}

/** What a record lacks is said to be lacking: nobody shall take it for nothing. */
const row = (term: string, value: Html | string | undefined): Html =>
  html`<dt>${term}</dt><dd>${value || html`<span class="soft">not recorded</span>`}</dd>`;

function aboutWhom({ about, people, records }: PublicTransfer): string {
  const some = (count: number | undefined, of: string) =>
    count === undefined
      ? []
      : [count <= 10 ? `at most 10 ${of}` : `about ${count.toLocaleString('en')} ${of}`];
  return [...(about ? [about] : []), ...some(people, 'people'), ...some(records, 'records')].join('; ');
}

const STATES: Record<PublicState, string> = {
  kept: 'kept',
  due: 'kept, to be destroyed within a month',
  overdue: 'overdue: it should be destroyed by now, and no proof of that is recorded',
  'kept-under-hold': 'kept past its end under a legal hold',
  'destroyed-in-part': 'destroyed in part; something of it is still kept',
  destroyed: 'destroyed, as the recipient certified',
  'destruction-verified': 'destroyed, which the provider verified',
};
const state = (of: PublicState): Html =>
  of === 'overdue' ? html`<span class="overdue">${STATES[of]}</span>` : html`${STATES[of]}`;

function suppressedSection({ suppressed }: PublicRegister): Html {
  const rows = suppressed.map(
    ({ provider, basis, count }) =>
      html`<tr><th scope="row">${provider.name}</th><td>${termLabel(basis).replaceAll('-', ' ')}</td><td class="n">${count.toLocaleString('en')}</td></tr>`,
  );
  return html`<section aria-labelledby="not-shown"><h2 id="not-shown">What is not shown</h2>
<p>The law lets a hand-over be kept out of this register for a time, at most two years before that must be said anew. Each is recorded in the ledger with its basis and the order or provision that allows it, and counted here until it is shown again. The count is of all of them, whatever is searched for.</p>
${
  rows.length === 0
    ? html`<p>At present none is kept out.</p>`
    : html`<table><caption>Hand-overs that are not shown</caption><thead><tr><th scope="col">Given by</th><th scope="col">Basis</th><th scope="col" class="n">Number</th></tr></thead><tbody>${rows}</tbody></table>`
}</section>`;
}

const format = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });
const LONG_DAY = format({ dateStyle: 'long' });
const LONG_MONTH = format({ month: 'long', year: 'numeric' });
const longDay = (day: Day) => LONG_DAY.format(Date.parse(day));
const month = (of: string): Html =>
  html`<time datetime="${of}">${LONG_MONTH.format(Date.parse(`${of}-01`))}</time>`;
