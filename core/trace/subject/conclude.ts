import { keysOf } from '../../fingerprint/filter/order.ts';
import type { FingerprintHeader } from '../../fingerprint/header.ts';
import { NORMALISATION } from '../../fingerprint/normalise/row.ts';
import { FALSE_POSITIVE_RATE, type FingerprintSet } from '../../fingerprint/types.ts';
import type { TransferFacts } from '../../index/facts.ts';
import type { Day, EntryId, Sha256 } from '../../model/scalars.ts';
import {
  SUBJECT_SETS,
  type SubjectAsked,
  type SubjectQuestion,
  type SubjectSet,
} from '../../model/subject.ts';
import { NOT_COMPARED, type NotCompared } from '../sample/answer.ts';
import { stateOf } from '../sample/conclude.ts';
import type { SubjectAnswer } from './answer.ts';

/** Raised whenever the same question over the same files could be answered otherwise. */
export const SUBJECT_METHOD_VERSION = 1;

const RULES = [
  'A person is told by keyed fingerprints of number, id, and both as one row, as they stood in the extract that was handed over.',
  'A filter never misses what it holds, and claims one value in 65,536 that it does not hold. So “no” is certain as far as the extract could be read, and “possible” is not proof.',
  'Numbers change hands. Where the number alone is found, the row may be that of somebody else who had it on the day of the extract.',
  'A transfer without a fingerprint file, or under keys or of fields that the question lacks, is unknown: it may have held the person.',
] as const;

/** What a file says of a person. */
export interface HeldBy {
  /** The day whose state the file shows. */
  readonly stateOf: Day;
  /** Cells of the fields tested that could not be read when the file was made. */
  readonly unread: number;
  readonly tested: readonly SubjectSet[];
  readonly held: readonly SubjectSet[];
}

/** Asks one file about the person. */
export async function askFile(
  question: SubjectQuestion,
  file: FingerprintSet,
): Promise<HeldBy | NotCompared> {
  const { header } = file;
  const ring = question.keyrings.find(
    ({ provider, epoch, keyCheck }) =>
      provider === header.provider && epoch === header.epoch && keyCheck === header.keyCheck,
  );
  if (!ring) return 'other-key';
  const tested = SUBJECT_SETS.filter((set) => ring.values[set] !== undefined && file.fieldSets.includes(set));
  if (tested.length === 0) return 'no-common-fields';
  const held: SubjectSet[] = [];
  for (const set of tested) {
    const value = BigInt(`0x${ring.values[set]}`);
    const words = Uint32Array.of(Number(value & 0xffff_ffffn), Number(value >> 32n));
    if ((await file.contains(set, keysOf(words)))[0] === 1) held.push(set);
  }
  return { stateOf: stateOf(header), unread: unreadIn(header, tested), tested, held };
}

/** What the ledger keeps of a question. */
export const askedOf = (question: SubjectQuestion, questionSha256: Sha256): SubjectAsked => ({
  caseReference: question.caseReference,
  sets: SUBJECT_SETS.filter((set) => question.keyrings.some(({ values }) => values[set] !== undefined)),
  keys: question.keyrings.map(({ provider, epoch, keyCheck }) => ({ provider, epoch, keyCheck })),
  questionSha256,
});

export interface Subjected {
  readonly entryId: EntryId;
  readonly caseReference: string;
  readonly size: number;
  readonly outcomes: readonly { readonly facts: TransferFacts; readonly outcome: HeldBy | NotCompared }[];
}

export function concludeSubject({ entryId, caseReference, size, outcomes }: Subjected): SubjectAnswer {
  const transfers = outcomes
    .flatMap(({ facts, outcome }) => (typeof outcome === 'object' ? [transferOf(facts, outcome)] : []))
    .sort((a, b) => b.held.length - a.held.length || (orderOf(a) < orderOf(b) ? -1 : 1));
  const unknown = outcomes.flatMap(({ facts: { transferId }, outcome }) =>
    typeof outcome === 'object' ? [] : [{ transferId, code: outcome, detail: NOT_COMPARED[outcome] }],
  );
  return {
    entryId,
    caseReference,
    reflects: { size },
    method: {
      name: 'subject-request',
      version: SUBJECT_METHOD_VERSION,
      normalisation: NORMALISATION,
      prf: 'aes-256-cmac/60',
      filter: 'fuse-16/1',
      rules: [...RULES],
    },
    transfers,
    unknown,
    summary: summaryOf(transfers, unknown.length),
  };
}

type Asked = SubjectAnswer['transfers'][number];

const orderOf = ({ handedOver, transferId }: Asked) => `${handedOver.earliest} ${transferId}`;

function transferOf(facts: TransferFacts, { stateOf, unread, tested, held }: HeldBy): Asked {
  const { transferId, provider, recipient, dataset, handedOver, fingerprint } = facts;
  return {
    transferId,
    provider,
    recipient,
    dataset: { ...dataset },
    handedOver: { ...handedOver },
    fileSha256: fingerprint?.sha256 as Sha256,
    stateOf,
    answer: held.length > 0 ? 'possible' : 'no',
    held: [...held],
    tested: [...tested],
    falsePositives: falsePositives(tested.length),
    unread,
  };
}

/** That at least one of so many values seems to be there; to six decimals, the same on every machine. */
const falsePositives = (values: number): number =>
  Number((1 - (1 - FALSE_POSITIVE_RATE) ** values).toFixed(6));

/** Empty cells are nobody's. */
function unreadIn({ rejected }: FingerprintHeader, tested: readonly SubjectSet[]): number {
  const fields = new Set(['row', ...tested.flatMap((set) => set.split('+'))]);
  return Object.entries(rejected)
    .filter(([field]) => fields.has(field))
    .flatMap(([, reasons]) => Object.entries(reasons))
    .reduce((sum, [reason, count]) => sum + (reason === 'empty' ? 0 : count), 0);
}

function summaryOf(transfers: readonly Asked[], unknown: number): string[] {
  const possible = transfers.filter(({ answer }) => answer === 'possible').length;
  const byChance = transfers.reduce((sum, each) => sum + each.falsePositives, 0);
  return [
    `${possible} of ${transfers.length} transfers with fingerprints may have held the person; of somebody who is in none of them, about ${byChance.toFixed(3)} would say so by chance.`,
    ...(unknown > 0 ? [`Of ${unknown} more it cannot be said: they may have held the person.`] : []),
  ];
}
