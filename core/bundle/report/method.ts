import { type Html, html, NOTHING } from '../../html.ts';
import type { TraceAnswer } from '../../trace/answer.ts';
import type { CaseFile } from '../case-file.ts';
import { list, table, terms, traceName } from './words.ts';

/** Part 4: how the answers were found, so that another expert can do it again. What several traces share is said once. */
export function methodPart(file: CaseFile): Html {
  const said = new Map<string, { readonly traces: string[]; readonly text: Html }>();
  file.traces.forEach(({ answer }, at) => {
    for (const text of methodsOf(answer)) {
      const known = said.get(text.text);
      if (known) known.traces.push(traceName(at));
      else said.set(text.text, { traces: [traceName(at)], text });
    }
  });
  return html`<p>Every figure with an interval has it at 95 %: shares of rows found are Wilson intervals; shares, days and re-mixing of weighed rows are those of the likelihood of the whole sample. The intervals say how far the sample bears a figure under the method; they do not say how far the records are true.</p>
${[...said.values()].map(({ traces, text }) => html`<section class="trace"><p class="soft">${traces.join(', ')}</p>${text}</section>`)}
${file.traces.length === 0 ? NOTHING : findingsPart(file)}`;
}

function methodsOf({ method, content, devices }: TraceAnswer): Html[] {
  return [
    html`<h3>By description: ${method.name} ${method.version}</h3>${list(method.rules)}`,
    ...(content ? [contentMethod(content)] : []),
    ...(content?.attributions ?? []).map(attributionMethod),
    ...(devices
      ? [
          html`<h3>By planted records and marks: ${devices.method.name} ${devices.method.version}</h3>${list(devices.method.rules)}`,
        ]
      : []),
  ];
}

/** Of the closed list of findings those that were made in any trace, with their points; the answers have all. */
function findingsPart({ traces }: CaseFile): Html {
  const rows = traces.flatMap(({ answer: { method, candidates, sets, excluded } }) => {
    const made = new Set<string>([
      ...candidates.items.flatMap(({ evidence }) => evidence.map(({ code }) => code)),
      ...sets.listed.flatMap(({ joint }) => joint.map(({ code }) => code)),
      ...excluded.items.flatMap(({ reasons }) => reasons.map(({ code }) => code)),
    ]);
    return method.evidence.filter(({ code }) => made.has(code));
  });
  const once = new Map(rows.map((row) => [`${row.code} ${row.points}`, row]));
  return html`<h3>What each finding of a description counts for, of those that were made</h3>${table(
    ['Finding', 'Bears', '#Points', 'Means'],
    [...once.values()].map(({ code, bearing, points, excludes, means }) => [
      code,
      excludes ? `${bearing}, excludes` : bearing,
      points,
      means,
    ]),
  )}`;
}

const contentMethod = ({ method, sample }: NonNullable<TraceAnswer['content']>): Html =>
  html`<h3>By content: ${method.name} ${method.version}</h3>${terms([
    ['Normalisation', method.normalisation],
    ['Keyed values', method.prf],
    ['Filter', `${method.filter}, false positives ${method.falsePositives.toExponential(2)}`],
    ['Least rows', String(method.minimumRows)],
    [
      'Keys',
      sample.keys.map(({ provider, epoch, keyCheck }) => `${provider}/${epoch} (${keyCheck})`).join(', '),
    ],
  ])}${list(method.rules)}`;

function attributionMethod({
  provider,
  method,
  rows,
}: NonNullable<TraceAnswer['content']>['attributions'][number]): Html {
  const parameters = Object.entries(method.parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return html`<h3>Weighed, ${provider}: ${method.name} ${method.version}</h3>${terms([
    ['Rows', `${rows.weighed} weighed, the likelihood of ${rows.used} of them, evenly spread`],
    ['Judged by', `${method.whole}${method.texts.length > 0 ? ` with ${method.texts.join(', ')}` : ''}`],
    ['Re-mixed between', method.parts.join(', ')],
    ['Files', `${method.files.length}, by digest in part 2`],
  ])}${
    parameters.length === 0
      ? NOTHING
      : table(
          ['Parameter', 'Value'],
          parameters.map(([name, value]) => [name, [value].flat().map(shortened).join(', ')]),
        )
  }`;
}

/** A parameter is given as a fraction, and read as one. The answer has all digits of it. */
const shortened = (value: number): string => String(Number(value.toPrecision(4)));
