import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AgencyId, addDays, type Day, type EntryId } from '../../../core/model/scalars.ts';
import { type Declared, gapsIn } from '../../../core/trace/gaps.ts';
import { aLeak, aRetrospectiveTransfer, aSha256, aTransfer, PROVIDER } from '../../support/transfers.ts';
import { columns, trace, worldOf } from './world.ts';

const day = (n: number): Day => addDays('2024-01-01' as Day, n);
const declared = (from: string, to: string, more: Partial<Declared> = {}): Declared => ({
  entryId: aSha256(from).slice(0, 32) as EntryId,
  provider: PROVIDER,
  from: from as Day,
  to: to as Day,
  ...more,
});

describe('the gaps of a period', () => {
  const periods = fc.array(
    fc.tuple(fc.integer({ min: -20, max: 60 }), fc.integer({ min: 0, max: 20 })).map(([from, length]) => ({
      from: day(from),
      to: day(from + length),
    })),
    { maxLength: 8 },
  );

  it('hold exactly the days that nothing covers', () => {
    fc.assert(
      fc.property(periods, (covered) => {
        const gaps = gapsIn({ from: day(0), to: day(40) }, covered);
        const within = (those: readonly { from: Day; to: Day }[], one: Day) =>
          those.some(({ from, to }) => from <= one && one <= to);
        for (let n = -1; n <= 41; n++) {
          const asked = n >= 0 && n <= 40;
          expect(within(gaps, day(n))).toBe(asked && !within(covered, day(n)));
        }
        gaps.forEach(({ from, to }, i) => {
          expect(from <= to).toBe(true);
          const next = gaps[i + 1];
          // Whole gaps, not pieces of them.
          if (next) expect(next.from > addDays(to, 1)).toBe(true);
        });
      }),
    );
  });
});

describe('the coverage of a trace', () => {
  const leak = aLeak({ vintage: { from: '2024-02-10' }, seenOn: '2024-06-30' });
  const coverage = (declarations: readonly Declared[]) =>
    trace(worldOf([{ record: aTransfer() }]), leak, declarations).coverage;

  it('is about the time from the newest fact to the day on which the leak was first seen', () => {
    expect(coverage([]).period).toEqual({ from: '2024-02-10', to: '2024-06-30' });
  });

  it('is about the time since the first hand-over where the vintage is not known', () => {
    const unknown = aLeak({ vintage: undefined, seenOn: '2024-06-30' });
    expect(trace(worldOf([{ record: aTransfer() }]), unknown).coverage.period.from).toBe('2024-03-10');
    expect(trace(worldOf([]), unknown).coverage.period.from).toBe('2024-06-30');
  });

  it('names the gaps of each provider, and the declarations that touch the period', () => {
    const [provider] = coverage([
      declared('2024-01-01', '2024-03-31'),
      declared('2024-05-01', '2024-06-15'),
      declared('2023-01-01', '2023-12-31'),
    ]).providers;
    expect(provider).toMatchObject({
      provider: PROVIDER,
      transfers: 1,
      candidates: 1,
      gapDays: 30 + 15,
      gaps: [
        { from: '2024-04-01', to: '2024-04-30' },
        { from: '2024-06-16', to: '2024-06-30' },
      ],
    });
    expect(provider?.declarations.map(({ from }) => from)).toEqual(['2024-01-01', '2024-05-01']);
  });

  it('takes no declaration of a limited scope for completeness', () => {
    const all = declared('2024-01-01', '2024-12-31');
    expect(coverage([all]).providersWithGaps).toBe(0);
    const limited = coverage([{ ...all, scope: 'Only what left by courier' }]);
    expect(limited.providersWithGaps).toBe(1);
    expect(limited.providers[0]?.declarations).toMatchObject([{ limited: true }]);
  });

  it('takes no declaration of another provider for completeness', () => {
    const other = declared('2024-01-01', '2024-12-31', { provider: 'land-office' as AgencyId });
    expect(coverage([other]).providersWithGaps).toBe(1);
  });

  it('counts the candidates that were recorded after the fact', () => {
    const old = aLeak({ vintage: undefined, fields: ['cnic'] });
    const world = worldOf([
      { record: aRetrospectiveTransfer({ fields: columns('cnic') }) },
      { record: aRetrospectiveTransfer({ fields: columns('imei') }) },
      { record: aTransfer() },
    ]);
    expect(trace(world, old).coverage.recordedLater).toEqual({ candidates: 1, of: 2 });
  });

  it('leaves the hypothesis open that the source is not in the ledger, whatever is declared', () => {
    const answer = trace(worldOf([{ record: aTransfer() }]), leak, [declared('2020-01-01', '2026-12-31')]);
    expect(answer.hypotheses.at(-1)).toMatchObject({ code: 'not-in-the-ledger' });
    expect(answer.hypotheses.at(-1)?.detail).toContain('0 of 1 provider');
    expect(trace(worldOf([]), leak).hypotheses.map(({ code }) => code)).toEqual(['not-in-the-ledger']);
  });
});
