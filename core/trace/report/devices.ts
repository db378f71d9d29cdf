import { type Html, html, NOTHING } from '../../html.ts';
import type { DevicesAnswer } from '../devices/answer.ts';

/** What planted records and marked spellings say, by hand-over, with for and against. */
export function devicesSection(devices: DevicesAnswer): Html {
  const { canaries, marks, method, fileSha256, rows } = devices;
  return html`<section><h2>Planted records and marks</h2>
<p class="soft">Looked for in ${rows.toLocaleString('en')} rows of the file <code>${fileSha256}</code>, by whoever has keys and lists.</p>
${part('Planted records', canaries)}${part('Spelling of marked copies', marks)}
<ul class="soft">${method.rules.map((rule) => html`<li>${rule}</li>`)}</ul></section>`;
}

type Finding = DevicesAnswer['canaries' | 'marks'][number];

function part(title: string, findings: readonly Finding[]): Html {
  if (findings.length === 0) return NOTHING;
  return html`<h3>${title}</h3><ul>${findings.map(
    ({ bearing, recipient, detail, sentence, log10Lr, transferId }) =>
      html`<li class="${bearing}">${recipient}: ${detail} ${sentence ?? ratio(log10Lr)} <code class="soft">${transferId}</code></li>`,
  )}</ul>`;
}

/** What an answer has that was kept before ratios were put into words. */
const ratio = (log10Lr: number): string =>
  `The ratio of likelihoods, whether rows come from this copy or none do, is 10^${log10Lr}.`;
