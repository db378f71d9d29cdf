import { type AgencyId, addDays, type Day, daysBetween, type EntryId } from '../model/scalars.ts';
import type { TraceCoverage } from './answer.ts';
import { BOUNDS } from './method.ts';
import type { Screening } from './screen.ts';

/** A declaration that the ledger is complete for what a provider handed over in a period. */
export interface Declared {
  readonly entryId: EntryId;
  readonly provider: AgencyId;
  readonly from: Day;
  readonly to: Day;
  /** A declaration that is limited to some kinds of hand-over closes no gap. */
  readonly scope?: string | undefined;
}

interface Period {
  readonly from: Day;
  readonly to: Day;
}

/** What the ledger is, and is not, declared complete for, of the time in which the leaked data must have left. */
export function coverageOf(screening: Screening, declarations: readonly Declared[]): TraceCoverage {
  const { question, providers, firstHandOver, counts } = screening;
  const { seenOn, vintage } = question.leak;
  const [from = seenOn] = [vintage?.from ?? firstHandOver ?? seenOn, seenOn].sort();
  const period = { from, to: seenOn };

  const declared = new Map<AgencyId, Declared[]>();
  for (const declaration of declarations) {
    if (declaration.to < period.from || declaration.from > period.to) continue;
    const known = declared.get(declaration.provider);
    if (known) known.push(declaration);
    else declared.set(declaration.provider, [declaration]);
  }
  const gaps = new Map(
    providers.map(({ provider }) => [
      provider,
      gapsIn(
        period,
        (declared.get(provider) ?? []).filter(({ scope }) => scope === undefined),
      ),
    ]),
  );

  return {
    period,
    providersTotal: providers.length,
    providersWithGaps: [...gaps.values()].filter((open) => open.length > 0).length,
    recordedLater: {
      candidates: providers.reduce((sum, { recordedLater }) => sum + recordedLater, 0),
      of: counts.candidates,
    },
    providers: providers.slice(0, BOUNDS.providers).map((counted) => {
      const open = gaps.get(counted.provider) ?? [];
      const own = (declared.get(counted.provider) ?? []).sort(byPeriod);
      return {
        ...counted,
        gapDays: open.reduce((sum, gap) => sum + daysBetween(gap.from, gap.to) + 1, 0),
        gaps: open.slice(0, BOUNDS.gaps),
        declarations: own
          .slice(0, BOUNDS.declarations)
          .map(({ entryId, from, to, scope }) => ({ entryId, from, to, limited: scope !== undefined })),
        truncated: open.length > BOUNDS.gaps || own.length > BOUNDS.declarations,
      };
    }),
    truncated: providers.length > BOUNDS.providers,
  };
}

const byPeriod = (a: Declared, b: Declared): number =>
  compareText(a.from, b.from) || compareText(a.to, b.to) || compareText(a.entryId, b.entryId);
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The days of a period that none of the others covers, as periods, oldest first. */
export function gapsIn(period: Period, covered: readonly Period[]): Period[] {
  const gaps: Period[] = [];
  let open = period.from;
  for (const { from, to } of [...covered].sort((a, b) => compareText(a.from, b.from))) {
    if (from > period.to) break;
    if (from > open) gaps.push({ from: open, to: addDays(from, -1) });
    if (to >= open) open = addDays(to, 1);
  }
  if (open <= period.to) gaps.push({ from: open, to: period.to });
  return gaps;
}
