import { expect } from 'vitest';
import { APPEND_KINDS } from '../../../core/api/appends.ts';
import { openTransfer, type TransferState } from '../../../core/lifecycle/transfer.ts';
import {
  evolveTransfer,
  TRANSFER_EVENTS,
  type TransferEventKind,
} from '../../../core/lifecycle/transfer-events.ts';
import type { Entry } from '../../../core/model/entry.ts';
import { addDays, type Day, dayOf, type EntryId, type Instant } from '../../../core/model/scalars.ts';
import type { TransferRecord } from '../../../core/model/transfer.ts';
import { Problem } from '../../../core/problem.ts';
import { aSha256, aTransfer, aTransferId } from '../../support/transfers.ts';

/** Specifications of a transfer's life, as `given([…]).when(…).thenChanges(…)` or `.thenRefused(…)`. */
export interface Step {
  readonly kind: TransferEventKind;
  readonly body: Record<string, unknown>;
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
  'holding-attested': { occurredOn: '2024-06-01', held: true },
  'retention-extended': {
    occurredOn: '2025-03-01',
    from: '2025-03-31',
    until: '2026-03-31',
    approver: 'Director',
    reason: 'The case goes on',
  },
  'legal-hold-set': { occurredOn: '2024-05-01', reference: 'court-7', reason: 'Litigation' },
  'legal-hold-lifted': { occurredOn: '2024-09-01', reference: 'court-7', reason: 'Settled' },
  'recall-issued': { occurredOn: '2024-07-01', dueBy: '2024-08-01', reason: 'The programme ended' },
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
  'correction-issued': {
    occurredOn: '2024-04-01',
    correctionId: 'c-1',
    fields: ['address'],
    reason: 'Addresses shifted by a row',
  },
  'correction-confirmed': { occurredOn: '2024-04-10', correctionId: 'c-1' },
};

const entryId = (version: number) => aSha256(`entry ${version}`).slice(0, 32) as EntryId;

/** The entry that a step becomes: recorded a day after it took place, unless told otherwise. */
export function entryOf(
  { kind, body }: { readonly kind: string; readonly body: Record<string, unknown> },
  version: number,
  recordedOn: Day = addDays((body['occurredOn'] ?? '2024-03-11') as Day, 1),
): Entry {
  return {
    amanat: 1,
    entryId: entryId(version),
    kind,
    stream: 'transfer',
    subject: `tr-${entryId(0)}`,
    version,
    recordedAt: `${recordedOn}T09:00:00.000Z` as Instant,
    principal: { sub: 'client-1', roles: [] },
    flags: [],
    body,
  };
}

export const opened = (record: TransferRecord = aTransfer()): TransferState =>
  openTransfer(entryOf({ kind: 'transfer-recorded', body: record }, 0, dayOf(RECORDED)));
export const RECORDED = '2024-03-11T09:00:00.000Z' as Instant;

/** Decides and evolves one step. @throws Problem */
export function take(state: TransferState, step: Step) {
  const flags = TRANSFER_EVENTS[step.kind].decide(state, step.body);
  return { flags, state: evolveTransfer(state, entryOf(step, state.nextVersion)) };
}

/** The state after steps that must all be allowed. */
export const stateAfter = (steps: readonly Step[], record?: TransferRecord): TransferState =>
  steps.reduce((state, step) => take(state, step).state, opened(record));

/** When a step took place, and when the ledger learnt of it. */
export const toldOf = (step: Step, version: number) => {
  const { recordedAt, entryId: id, body } = entryOf(step, version);
  return { occurredOn: body['occurredOn'], recordedAt, entryId: id };
};

export const given = (steps: readonly Step[], record?: TransferRecord) => {
  const before = stateAfter(steps, record);
  return {
    when: (step: Step) => ({
      /** The event is allowed; `changes` are all that it makes of the state, `flags` all that is remarked. */
      thenChanges: (
        changes: Partial<Record<keyof TransferState, unknown>>,
        flags: readonly unknown[] = [],
      ) => {
        const taken = take(before, step);
        expect(taken.flags).toEqual(flags);
        expect(taken.state).toEqual(
          withoutUndefined({ ...before, nextVersion: before.nextVersion + 1, ...changes }),
        );
      },
      /** The event is refused with this problem, at this pointer where it is a fault of the body. */
      thenRefused: (slug: 'conflict' | 'invalid-record', pointer?: string) => {
        const refusal = refusalOf(() => take(before, step));
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
