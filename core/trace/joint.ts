import type { TransferFacts } from '../index/facts.ts';
import type { TransferState } from '../lifecycle/transfer.ts';
import { entryIdWithin } from '../model/entry.ts';
import { type AgencyId, type Day, daysBetween } from '../model/scalars.ts';
import { areasOverlap, type CanonicalField } from '../model/vocabulary.ts';
import type { TraceEvidence } from './answer.ts';
import type { SetCode } from './codes.ts';
import type { Question } from './compare.ts';
import { evidence, firstOf, listed } from './finding.ts';

/** A transfer of a set, and what is known of it now. */
export interface Member {
  readonly facts: TransferFacts;
  readonly now: TransferState;
}

/** What speaks for and against the members of a set as an explanation in combination. */
export function jointEvidence({ leak }: Question, members: readonly Member[]): TraceEvidence[] {
  const finding = (code: SetCode, record: string[], detail: string) =>
    evidence(code, { detail, restsOn: { record } });
  const found: TraceEvidence[] = [];
  if (members.length > 1) {
    const facts = members.map((member) => member.facts);
    found.push(holders(facts, finding), joinability(facts, finding));
    const [provider] = inAll(facts.map((one) => [one.provider]));
    if (provider)
      found.push(
        finding(
          'one-provider',
          ['/provider'],
          `All come from ${provider}, whose own copy holds them together.`,
        ),
      );
    found.push(...differences(members, finding));
  }
  const rows = members.reduce<number | undefined>(
    (sum, { facts }) => (sum === undefined || facts.rows === undefined ? undefined : sum + facts.rows),
    0,
  );
  if (leak.rows && rows !== undefined && rows < leak.rows.count) {
    const exact = leak.rows.exact && members.every(({ now }) => now.record.volume?.exact);
    const detail = `Together ${rows} rows were handed over, and the leak holds ${leak.rows.count}. ${
      exact
        ? 'Both are exact: this cannot be all of the leak, unless rows were split or repeated.'
        : 'Not all of these counts are exact.'
    }`;
    const restsOn = { leak: ['/rows/count'], record: ['/volume/rows'] };
    found.push(evidence('rows-too-few', { detail, restsOn }));
  }
  return found;
}

type Finding = (code: SetCode, record: string[], detail: string) => TraceEvidence;

function holders(facts: readonly TransferFacts[], finding: Finding): TraceEvidence {
  const record = ['/provider', '/recipient'];
  const [recipient] = inAll(facts.map((one) => [one.recipient]));
  if (recipient) return finding('one-recipient', ['/recipient'], `All were handed to ${recipient}.`);
  const holder = inAll(facts.map((one) => [one.provider, one.recipient])).find((agency) =>
    facts.some((one) => one.recipient === agency),
  );
  if (holder)
    return finding(
      'one-holder',
      record,
      `${holder} received some of them and provided the others: it held all of them.`,
    );
  const recipients = [...new Set(facts.map((one) => one.recipient))];
  return finding(
    'no-common-holder',
    record,
    `No recipient is recorded with all of them: they would have had to come together from ${firstOf(recipients)}.`,
  );
}

const inAll = (lists: readonly (readonly AgencyId[])[]): AgencyId[] => {
  const [first = [], ...others] = lists;
  return [...new Set(first)].filter((agency) => others.every((list) => list.includes(agency))).sort();
};

/** Identifiers of a person, a subscription or a device, by which two extracts can be joined row by row. */
export const JOIN_KEYS: readonly CanonicalField[] = [
  'msisdn',
  'cnic',
  'imsi',
  'imei',
  'iccid',
  'passport-number',
  'ntn',
  'email',
  'bank-account',
  'vehicle-registration',
];

/** With a name they tell many persons apart, and confuse many. */
const BESIDE_A_NAME: readonly CanonicalField[] = ['father-name', 'mother-name', 'birth-date', 'address'];

function joinability(facts: readonly TransferFacts[], finding: Finding): TraceEvidence {
  const shared = (a: TransferFacts, b: TransferFacts, fields: readonly CanonicalField[]) =>
    fields.filter((field) => a.clearFields?.includes(field) && b.clearFields?.includes(field));
  const byKey = (a: TransferFacts, b: TransferFacts) => shared(a, b, JOIN_KEYS).length > 0;
  const byName = (a: TransferFacts, b: TransferFacts) =>
    shared(a, b, ['name']).length > 0 && shared(a, b, BESIDE_A_NAME).length > 0;

  if (isConnected(facts, byKey)) {
    const keys = JOIN_KEYS.filter(
      (field) => facts.filter((one) => one.clearFields?.includes(field)).length > 1,
    );
    return finding(
      'join-key',
      ['/fields'],
      `Their rows can be joined by ${listed(keys)}, which they hold in common in the clear.`,
    );
  }
  if (isConnected(facts, (a, b) => byKey(a, b) || byName(a, b)))
    return finding(
      'weak-join-key',
      ['/fields'],
      'Some of them share no identifier, but a name with another attribute: joined by these, many rows would be about different people.',
    );
  return finding(
    'no-join-key',
    ['/fields'],
    'Some of them hold nothing in common in the clear by which rows could be joined: a less plausible explanation, unless the leak is a mere heap of both.',
  );
}

/** Whether steps from one to the next of those linked reach all. */
function isConnected<T>(items: readonly T[], linked: (a: T, b: T) => boolean): boolean {
  const open = items.slice(0, 1);
  const reached = new Set(open);
  for (const item of open)
    for (const other of items)
      if (!reached.has(other) && linked(item, other)) {
        reached.add(other);
        open.push(other);
      }
  return reached.size === items.length;
}

function differences(members: readonly Member[], finding: Finding): TraceEvidence[] {
  const found: TraceEvidence[] = [];
  const areas = members.flatMap(({ facts }) => (facts.areas ? [facts.areas] : []));
  if (areas.some((some) => areas.some((others) => !haveCommonGround(some, others))))
    found.push(
      finding(
        'members-share-no-area',
        ['/coverage/areas'],
        'Two of them cover areas that have no ground in common, so few people can be in both.',
      ),
    );

  const apart = daysApart(members.map(({ facts }) => facts));
  if (apart > 0)
    found.push(
      finding(
        'snapshots-apart',
        ['/snapshot'],
        `Their snapshots are ${apart} days apart. Numbers that changed hands in between would stand beside the wrong person, as in a leak whose rows mix up people.`,
      ),
    );

  const ids = new Set(members.map(({ facts }) => facts.transferId));
  const replacements = members.flatMap(({ now }) =>
    now.supersededBy && ids.has(now.supersededBy) ? [entryIdWithin(now.supersededBy)] : [],
  );
  if (replacements.length > 0)
    found.push(
      evidence('record-and-its-replacement', {
        detail: 'One of them is the record that replaces another of them: they are one hand-over, not two.',
        restsOn: { entries: replacements },
      }),
    );
  return found;
}

const haveCommonGround = (some: readonly string[], others: readonly string[]): boolean =>
  some.some((area) => others.some((other) => areasOverlap(area, other)));

/** Days between the earliest end and the latest begin of the stated snapshots; 0 where all share a day. */
function daysApart(facts: readonly TransferFacts[]): number {
  const snapshots = facts.flatMap(({ snapshot }) => snapshot ?? []);
  const ends = snapshots.map(({ to }): Day => to).sort();
  const begins = snapshots.map(({ from }): Day => from).sort();
  const [end] = ends;
  const begin = begins.at(-1);
  return end && begin ? Math.max(0, daysBetween(end, begin)) : 0;
}
