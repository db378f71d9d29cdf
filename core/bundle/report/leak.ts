import { type Html, html, NOTHING } from '../../html.ts';
import type { LeakDescription } from '../../model/incident.ts';
import type { TraceAnswer } from '../../trace/answer.ts';
import type { CaseFile } from '../case-file.ts';
import { byTrace, code, grouped, list, percent, table, terms } from './words.ts';

/** Part 3: what leaked, as it was described, and what its rows say of themselves. */
export const leakPart = (file: CaseFile): Html =>
  byTrace(
    file,
    ({ run: { description }, answer }) => html`${profile(description)}
<h4>Fields, and how many hand-overs gave them</h4>${table(
      ['Field', '#In the clear', '#Altered only', '#Excluded, in the clear'],
      answer.fields.map(({ field, clear, altered, excluded }) => [field, clear, altered, excluded]),
    )}
${rowsPart(answer)}`,
  );

function profile({
  fields,
  areas,
  vintage,
  seenOn,
  rows,
  files,
  format,
  sample,
  note,
}: LeakDescription): Html {
  const spelled = Object.entries(format?.idStyle ?? {}).map(([field, style]) => `${field} ${style}`);
  const maybe = (term: string, said: string | Html | undefined) =>
    said === undefined || said === '' ? [] : ([[term, said]] as const);
  return terms([
    ['Fields', fields.join(', ')],
    ['Areas', areas?.join(', ') ?? 'not known'],
    ['First seen', seenOn],
    [
      'Vintage, as described',
      vintage ? `${vintage.from ?? '…'} to ${vintage.to ?? '…'}` : 'not known from the description',
    ],
    ...maybe('Rows', rows && `${grouped(rows.count)}, ${rows.exact ? 'counted' : 'estimated'}`),
    ...maybe('Files', files && list(files.map(({ sha256 }) => code(sha256)))),
    ...maybe('Column names', format?.headers?.join(', ')),
    ...maybe('Delimiter', format?.delimiter && (format.delimiter === '\t' ? 'tab' : format.delimiter)),
    ...maybe('Encoding', format?.encoding),
    ...maybe('Spelling of ids', spelled.join(', ')),
    ...maybe('Sample', sample && code(sample.sha256)),
    ...maybe('Note', note),
  ]);
}

/** The day whose state the rows show, and how many were put together of several people. */
function rowsPart({ content }: TraceAnswer): Html {
  const attributions = content?.attributions ?? [];
  if (attributions.length === 0) return NOTHING;
  return html`<h4>What the rows show of themselves</h4>${table(
    ['Rows of', 'State of about', '95 %', '#Re-mixed', '#95 %'],
    attributions.map(({ provider, vintage, mixed }) => [
      provider,
      vintage?.day ?? 'not known',
      vintage ? `${vintage.from} to ${vintage.to}` : '',
      percent(mixed.value),
      `${percent(mixed.from)} to ${percent(mixed.to)}`,
    ]),
  )}`;
}
