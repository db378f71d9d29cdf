import type { RecordedRequest } from '../../api/data-requests.ts';
import { Html, html, NOTHING } from '../../html.ts';
import type { TraceAnswer } from '../../trace/answer.ts';
import { devicesSection } from '../../trace/report/devices.ts';
import { candidateSection, contentSections } from '../../trace/report/report.ts';
import type { CaseFile } from '../case-file.ts';
import { agencyName, byTrace, grouped, list, table, transferName } from './words.ts';

/** Of sets and exclusions; of more, the answer in the bundle has the rest. */
const SHOWN = 20;

/** Part 5: which hand-overs the leak is consistent with, with what speaks for and against each. */
export const candidatesPart = (file: CaseFile): Html =>
  byTrace(
    file,
    ({ answer }) => html`${answer.content ? beneath(contentSections(answer, answer.content)) : NOTHING}
${answer.devices ? beneath(devicesSection(answer.devices)) : NOTHING}
${beneath(candidateSection(answer))}
${requestsPart(file, answer)}
${setsPart(file, answer)}${excludedPart(file, answer)}`,
  );

/** The same under headings two levels down. What is escaped has no tag in it that could be meant. */
const beneath = ({ text }: Html): Html =>
  new Html(
    text.replace(/<(\/?)h([23])\b/g, (_, end: string, level: string) => `<${end}h${Number(level) + 2}`),
  );

/** What was asked for before those that name a request: what was not granted can have leaked all the same. */
function requestsPart(file: CaseFile, { candidates }: TraceAnswer): Html {
  const rows = candidates.items.flatMap(({ transfer: { transferId } }) => {
    const state = file.transfers.get(transferId);
    const request = state && file.requests.get(state.record.requestId ?? '');
    if (!request) return [];
    const departs = state.flags.some(({ code }) => code === 'request-not-granted' || code === 'beyond-grant');
    const name = html`${transferName(file, transferId)}<br><code class="soft">${request.requestId}</code>`;
    return [[name, askedFor(request), answered(request), departs ? 'goes beyond it' : 'within it']];
  });
  if (rows.length === 0) return NOTHING;
  return html`<h4>Asked for before</h4>
${table(['Hand-over, and its request', 'Asked for', 'Answer', 'The hand-over'], rows)}`;
}

const askedFor = ({ request: { requestedOn, fields, areas } }: RecordedRequest): string =>
  `On ${requestedOn}: ${fields.join(', ')}; ${areas.join(', ')}`;

function answered({ request, granted, refused, ended }: RecordedRequest): Html {
  const kept = request.fields.filter((field) => granted && !granted.fields.includes(field));
  return list([
    ...(granted
      ? [
          `Granted on ${granted.occurredOn} until ${granted.until}: ${granted.fields.join(', ')}; ${granted.areas.join(', ')}`,
        ]
      : []),
    ...(kept.length > 0 ? [`Not granted: ${kept.join(', ')}`] : []),
    ...(refused ? [`Refused on ${refused.occurredOn}, ${refused.ground}: ${refused.reason}`] : []),
    ...(ended ? [`Ended on ${ended.occurredOn}: ${ended.reason}`] : []),
    ...(granted || refused || ended ? [] : ['None']),
  ]);
}

function setsPart(file: CaseFile, { sets }: TraceAnswer): Html {
  const shown = sets.listed.slice(0, SHOWN);
  if (shown.length === 0) return NOTHING;
  return html`<h4>Together</h4><p>Sets of hand-overs that cover all fields which can be covered, with no member to spare: ${sets.setsFound}${sets.exact ? '' : `; the search was ended, and is complete up to sets of ${sets.exactUpToSize}`}. ${sets.uncovered.length > 0 ? `Nothing covers ${sets.uncovered.join(', ')}.` : ''} ${sets.listed.length > shown.length ? `The first ${shown.length}:` : ''}</p>
${table(
  ['Members, and what only they give', '#Points'],
  shown.map(({ members, points }) => [
    list(
      members.map(({ transferId, onlyHere }) => `${transferName(file, transferId)}: ${onlyHere.join(', ')}`),
    ),
    points.members + points.joint,
  ]),
)}`;
}

function excludedPart(file: CaseFile, { excluded }: TraceAnswer): Html {
  if (excluded.total === 0) return NOTHING;
  const shown = excluded.items.slice(0, SHOWN);
  return html`<h4>Excluded by their own records</h4><p>${grouped(excluded.total)}. A wrong record excludes wrongly. ${excluded.total > shown.length ? `The first ${shown.length}:` : ''}</p>
${table(
  ['Hand-over', 'From', 'Why'],
  shown.map(({ transferId, provider, reasons }) => [
    html`${transferName(file, transferId)}<br><code class="soft">${transferId}</code>`,
    agencyName(file, provider),
    list(reasons.map(({ detail }) => detail)),
  ]),
)}`;
}
