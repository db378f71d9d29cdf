import type { AgencyId, Day, FrameId, Sha256, TransferId } from '../../model/scalars.ts';
import type { ContentAnswer } from '../../trace/sample/answer.ts';
import type { AttributionAnswer } from '../../trace/sample/attribution.ts';
import { concludeContent } from '../../trace/sample/conclude.ts';
import { ATTRIBUTION_VERSION, PARAMETERS, sentenceOf } from '../../trace/sample/weigh.ts';
import { IDS } from './ids.ts';

const provider = 'numbering-authority' as AgencyId;
const [first, second] = [IDS.transfer, IDS.onward] as [TransferId, TransferId];
const recipients = ['hill-it-board', 'harbour-income-support'] as [AgencyId, AgencyId];
const [file, otherFile, frameFile] = ['c1', '5e', '9a'].map((byte) => byte.repeat(32)) as [
  Sha256,
  Sha256,
  Sha256,
];
const pairs = { together: 1_280, apart: 60, numberOnly: 20, idOnly: 10, neither: 130 };
const found = (rows: number, from: number, to: number) => ({
  set: 'msisdn+cnic',
  tested: 1_500,
  found: rows,
  share: Number((rows / 1_500).toFixed(3)),
  interval: { from, to },
});

const attribution: AttributionAnswer = {
  provider,
  method: {
    name: 'attribution-by-mixture',
    version: ATTRIBUTION_VERSION,
    whole: 'msisdn+cnic',
    parts: ['msisdn', 'cnic'],
    texts: [],
    parameters: PARAMETERS,
    files: [file, otherFile, frameFile],
  },
  rows: { weighed: 1_500, used: 1_500 },
  ranking: [
    {
      transferId: first,
      recipient: recipients[0],
      log10Ratio: 3.46,
      verbal: { supports: 'contributed', strength: 'strong' },
      sentence: sentenceOf(3.46),
      inclusion: 0.994,
      credible: true,
      share: { value: 0.913, from: 0.88, to: 0.931 },
      for: ['The best explanation of the rows takes 91 % of them from it.'],
      against: [
        'Without it, the best explanation is of a copy that nobody recorded, and 0.6 % as probable as the best with it.',
        'A copy at the provider of the same day and extent is of the same content, and cannot be told from it.',
      ],
    },
    {
      transferId: second,
      recipient: recipients[1],
      log10Ratio: -2.1,
      verbal: { supports: 'did-not', strength: 'moderately strong' },
      sentence: sentenceOf(-2.1),
      inclusion: 0.003,
      credible: false,
      for: [],
      against: ['The best explanation of the rows does without it.'],
    },
  ],
  ranked: 2,
  notRecorded: { all: 0.006, some: 0.006 },
  combinations: [
    { transfers: [first], unrecorded: false, probability: 0.991 },
    { transfers: [], unrecorded: true, probability: 0.006 },
    { transfers: [first, second], unrecorded: false, probability: 0.003 },
  ],
  credibleSet: [first],
  equals: [],
  vintage: {
    day: '2024-02-29' as Day,
    from: '2024-02-26' as Day,
    to: '2024-03-03' as Day,
    after: '2024-02-01' as Day,
    biased: false,
  },
  mixed: { value: 0.04, from: 0.031, to: 0.052 },
  notWeighed: [],
  summary: [
    `Of ${provider}, 2 transfers were weighed with 1 reference frame: the rows support that 1 of them contributed.`,
    `${first}: ${sentenceOf(3.46)}`,
  ],
};

/** What is answered of a sample most of which came from the first transfer; method and rules are those in force. */
export function contentExample(): ContentAnswer {
  const keys = { provider, epoch: '2024', keyCheck: '3f'.repeat(16) };
  const sample = { rows: 1_500, strata: new Uint8Array(), keyrings: [{ ...keys, sets: new Map() }] };
  const nothing = concludeContent(sample, 'ab'.repeat(32) as Sha256, 50, { transfers: [], frames: [] }, []);
  return {
    ...nothing,
    transfers: [
      {
        transferId: first,
        provider,
        recipient: recipients[0],
        fileSha256: file,
        epoch: '2024',
        stateOf: '2024-02-29' as Day,
        rows: 1_204_311,
        found: [found(1_280, 0.835, 0.871)],
        pairs,
        concerned: { by: 'cnic', atLeast: 1_280, atMost: 1_198_754 },
      },
      {
        transferId: second,
        provider,
        recipient: recipients[1],
        fileSha256: otherFile,
        epoch: '2024',
        stateOf: '2024-05-01' as Day,
        rows: 310_208,
        found: [found(320, 0.193, 0.235)],
      },
    ],
    frames: [
      {
        frameId: `fr-${IDS.eventEntry}` as FrameId,
        holder: provider,
        fileSha256: frameFile,
        epoch: '2024',
        stateOf: '2024-03-01' as Day,
        rows: 4_118_902,
        found: [found(1_270, 0.828, 0.864)],
        pairs,
      },
    ],
    attributions: [attribution],
    summary: [
      '1500 rows were compared with 2 transfers and 1 reference frames; ten or more of them occur in 2 of the transfers.',
      ...attribution.summary,
    ],
  };
}
