import { describe, expect, it } from 'vitest';
import type { LeakDescription } from '../../../core/model/incident.ts';
import type { AgencyId } from '../../../core/model/scalars.ts';
import type { TransferRecord } from '../../../core/model/transfer.ts';
import { aLeak, aTransfer, PROVIDER, RECIPIENT, THIRD_PARTY } from '../../support/transfers.ts';
import { columns, idOf, type Recorded, trace, worldOf } from './world.ts';

const leak = aLeak({ fields: ['msisdn', 'address'], vintage: undefined, areas: undefined });

/** What is found about the set of these transfers, which is the only one. */
function joint(members: readonly Recorded[], of: LeakDescription = leak) {
  const [set, ...others] = trace(worldOf(members), of).sets.listed;
  expect(others).toEqual([]);
  expect(set?.members).toHaveLength(members.length);
  return new Map(set?.joint.map((each) => [each.code, each]));
}

const party = (agencyId: AgencyId | string) => ({ agencyId });
type Overrides = Parameters<typeof aTransfer>[0];
const gave = (fields: TransferRecord['fields'], overrides: Overrides = {}): Recorded => ({
  record: aTransfer({ fields, ...overrides }),
});
const numbers = (overrides: Overrides = {}) => gave(columns('msisdn', 'cnic'), overrides);
const addresses = (overrides: Overrides = {}) => gave(columns('address', 'cnic'), overrides);

describe('a set of transfers', () => {
  it('to one recipient: for', () => {
    expect(joint([numbers(), addresses()]).get('one-recipient')).toMatchObject({
      bearing: 'for',
      points: 10,
      detail: `All were handed to ${RECIPIENT}.`,
      restsOn: { record: ['/recipient'] },
    });
  });

  it('of which one agency got some and provided the others: for', () => {
    const onward = addresses({ provider: party(RECIPIENT), recipient: party(THIRD_PARTY) });
    const found = joint([numbers(), onward]);
    expect(found.get('one-holder')).toMatchObject({ bearing: 'for', points: 8 });
    expect(found.get('one-holder')?.detail).toContain(RECIPIENT);
  });

  it('to several recipients: against, and where from one provider, that is a rival explanation', () => {
    const found = joint([numbers(), addresses({ recipient: party(THIRD_PARTY) })]);
    expect(found.get('no-common-holder')).toMatchObject({ bearing: 'against', points: -3 });
    expect(found.get('one-provider')).toMatchObject({ bearing: 'neutral', points: 0 });
    expect(found.get('one-provider')?.detail).toContain(PROVIDER);
  });

  it('from several providers to several recipients: no provider is named', () => {
    const other = addresses({ provider: party('land-office'), recipient: party(THIRD_PARTY) });
    expect(joint([numbers(), other]).has('one-provider')).toBe(false);
  });
});

describe('the rows of a set', () => {
  it('with a common identifier can be joined: for', () => {
    expect(joint([numbers(), addresses()]).get('join-key')).toMatchObject({ bearing: 'for', points: 5 });
    expect(joint([numbers(), addresses()]).get('join-key')?.detail).toContain('by cnic,');
  });

  it('with an identifier that is masked in one of them cannot', () => {
    const masked = gave(columns('address', ['cnic', 'masked']));
    expect(joint([numbers(), masked]).has('join-key')).toBe(false);
  });

  it('with a name and another attribute can be joined badly: against', () => {
    const members = [
      gave(columns('msisdn', 'name', 'birth-date')),
      gave(columns('address', 'name', 'birth-date')),
    ];
    expect(joint(members).get('weak-join-key')).toMatchObject({ bearing: 'against', points: -4 });
  });

  it('with only a name cannot be joined: against, more', () => {
    const members = [gave(columns('msisdn', 'name')), gave(columns('address', 'name'))];
    expect(joint(members).get('no-join-key')).toMatchObject({ bearing: 'against', points: -10 });
  });

  it('are joined from one to the next', () => {
    const wide = aLeak({ fields: ['income', 'address', 'tariff'], vintage: undefined, areas: undefined });
    const members = [
      gave(columns('income', 'cnic')),
      gave(columns('address', 'cnic', 'msisdn')),
      gave(columns('tariff', 'msisdn')),
    ];
    expect(joint(members, wide).has('join-key')).toBe(true);
    expect(
      joint(
        [members[0], gave(columns('address')), members[2]].flatMap((m) => m ?? []),
        wide,
      ).has('no-join-key'),
    ).toBe(true);
  });

  it('all together fewer than the leak holds: against', () => {
    const few = { volume: { rows: 40, exact: true } };
    const counted = (count: number, exact = true) => ({ ...leak, rows: { count, exact } });
    const found = joint([numbers(few), addresses(few)], counted(81)).get('rows-too-few');
    expect(found).toMatchObject({ bearing: 'against', points: -10 });
    expect(found?.detail).toContain('Both are exact');
    expect(joint([numbers(few), addresses(few)], counted(80)).has('rows-too-few')).toBe(false);
    expect(joint([numbers(few), addresses(few)], counted(81, false)).get('rows-too-few')?.detail).toContain(
      'Not all of these counts are exact',
    );
  });

  it('of a single transfer may be too few as well', () => {
    const single = gave(columns('msisdn', 'address'), { volume: { rows: 9, exact: true } });
    expect([...joint([single], { ...leak, rows: { count: 10, exact: true } }).keys()]).toEqual([
      'rows-too-few',
    ]);
  });

  it('are of an unknown number when one of them is', () => {
    const counted = { ...leak, rows: { count: 1_000_000_000, exact: true } };
    const unknown = addresses({
      assertion: 'inferred',
      confidence: 'low',
      evidence: [{ kind: 'other', description: 'Inferred from a letter' }],
      volume: undefined,
      lacking: [{ part: 'volume', reason: 'not in the letter' }],
    });
    expect(joint([numbers(), unknown], counted).has('rows-too-few')).toBe(false);
  });
});

describe('the members of a set', () => {
  it('of areas without common ground: against', () => {
    const of = (...areas: string[]) => ({ coverage: { areas, subjects: 'subscribers' } });
    expect(joint([numbers(of('PK-PB')), addresses(of('PK-SD'))]).get('members-share-no-area')).toMatchObject({
      bearing: 'against',
      points: -10,
    });
    expect(joint([numbers(of('PK-PB')), addresses(of('PK'))]).has('members-share-no-area')).toBe(false);
  });

  it('of different days: neutral, and explains rows about different people', () => {
    const of = (from: string, to: string) => ({ snapshot: { from, to } });
    const found = joint([numbers(of('2023-01-01', '2023-01-31')), addresses(of('2024-02-01', '2024-02-29'))]);
    expect(found.get('snapshots-apart')).toMatchObject({ bearing: 'neutral', points: 0 });
    expect(found.get('snapshots-apart')?.detail).toContain('366 days apart');
    expect(joint([numbers(), addresses()]).has('snapshots-apart')).toBe(false);
  });

  it('that are a record and its replacement: against, for they are one hand-over', () => {
    const replaced = {
      ...numbers(),
      events: [
        {
          kind: 'record-superseded' as const,
          body: { occurredOn: '2024-06-01', by: idOf(1), reason: 'Wrong' },
        },
      ],
    };
    expect(joint([replaced, addresses()]).get('record-and-its-replacement')).toMatchObject({
      bearing: 'against',
      points: -20,
    });
    expect(joint([numbers(), addresses()]).has('record-and-its-replacement')).toBe(false);
  });
});
