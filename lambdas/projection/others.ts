import type { Placed } from '../../core/index/over-time.ts';
import { fold } from '../../core/lifecycle/fold.ts';
import { evolveIncident } from '../../core/lifecycle/incident.ts';
import { entryIdWithin, type StreamName } from '../../core/model/entry.ts';
import type { IncidentId } from '../../core/model/scalars.ts';
import type { TransferRecord } from '../../core/model/transfer.ts';
import { countWith, type ProviderCount } from '../../core/views/coverage.ts';
import { agencyOf, agreementOf, declarationOf, frameOf } from '../../core/views/registers.ts';
import { type Item, inParallel } from '../store/client.ts';
import { viewKeys } from '../store/keys.ts';
import { getViews, packed, unpacked, writeViews } from '../store/views.ts';
import { historyUpTo, type Step } from './history.ts';

/** Transfers and requests have views of their own; what was asked is read from the ledger itself. */
const WITHOUT_VIEW: ReadonlySet<StreamName> = new Set([
  'transfer',
  'request',
  'question',
  'access',
  'policy',
]);

/** Folds the entries about agencies, agreements, incidents, frames and coverage into one item each. */
export async function projectOthers(step: Step): Promise<void> {
  const subjects = new Map<string, Placed['entry']>();
  for (const { entry } of step.placed)
    if (!WITHOUT_VIEW.has(entry.stream)) subjects.set(`${entry.stream} ${entry.subject}`, entry);
  await inParallel([...subjects.values()], 8, async ({ stream, subject }) => {
    const ownId = stream === 'incident' || stream === 'coverage' || stream === 'frame';
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
  request: () => undefined,
  question: () => undefined,
  access: () => undefined,
  policy: () => undefined,
  agency: (history) => {
    const agency = agencyOf(history);
    return agency && packed(viewKeys.list('AGENCY', agency.agencyId), agency);
  },
  agreement: (history) => {
    const agreement = agreementOf(history);
    return agreement && packed(viewKeys.list('AGREEMENT', agreement.agreementId), agreement);
  },
  coverage: (history) => {
    const declaration = declarationOf(history);
    return declaration && packed(viewKeys.list('COVERAGE', declaration.entryId), declaration);
  },
  frame: (history) => {
    const frame = frameOf(history);
    return frame && packed(viewKeys.list('FRAME', frame.frameId), frame);
  },
  incident: (history) => {
    const [first] = history;
    const incident = fold(history, evolveIncident);
    // The newest is asked for first, so the key follows the place in the log.
    return (
      first && incident && packed(viewKeys.list('INCIDENT', String(first.index).padStart(20, '0')), incident)
    );
  },
};

/** How much a provider has on record. Its entries before `upTo` are counted, and none is counted twice. */
export interface ProviderView extends ProviderCount {
  readonly upTo: number;
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
    return {
      ...countWith(before, provider, added),
      upTo: Math.max(before?.upTo ?? 0, ...fresh.map(({ index }) => index + 1)),
    };
  });
  await writeViews(counted.map((view) => packed(viewKeys.list('PROVIDER', view.provider), view)));
}
