import type { LeakSample } from '../../core/fingerprint/sample.ts';
import type { TransferFacts } from '../../core/index/facts.ts';
import type { Day, Sha256 } from '../../core/model/scalars.ts';
import type { ContentAnswer, NotCompared } from '../../core/trace/sample/answer.ts';
import { type Compared, isCompared } from '../../core/trace/sample/compare.ts';
import { type Comparisons, concludeContent } from '../../core/trace/sample/conclude.ts';
import type { KnownFile } from '../../core/trace/sample/weighable.ts';
import type { FrameView } from '../../core/views/registers.ts';
import { readPlaces } from '../store/batches.ts';
import { inParallel } from '../store/client.ts';
import { allViews, unpacked } from '../store/views.ts';
import { compareWith, type Recorded } from './files.ts';
import { tracingLimits } from './limits.ts';
import { weighAll } from './weigh.ts';

export type Outcome = Compared | NotCompared;

/** A file that a sample is compared with, by the id of its transfer or frame. */
export interface Named {
  readonly id: string;
  readonly recorded: Recorded;
}

/** All that a sample is compared with. */
export interface Ground {
  /** Of every transfer. */
  readonly facts: readonly TransferFacts[];
  readonly frames: readonly FrameView[];
  readonly files: readonly Named[];
}

/**
 * What there is among the first `size` entries of the log, which the views have: whoever else shares the files of a trace
 * finds the same ones, whenever he begins.
 * @param facts of every transfer among them
 */
export async function groundOf(facts: readonly TransferFacts[], size: number): Promise<Ground> {
  const known = (await allViews('FRAME')).map((item) => unpacked<FrameView>(item));
  const places = await readPlaces(known.map(({ entryId }) => entryId));
  const frames = known.filter(({ entryId }) => (places.get(entryId) ?? size) < size);
  const ofTransfers = facts.flatMap(({ transferId, provider, fingerprint }): Named[] =>
    fingerprint ? [{ id: transferId, recorded: { ...fingerprint, kind: 'transfer', provider } }] : [],
  );
  const ofFrames = frames.map(
    ({ frameId, sha256, holder, epoch }): Named => ({
      id: frameId,
      recorded: { sha256, kind: 'frame', provider: holder, epoch },
    }),
  );
  return { facts, frames, files: [...ofTransfers, ...ofFrames] };
}

/** Files that are read at the same time: the network is waited for, not the processor. */
export const AT_ONCE = 8;

/** Compares a sample with files, and gives what came of each. */
export async function compareAll(
  sample: LeakSample,
  files: readonly Named[],
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  await inParallel(files, AT_ONCE, async ({ id, recorded }) => {
    outcomes.set(id, await compareWith(sample, recorded));
  });
  return outcomes;
}

/** What is said of a sample, all files having been compared. @param seenOn when the leak was first seen */
export async function weighSample(
  sample: LeakSample,
  sha256: Sha256,
  { facts, frames }: Ground,
  outcomes: ReadonlyMap<string, Outcome>,
  seenOn: Day,
): Promise<ContentAnswer> {
  const { minimumRows } = tracingLimits();
  const outcomeOf = (id: string) => outcomes.get(id) ?? 'no-fingerprint';
  const comparisons = {
    transfers: facts.map((each) => ({ facts: each, outcome: outcomeOf(each.transferId) })),
    frames: frames.map((frame) => ({ frame, outcome: outcomeOf(frame.frameId) })),
  };
  const recipients = new Map(facts.map(({ transferId, recipient }) => [transferId, recipient]));
  const weighing = { seenOn, minimumRows };
  const attributions = await weighAll(sample, knownFiles(comparisons), weighing, recipients);
  return concludeContent(sample, sha256, minimumRows, comparisons, attributions);
}

/** The files that the sample was compared with. */
const knownFiles = ({ transfers, frames }: Comparisons): KnownFile[] => [
  ...transfers.flatMap(({ facts: { transferId, fingerprint }, outcome }) =>
    isCompared(outcome) && fingerprint
      ? [{ id: transferId, kind: 'transfer' as const, fileSha256: fingerprint.sha256, compared: outcome }]
      : [],
  ),
  ...frames.flatMap(({ frame: { frameId, sha256 }, outcome }) =>
    isCompared(outcome)
      ? [{ id: frameId, kind: 'frame' as const, fileSha256: sha256, compared: outcome }]
      : [],
  ),
];
