import { STRENGTH_STEPS } from '../../attribution/verbal.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import type { TraceAnswer } from '../../trace/answer.ts';
import type { CaseFile } from '../case-file.ts';
import { DISCLAIMERS } from './limits.ts';
import { agencyName, byTrace, grouped, lines, list, percent, table, transferName } from './words.ts';

/** Part 6: every explanation that stays open, that the source is none of what is recorded among them. */
export const hypothesesPart = (file: CaseFile): Html =>
  byTrace(
    file,
    ({ answer: { hypotheses, content } }) => html`${list(hypotheses.map(({ detail }) => detail))}
${
  content && content.attributions.length > 0
    ? html`<h4>The source is not in the ledger</h4>${table(
        ['Hand-overs of', '#None of them is a source', '#An unrecorded copy is among the sources'],
        content.attributions.map(({ provider, notRecorded }) => [
          agencyName(file, provider),
          percent(notRecorded.all),
          percent(notRecorded.some),
        ]),
      )}<p class="soft">Probabilities under the priors of the method (part 4), and of what is recorded and was weighed.</p>`
    : html`<p>No rows were weighed: how probable it is that the source is not in the ledger cannot be said.</p>`
}`,
  );

/** Part 7. */
export const coveragePart = (file: CaseFile): Html =>
  html`${byTrace(file, ({ answer }) => coverageOf(file, answer))}
<h3>Declared complete</h3>${
    file.declarations.length === 0
      ? html`<p>Nobody declared the ledger complete for any of these providers: silence there means nothing.</p>`
      : table(
          ['Provider', 'From', 'To', 'Limited to', 'Rests on'],
          file.declarations.map(({ provider, from, to, scope, basis }) => [
            agencyName(file, provider),
            from,
            to,
            scope ?? 'nothing: all hand-overs',
            basis,
          ]),
        )
  }`;

function coverageOf(file: CaseFile, { coverage, content }: TraceAnswer): Html {
  const { period, providers, providersTotal, providersWithGaps, recordedLater } = coverage;
  return html`<p>The data must have been handed over between ${period.from} and ${period.to}. Providers not declared complete for all of that time: ${grouped(providersWithGaps)} of ${grouped(providersTotal)}. Candidates recorded after the fact: ${grouped(recordedLater.candidates)} of ${grouped(recordedLater.of)}.</p>
${table(
  ['Provider', '#Hand-overs', '#Candidates', '#Recorded later', '#Days in no declaration', 'Gaps'],
  providers.map(({ provider, transfers, candidates, recordedLater: later, gapDays, gaps, truncated }) => [
    agencyName(file, provider),
    transfers,
    candidates,
    later,
    gapDays,
    lines([
      ...(gaps.length === 0 ? ['none'] : gaps.map(({ from, to }) => `${from} to ${to}`)),
      ...(truncated ? ['…'] : []),
    ]),
  ]),
)}
${
  content && content.notCompared.length > 0
    ? html`<p>${grouped(content.notCompared.length)} hand-overs could not be compared with the rows, and are judged by the description alone.</p>`
    : NOTHING
}`;
}

/** Part 8: how much weight the answers bear, and what nothing here can show. */
export const confidencePart = (file: CaseFile): Html =>
  html`${byTrace(file, ({ answer }) => confidenceOf(file, answer))}
<h3>The scale</h3><p>Ratios are put into words by the ENFSI Guideline for Evaluative Reporting (2015); below one, the same words speak for the other side.</p>
${table(
  ['From a ratio of', 'Support'],
  STRENGTH_STEPS.map(({ from, strength }) => [grouped(from), strength]),
)}
<h3>Limits</h3>${list(DISCLAIMERS)}`;

function confidenceOf(file: CaseFile, { content, counts }: TraceAnswer): Html {
  const described = html`<p>Hand-overs not contradicted by their records: ${grouped(counts.candidates)} of ${grouped(counts.transfers)}. Points order them; they are no probability.</p>`;
  if (!content || content.attributions.length === 0) return described;
  return html`${described}${content.attributions.map(
    ({ provider, ranking, credibleSet, equals }) => html`<h4>${agencyName(file, provider)}</h4>
${
  credibleSet.length === 0
    ? html`<p>No hand-over is in the credible set.</p>`
    : table(
        ['Credible', '#log10 of the ratio', '#Inclusion', '#Share', '#95 %'],
        ranking
          .filter(({ credible }) => credible)
          .map(({ transferId, log10Ratio, inclusion, share }) => [
            transferName(file, transferId),
            log10Ratio.toFixed(2),
            percent(inclusion),
            share ? percent(share.value) : '',
            share ? `${percent(share.from)} to ${percent(share.to)}` : '',
          ]),
      )
}
${equals.length === 0 ? NOTHING : html`<p>Not to be told apart by these rows:</p>${list(equals.map(({ transfers: [a, b], wouldSeparate }) => `${transferName(file, a)}; ${transferName(file, b)}. ${wouldSeparate}`))}`}`,
  )}`;
}
