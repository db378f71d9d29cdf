import { describe, expect, it } from 'vitest';
import {
  evolveTransfer,
  TRANSFER_EVENT_KINDS,
  type TransferEventKind,
} from '../../../core/lifecycle/transfer-events.ts';
import { aRetrospectiveTransfer, aSha256, aTransfer, aTransferId } from '../../support/transfers.ts';
import { entryOf, event, given, opened, refusalOf, type Step, stateAfter, take, toldOf } from './specs.ts';

/** Situations in the life of a transfer, and the events that brought it there. */
const SITUATIONS = {
  recorded: [],
  acknowledged: [event('transfer-acknowledged')],
  disputed: [event('transfer-disputed')],
  'acknowledged, then disputed': [event('transfer-acknowledged'), event('transfer-disputed')],
  held: [event('legal-hold-set')],
  recalled: [event('recall-issued')],
  certified: [event('destruction-certified')],
  rejected: [event('destruction-certified'), event('destruction-rejected')],
  verified: [event('destruction-certified'), event('destruction-verified')],
  superseded: [event('record-superseded')],
  'to be corrected': [event('correction-issued')],
  corrected: [event('correction-issued'), event('correction-confirmed')],
} satisfies Record<string, Step[]>;
type Situation = keyof typeof SITUATIONS;
const ALL = Object.keys(SITUATIONS) as Situation[];
const allBut = (...refused: Situation[]) => ALL.filter((situation) => !refused.includes(situation));

/** In which situations each event may be recorded; in all others it conflicts. */
const ALLOWED: Record<TransferEventKind, readonly Situation[]> = {
  'transfer-acknowledged': allBut('acknowledged', 'verified'),
  'transfer-disputed': allBut('disputed', 'acknowledged, then disputed', 'verified'),
  'holding-attested': ALL,
  'retention-extended': allBut('certified', 'verified'),
  'legal-hold-set': allBut('held', 'verified'),
  'legal-hold-lifted': ['held'],
  'recall-issued': allBut('verified'),
  'destruction-certified': allBut('held', 'certified', 'verified'),
  'destruction-verified': ['certified'],
  'destruction-rejected': ['certified'],
  'record-superseded': allBut('superseded'),
  'correction-issued': allBut('to be corrected', 'corrected'),
  'correction-confirmed': ['to be corrected'],
};

describe.each(TRANSFER_EVENT_KINDS)('%s', (kind) => {
  it.each(ALL)('when %s', (situation) => {
    const state = stateAfter(SITUATIONS[situation]);
    if (ALLOWED[kind].includes(situation)) expect(take(state, event(kind)).flags).toEqual([]);
    else expect(refusalOf(() => take(state, event(kind))).slug).toBe('conflict');
  });
});

describe('an acknowledgement', () => {
  const acknowledge = (overrides = {}) => event('transfer-acknowledged', overrides);

  it('says when it took place, when it was told, and that the counts agree', () => {
    given([])
      .when(acknowledge())
      .thenChanges({ acknowledged: { ...toldOf(acknowledge(), 1), agrees: true } });
  });

  it('settles a dispute', () => {
    given([event('transfer-disputed')])
      .when(acknowledge())
      .thenChanges({ acknowledged: { ...toldOf(acknowledge(), 2), agrees: true }, disputed: undefined });
  });

  it('of another digest is flagged and does not agree', () => {
    const other = acknowledge({ files: [{ file: 'subscribers.csv', sha256: aSha256('other') }] });
    given([])
      .when(other)
      .thenChanges({ acknowledged: { ...toldOf(other, 1), agrees: false } }, [
        { code: 'acknowledgement-digest-differs', pointer: '/files' },
      ]);
  });

  it('of another count is flagged, where the record counted exactly', () => {
    const fewer = acknowledge({ rows: 119_999 });
    given([])
      .when(fewer)
      .thenChanges({ acknowledged: { ...toldOf(fewer, 1), agrees: false } }, [
        { code: 'acknowledgement-rows-differ', pointer: '/rows' },
      ]);
    given([], aTransfer({ volume: { rows: 120_000, exact: false } }))
      .when(fewer)
      .thenChanges({ acknowledged: { ...toldOf(fewer, 1), agrees: true } });
  });

  it('compares only what both sides know', () => {
    const bare = acknowledge({ rows: undefined, files: undefined });
    given([])
      .when(bare)
      .thenChanges({ acknowledged: { ...toldOf(bare, 1), agrees: true } });
    const unknownFile = acknowledge({ files: [{ file: 'another.csv', sha256: aSha256('other') }] });
    given([])
      .when(unknownFile)
      .thenChanges({ acknowledged: { ...toldOf(unknownFile, 1), agrees: true } });
    const noDigest = aTransfer({ manifest: [{ file: 'subscribers.csv', digestUnknown: 'Lost' }] });
    given([], noDigest)
      .when(acknowledge())
      .thenChanges({ acknowledged: { ...toldOf(acknowledge(), 1), agrees: true } });
    given([], aRetrospectiveTransfer())
      .when(acknowledge())
      .thenChanges({ acknowledged: { ...toldOf(acknowledge(), 1), agrees: true } });
  });
});

describe('a dispute', () => {
  it('keeps its reason, and the acknowledgement before it', () => {
    const dispute = event('transfer-disputed', { reason: 'digest-differs' });
    given([event('transfer-acknowledged')])
      .when(dispute)
      .thenChanges({ disputed: { ...toldOf(dispute, 2), reason: 'digest-differs' } });
  });
});

describe('an attestation', () => {
  it('is the last that was made', () => {
    const gone = event('holding-attested', { held: false, occurredOn: '2024-07-01' });
    given([event('holding-attested')])
      .when(gone)
      .thenChanges({ attested: { ...toldOf(gone, 2), held: false } });
  });
});

describe('an extension of the retention', () => {
  const extend = (from: string, until: string) => event('retention-extended', { from, until });

  it('moves the end', () => {
    given([]).when(extend('2025-03-31', '2026-03-31')).thenChanges({ retentionEnd: '2026-03-31' });
  });

  it('starts from the end in force, also after another extension', () => {
    const once = [extend('2025-03-31', '2026-03-31')];
    given(once).when(extend('2026-03-31', '2026-04-01')).thenChanges({ retentionEnd: '2026-04-01' });
    given(once).when(extend('2025-03-31', '2026-04-01')).thenRefused('invalid-record', '/from');
  });

  it('neither stays nor goes back', () => {
    given([]).when(extend('2025-03-31', '2025-03-31')).thenRefused('invalid-record', '/until');
    given([]).when(extend('2025-03-31', '2025-03-30')).thenRefused('invalid-record', '/until');
  });

  it('needs a retention to extend', () => {
    given([], aRetrospectiveTransfer()).when(extend('2025-03-31', '2026-03-31')).thenRefused('conflict');
  });

  it('is possible again once a certificate was rejected', () => {
    given([event('destruction-certified'), event('destruction-rejected')])
      .when(extend('2025-03-31', '2026-03-31'))
      .thenChanges({ retentionEnd: '2026-03-31' });
  });
});

describe('legal holds', () => {
  const set = (reference: string) => event('legal-hold-set', { reference });
  const lift = (reference: string) => event('legal-hold-lifted', { reference });

  it('stand side by side and are lifted one by one', () => {
    given([set('a')])
      .when(set('b'))
      .thenChanges({
        holds: [
          { ...toldOf(set('a'), 1), reference: 'a' },
          { ...toldOf(set('b'), 2), reference: 'b' },
        ],
      });
    given([set('a'), set('b')])
      .when(lift('a'))
      .thenChanges({ holds: [{ ...toldOf(set('b'), 2), reference: 'b' }] });
    given([set('a')])
      .when(lift('b'))
      .thenRefused('conflict');
  });

  it('block the disposal until the last is lifted', () => {
    given([set('a'), set('b'), lift('a')])
      .when(event('destruction-certified'))
      .thenRefused('conflict');
    expect(stateAfter([set('a'), lift('a'), event('destruction-certified')]).certified).toBeDefined();
  });

  it('can be set again under the same reference once lifted', () => {
    expect(stateAfter([set('a'), lift('a'), set('a')]).holds).toHaveLength(1);
  });

  it('are not lifted before they were set', () => {
    given([set('a')])
      .when(event('legal-hold-lifted', { reference: 'a', occurredOn: '2024-04-30' }))
      .thenRefused('invalid-record', '/occurredOn');
  });
});

describe('a recall', () => {
  it('is due at its own day', () => {
    const recall = event('recall-issued');
    given([])
      .when(recall)
      .thenChanges({ recalled: { ...toldOf(recall, 1), dueBy: '2024-08-01' } });
  });

  it('may be due on the day it is issued, not before', () => {
    const due = (dueBy: string) => event('recall-issued', { occurredOn: '2024-07-01', dueBy });
    expect(stateAfter([due('2024-07-01')]).recalled?.dueBy).toBe('2024-07-01');
    given([]).when(due('2024-06-30')).thenRefused('invalid-record', '/dueBy');
  });
});

describe('a destruction', () => {
  const certify = event('destruction-certified');
  const [verify, reject] = [event('destruction-verified'), event('destruction-rejected')];

  it('is certified, then verified', () => {
    given([])
      .when(certify)
      .thenChanges({ certified: { ...toldOf(certify, 1), scope: 'media' } });
    given([certify])
      .when(verify)
      .thenChanges({ verified: toldOf(verify, 2) });
  });

  it('that is rejected has to be certified anew', () => {
    given([certify])
      .when(reject)
      .thenChanges({ certified: undefined, rejected: { ...toldOf(reject, 2), reason: 'Backups remain' } });
    given([certify, reject])
      .when(certify)
      .thenChanges({ certified: { ...toldOf(certify, 3), scope: 'media' }, rejected: undefined });
  });

  it.each(['destruction-verified', 'destruction-rejected'] as const)(
    'is not judged before it took place (%s)',
    (kind) => {
      given([certify])
        .when(event(kind, { occurredOn: '2025-03-19' }))
        .thenRefused('invalid-record', '/occurredOn');
      expect(stateAfter([certify, event(kind, { occurredOn: '2025-03-20' })]).nextVersion).toBe(3);
    },
  );
});

describe('a record that is superseded', () => {
  it('names the one that takes its place', () => {
    given([])
      .when(event('record-superseded'))
      .thenChanges({ supersededBy: aTransferId('other') });
  });

  it('is not superseded by itself', () => {
    given([])
      .when(event('record-superseded', { by: opened().transferId }))
      .thenRefused('invalid-record', '/by');
  });
});

describe('corrections', () => {
  const issue = (correctionId: string) => event('correction-issued', { correctionId });
  const confirm = (correctionId: string) => event('correction-confirmed', { correctionId });

  it('are confirmed one by one', () => {
    given([issue('c-1'), issue('c-2')])
      .when(confirm('c-2'))
      .thenChanges({
        corrections: [
          { correctionId: 'c-1', issued: toldOf(issue('c-1'), 1) },
          { correctionId: 'c-2', issued: toldOf(issue('c-2'), 2), confirmed: toldOf(confirm('c-2'), 3) },
        ],
      });
  });

  it('that nobody issued cannot be confirmed', () => {
    given([issue('c-1')])
      .when(confirm('c-2'))
      .thenRefused('conflict');
  });

  it('are not confirmed before they were issued', () => {
    given([issue('c-1')])
      .when(event('correction-confirmed', { occurredOn: '2024-03-31' }))
      .thenRefused('invalid-record', '/occurredOn');
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
      nextVersion: 1,
      retentionEnd: '2025-03-31',
      holds: [],
      corrections: [],
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
