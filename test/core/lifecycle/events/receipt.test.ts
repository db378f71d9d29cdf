import { describe, expect, it } from 'vitest';
import { aRetrospectiveTransfer, aSha256, aTransfer } from '../../../support/transfers.ts';
import { event, given, stateAfter, toldOf } from '../specs.ts';

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

  it('of another count of a file is flagged, where the whole was estimated', () => {
    const files = [{ file: 'subscribers.csv', sha256: aSha256('subscribers'), rows: 119_999 }];
    const other = acknowledge({ rows: undefined, files });
    given([], aTransfer({ volume: { rows: 120_000, exact: false } }))
      .when(other)
      .thenChanges({ acknowledged: { ...toldOf(other, 1), agrees: false } }, [
        { code: 'acknowledgement-rows-differ', pointer: '/files' },
      ]);
  });

  it('that agrees takes back what was remarked on the one before the dispute', () => {
    const fewer = acknowledge({ rows: 119_999 });
    const dispute = event('transfer-disputed');
    const { eventFlags } = stateAfter([fewer, dispute]);
    expect(eventFlags).toEqual([
      { code: 'acknowledgement-rows-differ', kind: 'transfer-acknowledged', pointer: '/rows' },
    ]);
    expect(stateAfter([fewer, dispute, acknowledge()]).eventFlags).toEqual([]);
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

describe('an answer to a dispute', () => {
  const [dispute, answer] = [event('transfer-disputed'), event('dispute-answered', { answer: 'sent-again' })];

  it('stands beside it until the recipient acknowledges or disputes again', () => {
    const disputed = { ...toldOf(dispute, 1), reason: 'rows-differ' };
    given([dispute])
      .when(answer)
      .thenChanges({ disputed: { ...disputed, answered: { ...toldOf(answer, 2), answer: 'sent-again' } } });
    const again = event('transfer-disputed', { reason: 'digest-differs', occurredOn: '2024-03-15' });
    given([dispute, answer])
      .when(again)
      .thenChanges({ disputed: { ...toldOf(again, 3), reason: 'digest-differs' } });
    expect(stateAfter([dispute, answer, event('transfer-acknowledged')]).disputed).toBeUndefined();
  });

  it('comes after it, and before the next', () => {
    given([dispute])
      .when(event('dispute-answered', { occurredOn: '2024-03-12' }))
      .thenRefused('invalid-record', '/occurredOn');
    given([dispute, event('dispute-answered', { occurredOn: '2024-03-14' })])
      .when(dispute)
      .thenRefused('invalid-record', '/occurredOn');
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
