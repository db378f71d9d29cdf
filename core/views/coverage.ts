import type { CoverageAnswer } from '../api/answers.ts';
import type { AgencyId, Day } from '../model/scalars.ts';
import type { TransferRecord } from '../model/transfer.ts';
import { gapsIn } from '../trace/gaps.ts';
import type { DeclarationView } from './registers.ts';

/** How much a provider has on record. */
export interface ProviderCount {
  readonly provider: AgencyId;
  readonly transfers: number;
  readonly retrospective: number;
  readonly firstHandedOver: Day;
  readonly lastHandedOver: Day;
}

/** The count of a provider with some records of its more. */
export function countWith(
  before: ProviderCount | undefined,
  provider: AgencyId,
  added: readonly Pick<TransferRecord, 'handedOver' | 'assertion'>[],
): ProviderCount {
  const days = added.flatMap(({ handedOver }) => [handedOver.earliest, handedOver.latest]);
  if (before) days.push(before.firstHandedOver, before.lastHandedOver);
  days.sort();
  return {
    provider,
    transfers: (before?.transfers ?? 0) + added.length,
    retrospective:
      (before?.retrospective ?? 0) + added.filter(({ assertion }) => assertion !== 'contemporaneous').length,
    firstHandedOver: days[0] as Day,
    lastHandedOver: days.at(-1) as Day,
  };
}

/** What the ledger is complete for, provider by provider, and what it is not as of a day. */
export function coverageOf(
  declarations: readonly DeclarationView[],
  counts: readonly ProviderCount[],
  today: Day,
): Omit<CoverageAnswer, 'reflects'> {
  const counted = new Map(counts.map((count) => [count.provider, count]));
  const ids = new Set<AgencyId>([...counted.keys(), ...declarations.map(({ provider }) => provider)]);
  return {
    declarations: [...declarations],
    providers: [...ids].sort().map((provider) => {
      const count = counted.get(provider);
      const own = declarations.filter((declaration) => declaration.provider === provider);
      const from = [...own.map((declaration) => declaration.from), count?.firstHandedOver ?? today].sort()[0];
      // A declaration that is limited to some kinds of hand-over closes no gap.
      const complete = own.filter(({ scope }) => scope === undefined);
      return {
        provider,
        transfers: count?.transfers ?? 0,
        retrospective: count?.retrospective ?? 0,
        ...(count && { firstHandedOver: count.firstHandedOver, lastHandedOver: count.lastHandedOver }),
        gaps: gapsIn({ from: from ?? today, to: today }, complete),
      };
    }),
  };
}
