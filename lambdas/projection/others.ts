import { fold } from '../../core/lifecycle/fold.ts';
import { evolveIncident } from '../../core/lifecycle/incident.ts';
import { evolveAgency, evolveAgreement } from '../../core/lifecycle/registry.ts';
import { entryIdWithin, type StreamName } from '../../core/model/entry.ts';
import type { AgencyId, Day, IncidentId } from '../../core/model/scalars.ts';
import type { TransferRecord } from '../../core/model/transfer.ts';
import { type Item, inParallel } from '../store/client.ts';
import { viewKeys } from '../store/keys.ts';
import { getViews, packed, unpacked, writeViews } from '../store/views.ts';
import { historyUpTo, type Placed, type Step } from './history.ts';

/** Folds the entries about agencies, agreements, incidents and coverage into one item each. */
export async function projectOthers(step: Step): Promise<void> {
  const subjects = new Map<string, Placed['entry']>();
  for (const { entry } of step.placed)
    if (entry.stream !== 'transfer') subjects.set(`${entry.stream} ${entry.subject}`, entry);
  await inParallel([...subjects.values()], 8, async ({ stream, subject }) => {
    const ownId = stream === 'incident' || stream === 'coverage';
    const openedBy = ownId ? entryIdWithin(subject as IncidentId) : undefined;
    const history = await historyUpTo(stream, subject, openedBy, step);
    const view = VIEW[stream](history);
    if (view) await writeViews([view]);
  });
}

/** The item that a history adds up to; none for an empty one. */
type View = (history: readonly Placed[]) => Item | undefined;

const VIEW: Record<StreamName, View> = {
  transfer: () => undefined,
  agency: (history) => {
    const agency = fold(history, evolveAgency);
    if (!agency) return undefined;
    const { nextVersion: _next, ...value } = agency;
    return packed(viewKeys.list('AGENCY', agency.agencyId), { ...value, ...openedBy(history) });
  },
  agreement: (history) => {
    const agreement = fold(history, evolveAgreement);
    if (!agreement) return undefined;
    const { nextVersion: _next, ...value } = agreement;
    return packed(viewKeys.list('AGREEMENT', agreement.agreementId), { ...value, ...openedBy(history) });
  },
  coverage: ([first]) =>
    first &&
    packed(viewKeys.list('COVERAGE', first.entry.entryId), { ...first.entry.body, ...openedBy([first]) }),
  incident: (history) => {
    const [first] = history;
    const incident = fold(history, evolveIncident);
    // The newest is asked for first, so the key follows the place in the log.
    return (
      first && incident && packed(viewKeys.list('INCIDENT', String(first.index).padStart(20, '0')), incident)
    );
  },
};

const openedBy = ([first]: readonly Placed[]) =>
  first && { entryId: first.entry.entryId, recordedAt: first.entry.recordedAt };

/** How much a provider has on record. Its entries before `upTo` are counted, and none is counted twice. */
export interface ProviderView {
  readonly provider: AgencyId;
  readonly upTo: number;
  readonly transfers: number;
  readonly retrospective: number;
  readonly firstHandedOver: Day;
  readonly lastHandedOver: Day;
}

export async function countProviders({ placed }: Step): Promise<void> {
  const records = placed.filter(({ entry }) => entry.kind === 'transfer-recorded');
  const byProvider = Map.groupBy(records, ({ entry }) => (entry.body as TransferRecord).provider.agencyId);
  const keys = [...byProvider.keys()].map((id) => viewKeys.list('PROVIDER', id));
  const stored = (await getViews(keys)).map((item) => unpacked<ProviderView>(item));
  const known = new Map(stored.map((view) => [view.provider, view]));
  const counted = [...byProvider].map(([provider, entries]): ProviderView => {
    const before = known.get(provider);
    const fresh = entries.filter(({ index }) => index >= (before?.upTo ?? 0));
    const added = fresh.map(({ entry }) => entry.body as TransferRecord);
    const days = added.flatMap(({ handedOver }) => [handedOver.earliest, handedOver.latest]);
    if (before) days.push(before.firstHandedOver, before.lastHandedOver);
    days.sort();
    return {
      provider,
      upTo: Math.max(before?.upTo ?? 0, ...fresh.map(({ index }) => index + 1)),
      transfers: (before?.transfers ?? 0) + added.length,
      retrospective:
        (before?.retrospective ?? 0) +
        added.filter(({ assertion }) => assertion !== 'contemporaneous').length,
      firstHandedOver: days[0] as Day,
      lastHandedOver: days.at(-1) as Day,
    };
  });
  await writeViews(counted.map((view) => packed(viewKeys.list('PROVIDER', view.provider), view)));
}
