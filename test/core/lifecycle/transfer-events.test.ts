import { describe, expect, it } from 'vitest';
import {
  evolveTransfer,
  TRANSFER_EVENT_KINDS,
  type TransferEventKind,
} from '../../../core/lifecycle/transfer-events.ts';
import { aRetrospectiveTransfer, aTransfer } from '../../support/transfers.ts';
import { entryOf, event, opened, refusalOf, type Step, stateAfter, take } from './specs.ts';

const certify = event('destruction-certified');
const verify = event('destruction-verified');
const partly = event('destruction-certified', { backups: 'expire-later', backupsExpireOn: '2025-06-30' });
const notReceived = event('transfer-disputed', { reason: 'not-received' });

/** Situations in the life of a transfer, and the events that brought it there. */
const SITUATIONS = {
  recorded: [],
  acknowledged: [event('transfer-acknowledged')],
  disputed: [event('transfer-disputed')],
  'acknowledged, then disputed': [event('transfer-acknowledged'), event('transfer-disputed')],
  'with its dispute answered': [event('transfer-disputed'), event('dispute-answered')],
  'not received': [notReceived],
  reviewed: [event('retention-reviewed')],
  held: [event('legal-hold-set')],
  recalled: [event('recall-issued')],
  'with its recall answered': [event('recall-issued'), event('recall-answered')],
  certified: [certify],
  'partly destroyed': [partly],
  'partly destroyed, and that verified': [partly, verify],
  rejected: [certify, event('destruction-rejected')],
  verified: [certify, verify],
  superseded: [event('record-superseded')],
  withdrawn: [notReceived, event('record-withdrawn')],
  'to be corrected': [event('correction-issued')],
  corrected: [event('correction-issued'), event('correction-confirmed')],
  suppressed: [event('publication-suppressed')],
  'published again': [event('publication-suppressed'), event('publication-restored')],
} satisfies Record<string, Step[]>;
type Situation = keyof typeof SITUATIONS;
const ALL = Object.keys(SITUATIONS) as Situation[];
/** All in which the record still stands, but for these. */
const allBut = (...refused: Situation[]) =>
  ALL.filter((each) => !['superseded', 'withdrawn', ...refused].includes(each));
const PARTLY = ['partly destroyed', 'partly destroyed, and that verified'] as const;

/** In which situations each event may be recorded; in all others it conflicts. */
const ALLOWED: Record<TransferEventKind, readonly Situation[]> = {
  'transfer-acknowledged': allBut('acknowledged', 'verified'),
  'transfer-disputed': allBut('disputed', 'acknowledged, then disputed', 'not received', 'verified'),
  'dispute-answered': ['disputed', 'acknowledged, then disputed', 'not received'],
  'holding-attested': allBut(),
  'retention-extended': allBut('certified', 'verified', ...PARTLY),
  'retention-reviewed': allBut('reviewed', 'certified', 'verified', ...PARTLY),
  'legal-hold-set': allBut('held', 'verified'),
  'legal-hold-lifted': ['held'],
  'recall-issued': allBut('verified'),
  'recall-answered': ['recalled'],
  'destruction-certified': allBut('held', 'certified', 'verified'),
  'destruction-verified': ['certified', 'partly destroyed'],
  'destruction-rejected': ['certified', ...PARTLY],
  'record-superseded': allBut(
    'held',
    'recalled',
    'with its recall answered',
    'to be corrected',
    'suppressed',
  ),
  'record-withdrawn': ['not received'],
  'correction-issued': allBut('to be corrected', 'corrected'),
  'correction-confirmed': ['to be corrected'],
  'publication-suppressed': allBut(),
  'publication-restored': ['suppressed'],
};

/** A record under which every event has its time. */
const counted = aTransfer({
  retention: { period: 'P1Y', trigger: 'end of the season', reviewBy: '2025-03-31' },
});

describe.each(TRANSFER_EVENT_KINDS)('%s', (kind) => {
  it.each(ALL)('when %s', (situation) => {
    const state = stateAfter(SITUATIONS[situation], counted);
    if (ALLOWED[kind].includes(situation)) expect(take(state, event(kind)).flags).toEqual([]);
    else expect(refusalOf(() => take(state, event(kind))).slug).toBe('conflict');
  });

  it('is not recorded of a day before the hand-over', () => {
    const early = event(kind, { occurredOn: '2024-03-09' });
    for (const situation of ALLOWED[kind]) {
      const refusal = refusalOf(() => take(stateAfter(SITUATIONS[situation], counted), early));
      expect([refusal.slug, refusal.faults[0]?.pointer]).toEqual(['invalid-record', '/occurredOn']);
    }
  });
});

describe('evolving', () => {
  it('opens with what the record says', () => {
    const entry = {
      ...entryOf({ kind: 'transfer-recorded', body: aTransfer() }, 0),
      flags: [{ code: 'unencrypted' as const }],
    };
    expect(evolveTransfer(undefined, entry)).toEqual({
      transferId: `tr-${entry.entryId}`,
      recorded: { occurredOn: '2024-03-10', recordedAt: entry.recordedAt, entryId: entry.entryId },
      record: aTransfer(),
      flags: [{ code: 'unencrypted' }],
      eventFlags: [],
      nextVersion: 1,
      retentionEnd: '2025-03-31',
      holds: [],
      corrections: [],
      confirmed: [],
    });
  });

  it('knows the end of a period of keeping by its review', () => {
    const retention = { period: 'P5Y', trigger: 'closure of the case', reviewBy: '2027-01-01' };
    expect(opened(aTransfer({ retention })).retentionEnd).toBe('2027-01-01');
    expect(opened(aRetrospectiveTransfer()).retentionEnd).toBeUndefined();
  });

  it.each(['transfer-recorded', 'agency-registered', 'toString', 'unheard-of'])(
    'refuses what is no event of a transfer: %s',
    (kind) => {
      expect(() => evolveTransfer(opened(), entryOf({ kind, body: {} }, 1))).toThrow(TypeError);
    },
  );
});
