import { type Attribution, attribute } from '../../attribution/attribute.ts';
import type { Sample } from '../../attribution/evidence.ts';
import type { Interval } from '../../attribution/intervals.ts';
import { Known } from '../../attribution/known.ts';
import { CREDIBLE } from '../../attribution/posterior.ts';
import { PRIOR } from '../../attribution/prior.ts';
import { TEXT_DIFFERS } from '../../attribution/rows.ts';
import { FULL_WEIGHT_ROWS } from '../../attribution/score.ts';
import { MOST_ROWS } from '../../attribution/thin.ts';
import { timesOf, verbalOf } from '../../attribution/verbal.ts';
import type { LeakSample } from '../../fingerprint/sample.ts';
import type { AgencyId, Day, TransferId } from '../../model/scalars.ts';
import { plural } from '../finding.ts';
import { type AttributionAnswer, EQUALS, type RankedTransfer } from './attribution.ts';
import { decimals } from './compare.ts';
import { rounded } from './guard.ts';
import { dayOfNumber, ledgerOf, patternsOf, type Weighable } from './weighable.ts';

/** Raised whenever the same sample over the same files could be weighed otherwise. */
export const ATTRIBUTION_VERSION = 3;

/** An answer lists no more of each; how many there were is told. */
const MOST_RANKED = 50;
const MOST_COMBINATIONS = 10;
const MOST_EQUALS = 50;

/**
 * Weighs the transfers of one provider against each other, and against copies that nobody recorded.
 * @param samples of each of `drawn`, one a key
 * @param recipients by transfer
 */
export function weigh(
  sample: LeakSample,
  weighable: Weighable,
  samples: readonly Sample[],
  seenOn: Day,
  recipients: ReadonlyMap<string, AgencyId>,
): AttributionAnswer {
  const known = new Known(ledgerOf(weighable, samples, seenOn));
  const found = attribute(known, patternsOf(sample, weighable));
  const { posterior, vintage, mixed } = found;
  const idOf = (place: number) => weighable.files[place]?.id as TransferId;
  const ranking = posterior.standings.slice(0, MOST_RANKED).map((_, rank): RankedTransfer => {
    const { transfer, log10Ratio, probability } = posterior.standings[
      rank
    ] as (typeof posterior.standings)[0];
    const share = found.shares.get(known.firstAlike[transfer] as number);
    return {
      transferId: idOf(transfer),
      recipient: recipients.get(idOf(transfer)) as AgencyId,
      log10Ratio: hundredths(log10Ratio),
      verbal: verbalOf(log10Ratio),
      sentence: sentenceOf(log10Ratio),
      inclusion: decimals(probability),
      credible: posterior.credible.includes(transfer),
      ...(share && { share: told(share) }),
      ...argumentsOf(found, known, transfer),
    };
  });
  const unrecorded = found.shares.get('unrecorded');
  const answer = {
    provider: weighable.provider as AgencyId,
    method: methodOf(weighable),
    rows: { weighed: rounded(found.rows), used: rounded(found.used) },
    ranking,
    ranked: posterior.standings.length,
    notRecorded: {
      all: probabilityOf(posterior.notRecorded.all),
      some: probabilityOf(posterior.notRecorded.some),
      ...(unrecorded && { share: told(unrecorded) }),
    },
    combinations: combinationsOf(found, idOf),
    credibleSet: posterior.credible.map(idOf),
    equals: found.equals.slice(0, MOST_EQUALS).map(({ transfers: [a, b], kind, ratio, differ }) => ({
      transfers: [idOf(a), idOf(b)] as [TransferId, TransferId],
      kind,
      ratio: hundredths(ratio),
      ...(differ !== undefined && { differ: decimals(Math.min(1, differ)) }),
      wouldSeparate: EQUALS[kind],
    })),
    ...(vintage && {
      vintage: {
        day: dayOfNumber(vintage.day),
        from: dayOfNumber(vintage.low),
        to: dayOfNumber(vintage.high),
        ...(vintage.after !== undefined && { after: dayOfNumber(vintage.after) }),
        ...(vintage.before !== undefined && { before: dayOfNumber(vintage.before) }),
        biased: vintage.tilted,
      },
    }),
    mixed: told(mixed),
    notWeighed: weighable.left.filter(({ kind }) => kind === 'transfer').map(({ id }) => id as TransferId),
  };
  return { ...answer, summary: summaryOf(answer, weighable) };
}

const hundredths = (value: number): number => Number(value.toFixed(2));
const probabilityOf = (value: number): number => decimals(Math.min(1, value));
const told = ({ value, low, high }: Interval) => ({
  value: decimals(Math.min(1, Math.max(0, value))),
  from: decimals(low),
  to: decimals(high),
});

/** All that the answer depends on beside the files and the sample. */
export const PARAMETERS: AttributionAnswer['method']['parameters'] = {
  sources: [...PRIOR.sources],
  recorded: PRIOR.recorded,
  unrelated: PRIOR.unrelated,
  tilted: Object.values(PRIOR.tilted),
  extents: PRIOR.extents,
  whole: Object.values(PRIOR.whole),
  cut: Object.values(PRIOR.cut),
  further: Object.values(PRIOR.further),
  textDiffers: TEXT_DIFFERS,
  mostRows: MOST_ROWS,
  fullWeightRows: FULL_WEIGHT_ROWS,
  credible: CREDIBLE,
};

const methodOf = ({ layout, files }: Weighable): AttributionAnswer['method'] => ({
  name: 'attribution-by-mixture',
  version: ATTRIBUTION_VERSION,
  whole: layout.whole,
  parts: [...layout.parts],
  texts: layout.satellites.map(({ set }) => set),
  parameters: PARAMETERS,
  files: files.map(({ fileSha256 }) => fileSha256),
});

/** Said of the rows, never of the transfer: what is more probable, not who it was. */
export function sentenceOf(log10Ratio: number): string {
  const { supports, strength } = verbalOf(log10Ratio);
  if (supports === 'neither')
    return 'The rows are about as probable if this transfer contributed as if it did not: they support neither.';
  const [more, less] =
    supports === 'contributed'
      ? ['contributed', 'did not contribute']
      : ['did not contribute', 'contributed'];
  return `The rows are ${timesOf(Math.abs(log10Ratio))} times more probable if this transfer ${more} than if it ${less}: ${strength} support that it ${more}.`;
}

function argumentsOf({ posterior, shares, equals }: Attribution, known: Known, transfer: number) {
  const { explanations } = posterior;
  const first = known.firstAlike[transfer] as number;
  const share = shares.get(first);
  const alike = known.alike(transfer).length;
  const without = explanations.find(({ recorded }) => !recorded.includes(first));
  const best = explanations[0];
  const inFavour: string[] = [];
  const against: string[] = [];
  if (share) {
    inFavour.push(
      `The best explanation of the rows takes ${percent(share.value)} of them from it${alike > 1 ? `, or from one of the ${alike - 1} other transfers of the same extract` : ''}.`,
    );
    if (without && best) {
      const instead = without.recorded.length === 0 ? 'a copy that nobody recorded' : 'other transfers';
      against.push(
        `Without ${alike > 1 ? 'any of them' : 'it'}, the best explanation is of ${instead}, and ${percent(without.probability / best.probability)} as probable as the best with it.`,
      );
    }
  } else {
    const withIt = explanations.find(({ recorded }) => recorded.includes(first));
    against.push(
      withIt
        ? 'The best explanation of the rows does without it.'
        : 'No explanation that was looked at gains by it.',
    );
  }
  const same = equals.filter(({ transfers }) => transfers.includes(transfer)).length;
  if (same > 0)
    against.push(
      `These rows cannot tell it from ${same} other ${same === 1 ? 'transfer' : 'transfers'}: see the equals.`,
    );
  if (share)
    against.push(
      'A copy at the provider of the same day and extent is of the same content, and cannot be told from it.',
    );
  return { for: inFavour, against };
}

const percent = (share: number): string =>
  share > 0 && share < 0.001 ? 'less than 0.1 %' : `${Number((share * 100).toPrecision(2))} %`;

function combinationsOf({ posterior }: Attribution, idOf: (place: number) => TransferId) {
  const sums = new Map<string, { recorded: readonly number[]; unrecorded: boolean; probability: number }>();
  for (const { scored, recorded, probability } of posterior.explanations) {
    const unrecorded = scored.components.some(({ kind }) => kind === 'unrecorded');
    const key = `${recorded.join()}/${unrecorded}`;
    sums.set(key, { recorded, unrecorded, probability: probability + (sums.get(key)?.probability ?? 0) });
  }
  return [...sums.values()]
    .sort((a, b) => b.probability - a.probability)
    .filter(({ probability }) => probability >= 0.001)
    .slice(0, MOST_COMBINATIONS)
    .map(({ recorded, unrecorded, probability }) => ({
      transfers: recorded.map(idOf),
      unrecorded,
      probability: probabilityOf(probability),
    }));
}

function summaryOf(answer: Omit<AttributionAnswer, 'summary'>, { files }: Weighable): string[] {
  const { provider, ranking, notRecorded, credibleSet, equals, ranked, vintage, mixed } = answer;
  const supported = ranking.filter(({ verbal }) => verbal.supports === 'contributed');
  const frames = files.filter(({ kind }) => kind === 'frame').length;
  return [
    `Of ${provider}, ${ranked} transfers were weighed with ${frames} reference ${frames === 1 ? 'frame' : 'frames'}: the rows support that ${supported.length === 0 ? 'none' : supported.length} of them contributed.`,
    ...supported.slice(0, 5).map(({ transferId, sentence }) => `${transferId}: ${sentence}`),
    ...(notRecorded.all >= 0.5
      ? [`That no recorded transfer is behind the rows has a probability of ${notRecorded.all}.`]
      : []),
    ...(credibleSet.length > supported.length
      ? [
          `In the credible set, ${credibleSet.length === 1 ? 'one transfer remains' : `${credibleSet.length} transfers remain`} possible.`,
        ]
      : []),
    ...(equals.length > 0
      ? [`${plural(equals.length, 'pair', 'pairs')} of transfers cannot be told apart by these rows.`]
      : []),
    ...(vintage
      ? [`What leaked shows the state of about ${vintage.day} (${vintage.from} to ${vintage.to}).`]
      : []),
    ...(vintage?.biased ? ['Rows were taken by age, so the day may be as much as a year off.'] : []),
    ...(mixed.from > 0.005
      ? [
          `About ${percent(mixed.value)} of the rows were re-mixed: their number and id never belonged together.`,
        ]
      : []),
    ...(frames === 0
      ? [
          'Without reference frames, nothing tells a recorded transfer from a copy that nobody recorded: no finding is strong.',
        ]
      : []),
  ];
}
