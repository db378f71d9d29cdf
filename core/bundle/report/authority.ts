import { type Html, html, NOTHING } from '../../html.ts';
import type { CaseFile } from '../case-file.ts';
import { byTrace, code, lines, list, table, terms, traceName, transferName, who } from './words.ts';

/** Part 1: under whose authority, and by whom what was asked. */
export function authorityPart(file: CaseFile): Html {
  const { incident, traces } = file;
  const { caseReference, title, authority, discoveredOn, summary, follows } = incident.incident;
  return html`${terms([
    ['Case', caseReference],
    ['Authority', authority],
    ['Matter', title],
    ['Discovered on', discoveredOn],
    ...(summary === undefined ? [] : ([['In short', summary]] as const)),
    ['Incident', html`<code>${incident.incidentId}</code>, opened ${incident.recordedAt}`],
    ...(follows === undefined ? [] : ([['Goes on with', code(follows)]] as const)),
    ['State', stateOf(file)],
  ])}
<h3>Who asked</h3>${table(
    ['When', 'Who', 'What', 'Entry'],
    [
      ...traces.map(
        ({ run }, at) => [run.recordedAt, who(run.principal), traceName(at), code(run.entryId)] as const,
      ),
      ...incident.approvals.map(
        ({ recordedAt, principal, approval, entryId }) =>
          [
            recordedAt,
            who(principal),
            html`approved that a sample is traced: ${approval.reason}`,
            code(entryId),
          ] as const,
      ),
      ...incident.refusals.map(
        ({ recordedAt, principal, refusal, detail, entryId }) =>
          [recordedAt, who(principal), `was refused a trace (${refusal}): ${detail}`, code(entryId)] as const,
      ),
      ...incident.pending.map(
        ({ recordedAt, principal, entryId }) =>
          [
            recordedAt,
            who(principal),
            'asked for a trace that was not answered by then',
            code(entryId),
          ] as const,
      ),
    ]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([when, ...rest]) => [lines([when.slice(0, 10), `${when.slice(11, 19)} UTC`]), ...rest]),
  )}`;
}

function stateOf({ incident: { closed } }: CaseFile): string {
  return closed ? `closed on ${closed.on}: ${closed.outcome}` : 'open';
}

/** Before the parts: what the traces came to, and what the investigation recorded of it, each as it was said. */
export function inShort(file: CaseFile): Html {
  const { findings } = file.incident;
  return html`<section><h2>In short</h2>
<p class="note">What follows says which hand-overs a leak is consistent with, and which not. It never proves that one was the source: a copy at the provider, before or beside the hand-over, is of the same content.</p>
${byTrace(file, ({ answer }) =>
  list([...(answer.content?.summary ?? []), ...(answer.devices?.summary ?? []), ...answer.summary]),
)}
${
  findings.length === 0
    ? NOTHING
    : html`<h3>Findings that the investigation recorded</h3>${list(
        findings.map(
          ({ finding: { occurredOn, finding, transferIds = [] }, entryId }) =>
            html`${occurredOn}: ${finding} <span class="soft">${transferIds.map((id) => html`${transferName(file, id)}; `)}<code>${entryId}</code></span>`,
        ),
      )}`
}</section>`;
}
