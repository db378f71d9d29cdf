import type { FingerprintHeader } from '../../fingerprint/header.ts';
import { NORMALISATION } from '../../fingerprint/normalise/row.ts';
import type { LeakSample } from '../../fingerprint/sample.ts';
import { FALSE_POSITIVE_RATE } from '../../fingerprint/types.ts';
import type { TransferFacts } from '../../index/facts.ts';
import { type Day, dayOf, type Sha256 } from '../../model/scalars.ts';
import type { FrameView } from '../../views/registers.ts';
import type { Concerned, ContentAnswer, NotCompared } from './answer.ts';
import type { AttributionAnswer } from './attribution.ts';
import { type Compared, isCompared, whyNot } from './compare.ts';
import { rounded } from './guard.ts';

/** Raised whenever the same sample over the same files could be answered otherwise. */
export const CONTENT_METHOD_VERSION = 3;

const RULES = [
  'A row is compared by keyed fingerprints: of its number, of its id, of both together, and of further fields where both sides have them. Values that do not normalise have no fingerprint.',
  'Rows are counted by their different values: copies of a row are one, and of rows by number and id there are as many as they have different numbers, or different ids if these are fewer. Counts are to the nearest ten, fewer than ten are not told, and shares follow from these counts. From the hits of a filter its expected false positives are taken off.',
  'What was found in a transfer is no measure of guilt. Transfers come from the same master data: whatever one extract holds, every larger one holds too.',
  'The transfers of one provider are weighed against each other and against copies that nobody recorded, as its reference frames show them. An explanation is a mixture of such sources, each whole or cut down, with rows that were re-mixed, spoiled or brought from outside; shares are fitted by expectation-maximization, and the probabilities of explanations averaged.',
  'A likelihood ratio says how many times more probable the rows are if a transfer contributed than if it did not, the best other explanation being put in its place. It speaks of content: a copy on the provider’s side is of the same, and is not told from it.',
  'A transfer without a fingerprint file, or of fields or keys that the sample lacks, is judged by the description alone.',
] as const;

/** Each file with what came of comparing it. */
export interface Comparisons {
  readonly transfers: readonly { readonly facts: TransferFacts; readonly outcome: Compared | NotCompared }[];
  readonly frames: readonly { readonly frame: FrameView; readonly outcome: Compared | NotCompared }[];
}

export function concludeContent(
  sample: LeakSample,
  sha256: Sha256,
  minimumRows: number,
  { transfers, frames }: Comparisons,
  attributions: readonly AttributionAnswer[],
): ContentAnswer {
  const compared = transfers.flatMap(({ facts, outcome }) =>
    isCompared(outcome)
      ? [
          {
            transferId: facts.transferId,
            provider: facts.provider,
            recipient: facts.recipient,
            ...comparedWith(outcome, facts.fingerprint?.sha256 as Sha256),
            ...concernedBy(outcome),
          },
        ]
      : [],
  );
  const answer = {
    sample: {
      sha256,
      rows: rounded(sample.rows),
      keys: sample.keyrings.map(({ provider, epoch, keyCheck }) => ({ provider, epoch, keyCheck })),
    },
    transfers: compared.sort((a, b) => foundIn(b) - foundIn(a) || (a.transferId < b.transferId ? -1 : 1)),
    frames: frames
      .flatMap(({ frame, outcome }) =>
        isCompared(outcome)
          ? [{ frameId: frame.frameId, holder: frame.holder, ...comparedWith(outcome, frame.sha256) }]
          : [],
      )
      .sort((a, b) => (a.stateOf < b.stateOf ? -1 : 1)),
    notCompared: transfers.flatMap(({ facts: { transferId }, outcome }) =>
      isCompared(outcome) ? [] : [{ transferId, ...whyNot(outcome) }],
    ),
    framesNotCompared: frames.flatMap(({ frame: { frameId }, outcome }) =>
      isCompared(outcome) ? [] : [{ frameId, ...whyNot(outcome) }],
    ),
  };
  return {
    method: methodOf(minimumRows),
    ...answer,
    attributions: [...attributions],
    summary: [
      ...summaryOf(answer),
      ...(compared.length > 0 && attributions.length === 0
        ? [
            'None of the transfers could be weighed: too few of the rows are known, or they show a later state.',
          ]
        : []),
      ...attributions.flatMap(({ summary }) => summary),
    ],
  };
}

const methodOf = (minimumRows: number): ContentAnswer['method'] => ({
  name: 'tracing-by-content',
  version: CONTENT_METHOD_VERSION,
  normalisation: NORMALISATION,
  prf: 'aes-256-cmac/60',
  filter: 'fuse-16/1',
  falsePositives: FALSE_POSITIVE_RATE,
  minimumRows,
  rules: [...RULES],
});

function comparedWith(outcome: Compared, fileSha256: Sha256) {
  const { header, found, pairs } = outcome;
  return {
    fileSha256,
    epoch: header.epoch,
    stateOf: stateOf(header),
    rows: header.rows,
    found: [...found],
    ...(pairs && { pairs }),
  };
}

/** Bounds on the people whose data leaked, if all of it came from here. */
function concernedBy({ header, found }: Compared): { readonly concerned?: Concerned } {
  for (const by of ['cnic', 'msisdn'] as const) {
    const atLeast = found.find(({ set }) => set === by)?.found;
    const atMost = header.sets.find(({ set }) => set === by)?.distinct;
    if (atLeast !== undefined && atMost !== undefined)
      return { concerned: { by, atLeast: Math.min(atLeast, atMost), atMost } };
  }
  return {};
}

export const stateOf = ({ extractedAt }: FingerprintHeader): Day => dayOf(extractedAt);

/** Rows found by the set with most fields. */
const foundIn = ({ found }: ContentAnswer['transfers'][number]): number =>
  [...found].sort((a, b) => b.set.split('+').length - a.set.split('+').length)[0]?.found ?? 0;

function summaryOf({
  transfers,
  frames,
  notCompared,
  sample,
}: Omit<ContentAnswer, 'method' | 'attributions' | 'summary'>) {
  const holding = transfers.filter((each) => foundIn(each) > 0).length;
  return [
    `${sample.rows} rows were compared with ${transfers.length} transfers and ${frames.length} reference frames; ten or more of them occur in ${holding} of the transfers.`,
    ...(notCompared.length > 0
      ? [`${notCompared.length} transfers could not be compared, and are judged by the description alone.`]
      : []),
  ];
}
