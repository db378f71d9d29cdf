import { describe, expect, it } from 'vitest';
import type { AgencyId, Day, EntryId } from '../../../core/model/scalars.ts';
import { aLeak, aRetrospectiveTransfer, aSha256, aTransfer } from '../../support/transfers.ts';
import { columns, idOf, type Recorded, trace, worldOf } from './world.ts';

/**
 * The case that this ledger is for: numbers, national ids and addresses of people of one province, old, circulate
 * online. No single hand-over held all three; two back-filled ones of 2022 together did.
 */
const party = (agencyId: string) => ({ agencyId });
const of = (...areas: string[]) => ({ areas, subjects: 'subscribers' });
const stated2022 = {
  provider: party('numbering-authority'),
  snapshot: { from: '2022-02-01', to: '2022-02-28' },
  handedOver: { earliest: '2022-03-01', latest: '2022-04-30' },
  access: 'bulk' as const,
  confidence: 'high' as const,
};

const transfers: Recorded[] = [
  {
    record: aRetrospectiveTransfer({
      ...stated2022,
      recipient: party('hill-it-board'),
      fields: columns('msisdn', 'cnic', 'activation-date'),
      coverage: of('PK-PB'),
    }),
  },
  {
    record: aRetrospectiveTransfer({
      ...stated2022,
      recipient: party('harbour-income-support'),
      fields: columns('cnic', 'name', 'address'),
      coverage: of('PK-PB', 'PK-SD'),
    }),
  },
  // A recent extract has all three fields, but shows what came after the leak's last fact.
  { record: aTransfer({ fields: columns('msisdn', 'cnic', 'address') }) },
  // Another province.
  {
    record: aRetrospectiveTransfer({
      ...stated2022,
      recipient: party('coast-it-board'),
      fields: columns('msisdn', 'cnic', 'address'),
      coverage: of('PK-SD'),
    }),
  },
  // Too old for the newest fact of the leak.
  {
    record: aTransfer({
      fields: columns('cnic', 'address'),
      snapshot: { from: '2019-05-01', to: '2019-05-31' },
      handedOver: { earliest: '2019-06-10', latest: '2019-06-10' },
      retention: { until: '2021-01-01' },
    }),
  },
  // Addresses in the right place and time, but masked.
  {
    record: aRetrospectiveTransfer({
      ...stated2022,
      recipient: party('statistics-bureau'),
      fields: columns('gender', ['address', 'aggregated']),
      coverage: of('PK-PB'),
    }),
  },
  // Something was handed to this one; nobody knows what.
  { record: aRetrospectiveTransfer({ recipient: party('relief-office') }) },
];

const leak = aLeak({
  fields: ['msisdn', 'cnic', 'address'],
  areas: ['PK-PB'],
  vintage: { from: '2022-01-15', to: '2022-03-31' },
  seenOn: '2023-11-20',
});

describe('an old leak of number, national id and address in Punjab', () => {
  const before2024 = transfers.filter((_, n) => n !== 2);
  const answer = trace(worldOf(transfers), leak);

  it('is covered by no single transfer, and by the two of 2022 together', () => {
    expect(answer.counts).toMatchObject({ transfers: 7, candidates: 4, coverAll: 0, excluded: 3 });
    expect(answer.sets).toMatchObject({ exact: true, setsFound: '1', uncovered: [], truncated: false });
    expect(answer.sets.listed).toHaveLength(1);
    expect(answer.sets.listed[0]?.members).toEqual([
      { transferId: idOf(0), onlyHere: ['msisdn'] },
      { transferId: idOf(1), onlyHere: ['address'] },
    ]);
  });

  it('says for and against the two in combination', () => {
    expect(answer.sets.listed[0]?.joint.map(({ code, bearing }) => [code, bearing])).toEqual([
      ['no-common-holder', 'against'],
      ['join-key', 'for'],
      ['one-provider', 'neutral'],
    ]);
  });

  it('ranks them first, with evidence for and against each', () => {
    const [first, second] = answer.candidates.items;
    expect([first, second].map((each) => each?.transfer.recipient).sort()).toEqual([
      'harbour-income-support',
      'hill-it-board',
    ]);
    const it = answer.candidates.items.find(({ transfer }) => transfer.recipient === 'hill-it-board');
    expect(it).toMatchObject({ covers: ['msisdn', 'cnic'], missing: ['address'], fieldsKnown: true });
    const codes = (bearing: string) =>
      it?.evidence.filter((each) => each.bearing === bearing).map(({ code }) => code);
    expect(codes('for')).toEqual(['field-covered', 'snapshot-fits', 'area-covered', 'access-bulk']);
    expect(codes('against')).toEqual(['field-missing']);
    expect(codes('neutral')).toEqual(['recorded-later', 'retention-unknown', 'not-acknowledged']);
  });

  it('excludes the others with the reason', () => {
    expect(
      answer.excluded.items.map(({ sequence, reasons }) => [sequence, reasons.map(({ code }) => code)]),
    ).toEqual([
      [2, ['handed-over-after-leak', 'snapshot-after-leak']],
      [3, ['area-disjoint']],
      [4, ['newest-fact-after-snapshot']],
    ]);
  });

  it('keeps what is masked or not recorded as candidates that cover nothing', () => {
    const last = answer.candidates.items.slice(2).map(({ transfer, covers }) => [transfer.recipient, covers]);
    expect(last).toEqual([
      ['relief-office', []],
      ['statistics-bureau', []],
    ]);
    expect(answer.counts).toMatchObject({ coverSome: 2, coverNone: 1, fieldsUnknown: 1 });
  });

  it('counts for each field who gave it, and who would have but is excluded', () => {
    expect(answer.fields).toEqual([
      { field: 'msisdn', clear: 1, altered: 0, excluded: 2 },
      { field: 'cnic', clear: 2, altered: 0, excluded: 3 },
      { field: 'address', clear: 1, altered: 1, excluded: 3 },
    ]);
  });

  it('says in sentences what it found', () => {
    expect(answer.summary).toEqual([
      '4 of 7 recorded transfers are consistent with the description, as a whole or in part; 3 are excluded by their own records.',
      'No candidate by itself gave all 3 leaked fields in the clear.',
      'Every leaked field was given in the clear by some candidate.',
      'One set, of 2 transfers, covers all leaked fields without a dispensable member.',
      '1 candidate has no record of the fields handed over, and could hold any.',
      'A transfer is excluded for what its record says; a wrong record excludes wrongly.',
    ]);
  });

  it('says what the ledger does not cover', () => {
    const declaration = {
      entryId: aSha256('declaration').slice(0, 32) as EntryId,
      provider: 'numbering-authority' as AgencyId,
      from: '2022-01-01' as Day,
      to: '2022-12-31' as Day,
    };
    const { coverage, hypotheses } = trace(worldOf(before2024), leak, [declaration]);
    expect(coverage).toMatchObject({
      period: { from: '2022-01-15', to: '2023-11-20' },
      providersTotal: 1,
      providersWithGaps: 1,
      recordedLater: { candidates: 4, of: 4 },
    });
    expect(coverage.providers[0]).toMatchObject({
      gaps: [{ from: '2023-01-01', to: '2023-11-20' }],
      gapDays: 324,
    });
    expect(hypotheses.map(({ code }) => code)).toEqual([
      'several-transfers',
      'fields-not-recorded',
      'at-the-provider',
      'not-in-the-ledger',
    ]);
  });

  it('with a field that nobody handed over says so, and covers the rest', () => {
    const wider = trace(worldOf(transfers), { ...leak, fields: [...leak.fields, 'birth-date'] });
    expect(wider.sets).toMatchObject({ uncovered: ['birth-date'], setsFound: '1' });
    expect(wider.summary[2]).toContain('No candidate gave birth-date in the clear');
  });
});
