import { timesOf, type Verbal, verbalOf } from '../../attribution/verbal.ts';
import { averaged, times, weighMarks } from '../../fingerprint/marks/score.ts';
import type { FingerprintField } from '../../fingerprint/sets.ts';
import type { TransferFacts } from '../../index/facts.ts';
import type { LeakDevices } from '../../model/incident.ts';
import { plural } from '../finding.ts';
import type { DevicesAnswer } from './answer.ts';

/** Raised whenever the same counts could be weighed otherwise. */
export const DEVICES_METHOD_VERSION = 1;

/** How often a row happens to have the number or id of a given planted record: those are set aside, so by error alone. */
const BY_ERROR = 1e-9;

const RULES = [
  'Planted records and spellings were looked for where the keys and lists are. What is counted is what whoever holds them reports; the same file, list and key give the same counts again.',
  'A planted record was handed over to one recipient. That it stands in the leak says that rows come from that copy, or from one at the provider; that none does says little about a small sample.',
  `The number or id of a planted record is nobody’s: a row is taken to have it by error one time in ${(1 / BY_ERROR).toLocaleString('en')}.`,
  'A marked copy spells a row one way or another as its key decides. Rows from elsewhere agree with it in half of their cells. Where somebody has spelled all rows anew, nothing is said for or against.',
  'How large a share of the leak comes from a copy is not known: likelihoods are averaged over it.',
] as const;

/** What was counted in the leak, by the transfers whose records have the lists and labels. */
export function weighDevices(devices: LeakDevices, facts: readonly TransferFacts[]): Weighed {
  const { fileSha256, rows, canaries = [], marks = [] } = devices;
  const byList = Map.groupBy(facts, (each) => each.canaries?.sha256 ?? '');
  const byLabel = Map.groupBy(facts, ({ marking }) => marking?.label ?? '');
  const found = canaries.flatMap((list) =>
    (byList.get(list.sha256) ?? []).map((each) => canariesOf(list, rows, each)),
  );
  const scored = marks.flatMap((counted) =>
    (byLabel.get(counted.label) ?? []).map((each) => marksOf(counted, each)),
  );
  const has = (property: 'canaries' | 'marking') => facts.filter((each) => each[property]).length;
  const answer = {
    fileSha256,
    rows,
    canaries: found.sort(strongestFirst),
    marks: scored.sort(strongestFirst),
    unknown: {
      canaries: canaries.filter(({ sha256 }) => !byList.has(sha256)).length,
      marks: marks.filter(({ label }) => !byLabel.has(label)).length,
    },
    notSought: {
      canaries: has('canaries') - new Set(found.map(({ transferId }) => transferId)).size,
      marks: has('marking') - new Set(scored.map(({ transferId }) => transferId)).size,
    },
  };
  return {
    method: { name: 'tracing-by-devices', version: DEVICES_METHOD_VERSION, rules: [...RULES] },
    ...answer,
    summary: summaryOf(answer),
  };
}

/** As a finding is written: its ratio is always in words too, which answers kept earlier lack. */
interface InWords {
  readonly verbal: Verbal;
  readonly sentence: string;
}
type FoundCanaries = DevicesAnswer['canaries'][number] & InWords;
type ScoredMarks = DevicesAnswer['marks'][number] & InWords;
/** {@link DevicesAnswer} as it is written. */
type Weighed = DevicesAnswer & { readonly canaries: FoundCanaries[]; readonly marks: ScoredMarks[] };

const strongestFirst = (a: FoundCanaries | ScoredMarks, b: FoundCanaries | ScoredMarks) =>
  b.log10Lr - a.log10Lr || (a.transferId < b.transferId ? -1 : 1);

function canariesOf(
  { sha256, planted, among, found, inRows }: NonNullable<LeakDevices['canaries']>[number],
  rows: number,
  { transferId, provider, recipient }: TransferFacts,
): FoundCanaries {
  const expected = decimals((rows * planted) / among);
  const log10Lr = decimals(canaryLr(inRows, rows, planted / among));
  const detail =
    found > 0
      ? `${plural(found, 'record', 'records')} of the ${planted} that were planted in this copy alone ${found === 1 ? 'stands' : 'stand'} in the leak.`
      : `None of the ${planted} planted records stands in the leak; if all of its rows came from this copy, ${expected} would be expected.`;
  const of = { transferId, provider, recipient };
  return { ...of, ...saidOf(log10Lr), detail, sha256, planted, found, inRows, expected };
}

/** A share `w` of the rows from this copy has planted ones among them at `w · density`. */
const canaryLr = (inRows: number, rows: number, density: number): number =>
  averaged(
    (w) =>
      times(inRows, Math.log1p((w * density) / BY_ERROR)) + times(rows - inRows, Math.log1p(-w * density)),
  );

function marksOf(
  { label, fields, omission }: NonNullable<LeakDevices['marks']>[number],
  { transferId, provider, recipient, marking }: TransferFacts,
): ScoredMarks {
  const carrying = fields.flatMap(({ field, ...counts }) =>
    marking?.fields.includes(field) ? [{ field: field as FingerprintField, ...counts }] : [],
  );
  const score = weighMarks({ fields: carrying, ...(omission && { omission }) }, marking?.omitted);
  const log10Lr = decimals(score.log10Lr);
  const rounded = <T extends { log10Lr: number }>(each: T): T => ({
    ...each,
    log10Lr: decimals(each.log10Lr),
  });
  const [read, agreeing] = [
    sum(carrying.map((each) => each.read)),
    sum(carrying.map((each) => each.agreeing)),
  ];
  const left = score.omission
    ? ` ${score.omission.contradicting} of ${score.omission.rows.toLocaleString('en')} rows with an id are among those that this copy left out.`
    : '';
  return {
    ...{ transferId, provider, recipient, ...saidOf(log10Lr) },
    detail: `${agreeing.toLocaleString('en')} of ${read.toLocaleString('en')} cells are spelled as in this copy.${left}`,
    label,
    fields: score.fields.map(rounded),
    ...(score.omission && { omission: rounded(score.omission) }),
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Two of them, or 0: an answer must come out the same on every machine. */
const decimals = (value: number): number => Number(value.toFixed(2)) + 0;

/** A ratio in words. Twice as probable is the least that is said to speak for anything. */
function saidOf(log10Lr: number) {
  const verbal = verbalOf(log10Lr);
  const bearing = ({ contributed: 'for', 'did-not': 'against', neither: 'neutral' } as const)[
    verbal.supports
  ];
  return { log10Lr, verbal, bearing, sentence: sentenceOf(log10Lr) };
}

/** Said of the finding, never of the recipient: what is more probable, not who it was. */
function sentenceOf(log10Lr: number): string {
  const { supports, strength } = verbalOf(log10Lr);
  if (supports === 'neither')
    return 'This is about as probable if rows come from this copy as if none do: it supports neither.';
  const times = timesOf(Math.abs(log10Lr));
  return supports === 'contributed'
    ? `This is ${times} times more probable if rows come from this copy than if none do: ${strength} support that rows come from it.`
    : `This is ${times} times more probable if no rows come from this copy than if some do: ${strength} support that none do.`;
}

function summaryOf({
  canaries,
  marks,
  notSought,
}: Pick<DevicesAnswer, 'canaries' | 'marks' | 'notSought'>): string[] {
  const hit = canaries.filter(({ found }) => found > 0);
  const spelled = marks.filter(({ bearing }) => bearing === 'for');
  const recipients = (items: readonly { recipient: string; transferId: string }[]) =>
    items.map(({ recipient, transferId }) => `${recipient} (${transferId})`).join(', ');
  return [
    ...(canaries.length > 0
      ? [
          hit.length > 0
            ? `Planted records were found of: ${recipients(hit)}.`
            : 'No planted record was found.',
        ]
      : []),
    ...(marks.length > 0
      ? [
          spelled.length > 0
            ? `The rows are spelled as those handed over to: ${recipients(spelled)}.`
            : 'The rows are spelled as in none of the marked copies more than chance has it.',
        ]
      : []),
    ...(notSought.canaries > 0
      ? [`Nobody looked for the planted records of ${plural(notSought.canaries, 'transfer', 'transfers')}.`]
      : []),
    ...(notSought.marks > 0
      ? [`Nobody looked for the marks of ${plural(notSought.marks, 'transfer', 'transfers')}.`]
      : []),
  ];
}
