import { hash } from 'node:crypto';
import { type Html, html } from '../../html.ts';
import type { CaseFile } from '../case-file.ts';
import { authorityPart, inShort } from './authority.ts';
import { candidatesPart } from './candidates.ts';
import { exhibitsPart } from './exhibits.ts';
import { leakPart } from './leak.ts';
import { methodPart } from './method.ts';
import { confidencePart, coveragePart, hypothesesPart } from './open.ts';
import { preservationPart } from './preservation.ts';
import { proofsPart } from './proofs.ts';
import { BUNDLE_STYLE } from './style.ts';
import { grouped } from './words.ts';

/** The ten parts that a report of an investigation has, in order. */
export const PARTS = [
  ['Authority and case reference', authorityPart],
  ['Exhibits', exhibitsPart],
  ['What leaked', leakPart],
  ['Method', methodPart],
  ['Candidates, with evidence for and against', candidatesPart],
  ['Hypotheses that stay open', hypothesesPart],
  ['Coverage and gaps', coveragePart],
  ['Confidence and limits', confidencePart],
  ['To be preserved', preservationPart],
  ['Proofs', proofsPart],
] as const;

/** The report of a case: one page that loads nothing, runs nothing, and prints on A4. */
export function reportOf(file: CaseFile): string {
  const { incident, checkpoint } = file;
  const { caseReference, title, authority } = incident.incident;
  const policy = `default-src 'none'; style-src 'sha256-${hash('sha256', BUNDLE_STYLE.text, 'base64')}'`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width"><title>${caseReference}: ${title}</title><style>${BUNDLE_STYLE}</style></head>
<body><header><h1>${title}</h1>
<p>Case ${caseReference} · ${authority}</p>
<p class="soft">What the first ${grouped(checkpoint.size)} entries of the log ${checkpoint.origin} say on incident <code>${incident.incidentId}</code></p></header><main>
<nav><ol class="contents">${PARTS.map(([heading], at) => html`<li><a href="#part-${at + 1}">${at + 1} ${heading}</a></li>`)}</ol></nav>
${inShort(file)}
${PARTS.map(([heading, part], at) => partOf(at + 1, heading, part(file)))}
</main></body></html>
`.text;
}

const partOf = (number: number, heading: string, body: Html): Html =>
  html`<section id="part-${number}"><h2 class="part"><b>${number}</b>${heading}</h2>${body}</section>`;
