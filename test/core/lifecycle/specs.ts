import { expect } from 'vitest';
import { APPEND_KINDS } from '../../../core/api/appends.ts';
import { partiesFor } from '../../../core/api/permissions.ts';
import { openTransfer, type TransferState } from '../../../core/lifecycle/transfer.ts';
import {
  type Circumstances,
  decideTransferEvent,
  evolveTransfer,
  isTransferEvent,
  type Party,
  type TransferEventKind,
} from '../../../core/lifecycle/transfer-events.ts';
import { NOTHING_UPSTREAM } from '../../../core/lifecycle/upstream.ts';
import type { Entry, Flag } from '../../../core/model/entry.ts';
import { addDays, type Day, dayOf, type EntryId, type Instant } from '../../../core/model/scalars.ts';
import type { TransferRecord } from '../../../core/model/transfer.ts';
import { Problem } from '../../../core/problem.ts';
import { aSha256, aTransfer, aTransferId, PROVIDER, RECIPIENT } from '../../support/transfers.ts';

/** Specifications of a transfer's life, as `given([…]).when(…).thenChanges(…)` or `.thenRefused(…)`. */
export interface Step {
  readonly kind: TransferEventKind;
  readonly body: Record<string, unknown>;
  /** Who records it; the only party that may, or the first, when left out. */
  readonly party?: Party;
}

/** An event that its schema takes; the overrides replace whole properties, `undefined` takes one away. */
export function event(kind: TransferEventKind, overrides: Record<string, unknown> = {}): Step {
  const body = Object.fromEntries(
    Object.entries({ ...EXAMPLES[kind], ...overrides }).filter(([, value]) => value !== undefined),
  );
  APPEND_KINDS[kind].body.parse(body);
  return { kind, body };
}

const EXAMPLES: Record<TransferEventKind, Record<string, unknown>> = {
  'transfer-acknowledged': {
    occurredOn: '2024-03-12',
    rows: 120_000,
    files: [{ file: 'subscribers.csv', sha256: aSha256('subscribers') }],
    storedAt: 'Vault 3',
  },
  'transfer-disputed': { occurredOn: '2024-03-13', reason: 'rows-differ' },
  'dispute-answered': { occurredOn: '2024-03-13', answer: 'explained', text: 'Two rows are blank' },
  'holding-attested': { occurredOn: '2024-06-01', held: true },
  'retention-extended': {
    occurredOn: '2025-03-01',
    from: '2025-03-31',
    until: '2026-03-31',
    approver: 'Director',
    reason: 'The case goes on',
  },
  'retention-reviewed': { occurredOn: '2024-04-10', triggeredOn: '2024-03-31' },
  'legal-hold-set': { occurredOn: '2024-05-01', reference: 'court-7', reason: 'Litigation' },
  'legal-hold-lifted': { occurredOn: '2024-09-01', reference: 'court-7', reason: 'Settled' },
  'recall-issued': { occurredOn: '2024-07-01', dueBy: '2024-08-01', reason: 'The programme ended' },
  'recall-answered': { occurredOn: '2024-07-03', answer: 'complying', passedOn: true },
  'destruction-certified': {
    occurredOn: '2025-03-20',
    scope: 'media',
    method: 'destroy',
    tool: 'Shredder',
    performer: 'staff-11',
    verifier: 'staff-12',
    backups: 'destroyed',
    derivatives: 'none-existed',
  },
  'destruction-verified': { occurredOn: '2025-03-25', verifier: 'staff-3', how: 'Witnessed' },
  'destruction-rejected': { occurredOn: '2025-03-25', verifier: 'staff-3', reason: 'Backups remain' },
  'record-superseded': { occurredOn: '2024-04-01', by: aTransferId('other'), reason: 'Wrong recipient unit' },
  'record-withdrawn': { occurredOn: '2024-04-02', reason: 'The despatch was cancelled' },
  'correction-issued': {
    occurredOn: '2024-04-01',
    correctionId: 'c-1',
    fields: ['address'],
    reason: 'Addresses shifted by a row',
  },
  'correction-confirmed': { occurredOn: '2024-04-10', correctionId: 'c-1' },
  'publication-suppressed': {
    occurredOn: '2024-05-02',
    basis: 'criminal-investigation',
    authority: 'Order 7 of the magistrate',
    until: '2025-05-01',
  },
  'publication-restored': { occurredOn: '2024-09-02', reason: 'The case went to court' },
};

const entryId = (version: number) => aSha256(`entry ${version}`).slice(0, 32) as EntryId;

interface Happening {
  readonly kind: string;
  readonly body: Record<string, unknown>;
  readonly party?: Party;
}

/** The entry that a step becomes: recorded a day after it took place, unless told otherwise. */
export function entryOf(
  { kind, body, party }: Happening,
  version: number,
  recordedOn: Day = addDays((body['occurredOn'] ?? '2024-03-11') as Day, 1),
  flags: readonly Flag[] = [],
): Entry {
  const speaker = party ?? (isTransferEvent(kind) ? partiesFor(kind)[0] : undefined) ?? 'provider';
  return {
    amanat: 1,
    entryId: entryId(version),
    kind,
    stream: 'transfer',
    subject: `tr-${entryId(0)}`,
    version,
    recordedAt: `${recordedOn}T09:00:00.000Z` as Instant,
    principal: { sub: 'client-1', agency: speaker === 'provider' ? PROVIDER : RECIPIENT, roles: [] },
    flags: [...flags],
    body,
  };
}

export const opened = (record: TransferRecord = aTransfer()): TransferState =>
  openTransfer(entryOf({ kind: 'transfer-recorded', body: record }, 0, dayOf(RECORDED)));
export const RECORDED = '2024-03-11T09:00:00.000Z' as Instant;

/** What an event is judged by, unless told otherwise: nothing upstream, and a record like this one to supersede it. */
export type Around = Partial<Circumstances>;
const around = (step: Step): Circumstances => ({
  party: step.party ?? partiesFor(step.kind)[0] ?? 'provider',
  upstream: NOTHING_UPSTREAM,
  replacement: { ...opened(), transferId: aTransferId('other') },
});

/** Decides and evolves one step. @throws Problem */
export function take(state: TransferState, step: Step, circumstances: Around = {}) {
  const flags = decideTransferEvent(step.kind, state, step.body, { ...around(step), ...circumstances });
  return { flags, state: evolveTransfer(state, entryOf(step, state.nextVersion, undefined, flags)) };
}

/** The state after steps that must all be allowed. */
export const stateAfter = (steps: readonly Step[], record?: TransferRecord): TransferState =>
  steps.reduce((state, step) => take(state, step).state, opened(record));

/** When a step took place, and when the ledger learnt of it. */
export const toldOf = (step: Step, version: number) => {
  const { recordedAt, entryId: id, body } = entryOf(step, version);
  return { occurredOn: body['occurredOn'], recordedAt, entryId: id };
};

export const given = (steps: readonly Step[], record?: TransferRecord, circumstances: Around = {}) => {
  const before = stateAfter(steps, record);
  return {
    when: (step: Step) => ({
      /** The event is allowed; `changes` are all that it makes of the state, `flags` all that is remarked. */
      thenChanges: (
        changes: Partial<Record<keyof TransferState, unknown>>,
        flags: readonly unknown[] = [],
      ) => {
        const taken = take(before, step, circumstances);
        expect(taken.flags).toEqual(flags);
        const others = before.eventFlags.filter(({ kind }) => kind !== step.kind);
        const eventFlags = [...others, ...taken.flags.map((flag) => ({ ...flag, kind: step.kind }))];
        expect(taken.state).toEqual(
          withoutUndefined({ ...before, nextVersion: before.nextVersion + 1, eventFlags, ...changes }),
        );
      },
      /** The event is refused with this problem, at this pointer where it is a fault of the body. */
      thenRefused: (slug: 'conflict' | 'invalid-record', pointer?: string) => {
        const refusal = refusalOf(() => take(before, step, circumstances));
        expect([refusal.slug, refusal.faults[0]?.pointer]).toEqual([slug, pointer]);
      },
    }),
  };
};

export function refusalOf(attempt: () => unknown): Problem {
  try {
    attempt();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  return expect.fail('was not refused');
}

const withoutUndefined = (state: object) =>
  Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined));
