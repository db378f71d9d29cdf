import type { Hypothesis, TraceCoverage, TraceSet } from './answer.ts';
import { isNone, minus, sameBits } from './bits.ts';
import { listed, plural } from './finding.ts';
import type { Screening } from './screen.ts';

/** The answer in plain sentences. */
export function summaryOf(screening: Screening, sets: readonly TraceSet[]): string[] {
  const { question, counts, coverable, excluded } = screening;
  const fields = question.fields.all;
  const uncovered = question.fields.namesOf(minus(question.fields.everything(), coverable));
  return [
    `${counts.candidates} of ${plural(counts.transfers, 'recorded transfer is', 'recorded transfers are')} consistent with the description, as a whole or in part; ${counts.excluded} ${counts.excluded === 1 ? 'is' : 'are'} excluded by their own records.`,
    counts.coverAll > 0
      ? `${plural(counts.coverAll, 'transfer gave', 'transfers gave')} all ${fields.length} leaked fields in the clear, each by itself.`
      : `No candidate by itself gave all ${fields.length} leaked fields in the clear.`,
    uncovered.length > 0
      ? `No candidate gave ${listed(uncovered)} in the clear: the leak has another source for it, or the record that would show it is missing or wrong.`
      : 'Every leaked field was given in the clear by some candidate.',
    ...setSentences(screening, sets),
    ...(counts.fieldsUnknown > 0
      ? [
          `${plural(counts.fieldsUnknown, 'candidate has', 'candidates have')} no record of the fields handed over, and could hold any.`,
        ]
      : []),
    ...(excluded.length > 0
      ? ['A transfer is excluded for what its record says; a wrong record excludes wrongly.']
      : []),
  ];
}

function setSentences({ sets, question, coverable }: Screening, listedSets: readonly TraceSet[]): string[] {
  if (isNone(coverable)) return ['There is no set of transfers that covers a leaked field.'];
  const what = sameBits(coverable, question.fields.everything())
    ? 'all leaked fields'
    : 'all leaked fields that any candidate gave';
  const smallest = listedSets[0]?.members.length ?? 0;
  const size = smallest === 1 ? 'a single transfer' : `${smallest} transfers`;
  const found =
    sets.setsFound === 1n
      ? `One set, of ${size}, covers ${what} without a dispensable member.`
      : `${sets.setsFound} sets of transfers cover ${what} without a dispensable member; the smallest are of ${size}.`;
  return [
    sets.complete ? found : `At least ${found[0]?.toLowerCase()}${found.slice(1)}`,
    ...(sets.complete
      ? []
      : [
          `The search for sets met its bound: it is complete for sets of up to ${plural(sets.completeToSize, 'transfer', 'transfers')} only.`,
        ]),
  ];
}

/** The explanations that stay open. That the source is not in the ledger always is one. */
export function hypothesesOf(
  { counts, sets, shown, onward }: Screening,
  coverage: TraceCoverage,
): Hypothesis[] {
  const several = sets.patterns.filter(({ groups }) => groups.length > 1);
  const perQuery = shown.filter(({ facts }) => facts.access && facts.access !== 'bulk').length;
  const passedOn = shown.filter(({ facts }) => onward.has(facts.transferId)).length;
  const open: (Hypothesis | false)[] = [
    counts.coverAll > 0 && {
      code: 'single-transfer',
      detail: `The leak comes from one hand-over: ${plural(counts.coverAll, 'candidate covers', 'candidates cover')} all leaked fields.`,
    },
    several.length > 0 && {
      code: 'several-transfers',
      detail: 'The leak was compiled from several hand-overs, as the listed sets of more than one show.',
    },
    counts.fieldsUnknown > 0 && {
      code: 'fields-not-recorded',
      detail: `The leak comes from a hand-over whose fields are not recorded: ${counts.fieldsUnknown} such ${counts.fieldsUnknown === 1 ? 'candidate is' : 'candidates are'} known.`,
    },
    perQuery > 0 && {
      code: 'collected-by-queries',
      detail: `The data was collected answer by answer: ${perQuery} of the candidates shown had access to ask or look, rather than a copy.`,
    },
    passedOn > 0 && {
      code: 'passed-on',
      detail: `The leak happened further on: data of ${passedOn} of the candidates shown was passed on, by record. What was passed on without a record, the ledger cannot show.`,
    },
    counts.candidates > 0 && {
      code: 'at-the-provider',
      detail:
        'The copy was taken at a provider, before or beside the hand-over: what a provider handed over, it also had.',
    },
    {
      code: 'not-in-the-ledger',
      detail: `The source is not in the ledger. For the time from ${coverage.period.from} to ${coverage.period.to} it is not declared complete for ${coverage.providersWithGaps} of ${plural(coverage.providersTotal, 'provider', 'providers')}, and ${coverage.recordedLater.candidates} of ${plural(coverage.recordedLater.of, 'candidate was', 'candidates were')} recorded after the fact. Agencies without any record do not show at all.`,
    },
  ];
  return open.filter((hypothesis) => hypothesis !== false);
}
