import { expect } from 'vitest';
import { type Status, statusOf } from '../../../core/index/block.ts';
import { fold } from '../../../core/lifecycle/fold.ts';
import { isEnded, isOpen, type TransferState } from '../../../core/lifecycle/transfer.ts';
import { evolveTransfer } from '../../../core/lifecycle/transfer-events.ts';
import { upstreamOf } from '../../../core/lifecycle/upstream.ts';
import type { Entry, FlagCode } from '../../../core/model/entry.ts';
import type { Day, Instant, TransferId } from '../../../core/model/scalars.ts';
import { CANONICAL_FIELDS } from '../../../core/model/vocabulary.ts';
import { aVariedTransfer, Choices } from '../../support/varied.ts';
import { followingEntry, transferEntry } from './ledger.ts';

/** Histories of transfers, each of which was known at one time and true at another; and how all stood at any moment. */
export const COUNT = 60;
/** Transfers come of others of the same family only. */
const FAMILY = 10;
export const TODAY = '2026-06-15' as Day;

const day = (choose: Choices) => choose.day([2023, 2024, 2025]) as Day;
const at = (on: Day) => `${on}T09:00:00.000Z` as Instant;

/** Things that may happen to a transfer; each takes place on one day and is recorded on another. */
const HAPPENINGS: ((choose: Choices) => [string, Record<string, unknown>])[] = [
  () => ['transfer-acknowledged', { storedAt: 'Vault 3', rows: 1 }],
  () => ['transfer-disputed', { reason: 'rows-differ' }],
  () => ['dispute-answered', { answer: 'explained', text: 'Two rows are blank' }],
  (choose) => ['holding-attested', { held: choose.once(2) }],
  (choose) => ['retention-extended', { until: day(choose), approver: 'Director', reason: 'Goes on' }],
  (choose) => ['legal-hold-set', { reference: 'a', downstream: choose.once(2), reason: 'Litigation' }],
  () => ['legal-hold-lifted', { reference: 'a', reason: 'Settled' }],
  (choose) => ['recall-issued', { dueBy: day(choose), reason: 'Ended' }],
  (choose) => ['destruction-certified', { scope: 'media', ...choose.one([GONE, GONE, LEFT]) }],
  () => ['destruction-verified', { verifier: 'staff-3', how: 'Witnessed' }],
  (choose) => [
    'correction-issued',
    { correctionId: 'c', fields: [choose.one(CANONICAL_FIELDS)], reason: 'r' },
  ],
  () => ['correction-confirmed', { correctionId: 'c' }],
  (choose) => [
    'publication-suppressed',
    { basis: 'legal-proceedings', authority: 'Order 7', until: day(choose) },
  ],
  () => ['publication-restored', { reason: 'Settled' }],
];
const GONE = { backups: 'destroyed', derivatives: 'none-existed' };
const LEFT = { backups: 'expire-later', derivatives: 'none-existed' };
export const FLAGS: FlagCode[] = ['unencrypted', 'acknowledgement-rows-differ', 'digest-unknown'];

function aHistory(n: number, before: readonly TransferId[]): Entry[] {
  const choose = new Choices(`history-${n}`);
  const record = aVariedTransfer(`transfer-${n}`, before);
  const opening = {
    ...transferEntry(`t-${n}`, { ...record, attestEvery: 'P6M' }, at(day(choose))),
    flags: choose.once(4) ? [{ code: choose.one(FLAGS) }] : [],
  };
  const events = Array.from({ length: choose.below(6) }, (_, m) => {
    const [kind, body] =
      m === 4 && before.length > 0
        ? (['record-superseded', { by: choose.one(before), reason: 'Wrong' }] as const)
        : choose.one(HAPPENINGS)(choose);
    const event = followingEntry(opening, m + 1, kind, { occurredOn: day(choose), ...body }, at(day(choose)));
    return { ...event, flags: choose.once(4) ? [{ code: choose.one(FLAGS) }] : [] };
  });
  return [opening, ...events];
}

/** All histories, by transfer. */
export const histories = new Map<TransferId, Entry[]>();
for (let n = 0; n < COUNT; n++) {
  const history = aHistory(n, [...histories.keys()].slice(n - (n % FAMILY)));
  histories.set(history[0]?.subject as TransferId, history);
}

export interface Moment {
  readonly validAt?: Day | undefined;
  readonly knownAt?: Day | undefined;
}

/** Every transfer that was known at a moment, as it stood: from everything, cut down to what counted. */
export function everything({
  validAt = TODAY,
  knownAt,
}: Moment): Map<TransferId, { state: TransferState; status: Status }> {
  const states = new Map<TransferId, TransferState>();
  for (const [id, [opening, ...events]] of histories) {
    if (!opening || (knownAt && opening.recordedAt.slice(0, 10) > knownAt)) continue;
    const counted = events.filter(
      ({ recordedAt, body }) =>
        (!knownAt || recordedAt.slice(0, 10) <= knownAt) && String(body['occurredOn']) <= validAt,
    );
    const state = fold(
      [opening, ...counted].map((entry) => ({ entry })),
      evolveTransfer,
    );
    if (state && state.record.handedOver.earliest <= validAt) states.set(id, state);
  }
  const statuses = new Map(
    [...states].map(([id, state]) => [
      id,
      statusOf(
        state,
        upstreamOf(state, (above) => states.get(above)),
      ),
    ]),
  );
  /** Whether anything that came of a transfer is open; what was handed on from a superseded record came of the other. */
  const openBelow = (id: TransferId, seen = new Set<TransferId>()): boolean =>
    [...states.values()].some((child) => {
      const beneath = child.supersededBy
        ? child.supersededBy === id
        : child.record.originTransferIds?.includes(id) === true;
      if (!beneath || seen.has(child.transferId)) return false;
      seen.add(child.transferId);
      const status = statuses.get(child.transferId);
      return (status !== undefined && isOpen(status)) || openBelow(child.transferId, seen);
    });
  return new Map(
    [...states].map(([id, state]) => {
      const status = statuses.get(id) ?? expect.fail();
      const incomplete = isEnded(status) && openBelow(id, new Set([id]));
      const marks =
        incomplete && !status.marks.includes('incomplete')
          ? [...status.marks, 'incomplete' as const]
          : status.marks;
      return [id, { state, status: { ...status, marks } }];
    }),
  );
}

/** What can be reached from a transfer by its origins and by what took the place of records, or the other way. */
export function reachable(
  from: TransferId,
  direction: string,
  known: ReadonlyMap<TransferId, { state: TransferState }>,
): TransferId[] {
  const above = (id: TransferId) => {
    const state = known.get(id)?.state;
    return [...(state?.record.originTransferIds ?? []), ...(state?.supersededBy ? [state.supersededBy] : [])];
  };
  const next = (id: TransferId) =>
    direction === 'upstream'
      ? above(id).filter((each) => known.has(each))
      : [...known.keys()].filter((each) => above(each).includes(id));
  const seen = new Set([from]);
  for (const id of seen) for (const each of next(id)) seen.add(each);
  return [...seen];
}
