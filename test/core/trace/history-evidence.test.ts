import { describe, expect, it } from 'vitest';
import { aLeak, aRetrospectiveTransfer, aSha256, aTransfer } from '../../support/transfers.ts';
import { columns, type Event, evidenceAbout, holding, idOf, trace, worldOf } from './world.ts';

/** First seen on 2026-01-15; the transfer was to be gone by 2025-03-31. */
const leak = aLeak();
const evidence = (events: readonly Event[], record = aTransfer()) => evidenceAbout(leak, record, events);

const certified = (occurredOn: string, more: object = {}): Event => ({
  kind: 'destruction-certified',
  body: {
    occurredOn,
    scope: 'logical',
    method: 'purge',
    tool: 'a tool',
    performer: 'staff-1',
    verifier: 'staff-2',
    backups: 'destroyed',
    derivatives: 'none-existed',
    ...more,
  },
});
const verified = (occurredOn: string): Event => ({
  kind: 'destruction-verified',
  body: { occurredOn, verifier: 'staff-3', how: 'by inspection' },
});

describe('given a holding that was to be gone when the leak was first seen', () => {
  it('without a certificate: for', () => {
    expect(evidence([])?.get('retention-ended')).toMatchObject({
      bearing: 'for',
      points: 2,
      restsOn: { record: ['/retention'] },
    });
  });

  it('because it was recalled: for, and said', () => {
    const recall: Event = {
      kind: 'recall-issued',
      body: { occurredOn: '2024-05-01', dueBy: '2024-06-01', reason: 'Recalled' },
    };
    expect(evidence([recall])?.get('retention-ended')?.detail).toContain('2024-06-01, when it was recalled');
  });

  it('with a certificate: against, and says what it rests on', () => {
    const found = evidence([certified('2025-02-01')]);
    expect(found?.get('destruction-certified')).toMatchObject({ bearing: 'against', points: -2 });
    expect(found?.get('destruction-certified')?.restsOn.entries).toHaveLength(1);
    expect(found?.has('retention-ended')).toBe(false);
    expect(found?.has('destruction-incomplete')).toBe(false);
  });

  it('with a verified one: against, more', () => {
    const found = evidence([certified('2025-02-01'), verified('2025-03-01')]);
    expect(found?.get('destruction-verified')).toMatchObject({ bearing: 'against', points: -3 });
    expect(found?.get('destruction-verified')?.restsOn.entries).toHaveLength(2);
    expect(found?.has('destruction-certified')).toBe(false);
  });

  it('with one from after that day: for, as it stood on that day', () => {
    const found = evidence([certified('2026-02-01'), verified('2026-03-01')]);
    expect(found?.has('retention-ended')).toBe(true);
    expect(found?.has('destruction-certified')).toBe(false);
  });

  it.each([
    [{ backups: 'expire-later' }, 'backups that expire later'],
    [{ backups: 'unknown' }, 'perhaps backups'],
    [{ derivatives: 'kept' }, 'derived data that was kept'],
    [{ derivatives: 'unknown' }, 'perhaps derived data'],
  ])('with one that says %j: for', (more, said) => {
    const found = evidence([certified('2025-02-01', more)])?.get('destruction-incomplete');
    expect(found).toMatchObject({ bearing: 'for', points: 1 });
    expect(found?.detail).toContain(said);
  });

  it('with one that was rejected: for', () => {
    const rejected: Event = {
      kind: 'destruction-rejected',
      body: { occurredOn: '2025-02-10', verifier: 'staff-3', reason: 'No log of the tool' },
    };
    const found = evidence([certified('2025-02-01'), rejected]);
    expect(found?.get('destruction-rejected')).toMatchObject({ bearing: 'for', points: 1 });
    expect(found?.has('retention-ended')).toBe(true);
  });
});

describe('given a holding that was not to be gone yet', () => {
  it('it was still held: for', () => {
    const found = evidence([], aTransfer({ retention: { until: '2027-01-01' } }));
    expect(found?.get('still-held')?.detail).toContain('2027-01-01');
    expect(found?.get('still-held')).toMatchObject({ bearing: 'for', points: 1 });
  });

  it('after an extension it was still held', () => {
    const extended: Event = {
      kind: 'retention-extended',
      body: {
        occurredOn: '2025-03-01',
        from: '2025-03-31',
        until: '2027-06-30',
        approver: 'staff-9',
        reason: 'Work goes on',
      },
    };
    expect(evidence([extended])?.get('still-held')?.detail).toContain('2027-06-30');
  });

  it('under a legal hold it was still held', () => {
    const hold: Event = {
      kind: 'legal-hold-set',
      body: { occurredOn: '2025-01-01', reference: 'court-7', reason: 'A suit' },
    };
    const found = evidence([hold])?.get('still-held');
    expect(found?.detail).toContain('legal hold');
    expect(found?.restsOn.entries).toHaveLength(1);
  });

  it('for an end that is not recorded: neutral', () => {
    expect(evidence([], aRetrospectiveTransfer())?.get('retention-unknown')).toMatchObject({
      bearing: 'neutral',
      points: 0,
    });
  });
});

describe('given what the recipient said', () => {
  const attested = (held: boolean, occurredOn = '2025-06-01'): Event => ({
    kind: 'holding-attested',
    body: { occurredOn, held },
  });
  const acknowledged = (more: object = {}): Event => ({
    kind: 'transfer-acknowledged',
    body: { occurredOn: '2024-03-12', storedAt: 'a database', ...more },
  });
  const disputed = (reason: string): Event => ({
    kind: 'transfer-disputed',
    body: { occurredOn: '2024-03-12', reason },
  });

  it('that it holds the data: for', () => {
    expect(evidence([attested(true)])?.get('attested-held')).toMatchObject({ bearing: 'for', points: 1 });
  });
  it('that it does not hold the data: against', () => {
    expect(evidence([attested(false)])?.get('attested-not-held')).toMatchObject({
      bearing: 'against',
      points: -1,
    });
  });
  it('about its holding only after the leak was seen: nothing', () => {
    expect(evidence([attested(false, '2026-02-01')])?.has('attested-not-held')).toBe(false);
  });

  it('acknowledged: for', () => {
    expect(evidence([acknowledged()])?.get('acknowledged')).toMatchObject({ bearing: 'for', points: 1 });
  });
  it('acknowledged with another count: neutral', () => {
    expect(evidence([acknowledged({ rows: 5 })])?.get('acknowledged-differs')).toMatchObject({
      bearing: 'neutral',
    });
  });
  it('nothing: neutral', () => {
    expect(evidence([])?.get('not-acknowledged')).toMatchObject({ bearing: 'neutral' });
  });

  it('disputed: against', () => {
    expect(evidence([disputed('rows-differ')])?.get('disputed')).toMatchObject({
      bearing: 'against',
      points: -1,
    });
  });
  it('disputed that it got the data: against, more', () => {
    const found = evidence([disputed('not-received')]);
    expect(found?.get('disputed-not-received')).toMatchObject({ bearing: 'against', points: -4 });
    expect(found?.has('not-acknowledged')).toBe(false);
  });
});

describe('given what stands beside the record', () => {
  it('a replacement: against, whenever it was recorded', () => {
    const superseded: Event = {
      kind: 'record-superseded',
      body: { occurredOn: '2026-03-01', by: idOf(7), reason: 'Wrong fields' },
    };
    const found = evidence([superseded])?.get('superseded');
    expect(found).toMatchObject({ bearing: 'against', points: -5 });
    expect(found?.restsOn.entries?.at(-1)).toBe(idOf(7).slice(3));
  });

  it('fingerprints and canaries: neutral, and tell what could be tested', () => {
    const record = aTransfer({
      fingerprint: { sha256: aSha256('fp'), rows: 120_000, fieldSets: ['msisdn+cnic'], epoch: '2024' },
      canaries: { count: 50, sha256: aSha256('canaries') },
    });
    const found = evidence([], record);
    expect(found?.get('fingerprint-available')).toMatchObject({ bearing: 'neutral', points: 0 });
    expect(found?.get('canaries-planted')?.detail).toContain('50 records were planted');
  });

  it('transfers onward: neutral, with those that are candidates too', () => {
    const world = worldOf([
      holding('msisdn', 'cnic'),
      { record: aTransfer({ originTransferIds: [idOf(0)], fields: columns('cnic') }) },
      { record: aTransfer({ originTransferIds: [idOf(1)], fields: columns('imei') }) },
    ]);
    const answer = trace(world, leak);
    const about = (n: number) =>
      answer.candidates.items.find(({ transfer }) => transfer.transferId === idOf(n))?.evidence ?? [];
    expect(about(0)).toContainEqual(
      expect.objectContaining({
        code: 'passed-on',
        bearing: 'neutral',
        detail:
          'Data of it was passed on by 2 recorded hand-overs, 1 of which could explain the leak too: to hill-it-board.',
        restsOn: { entries: [idOf(1).slice(3), idOf(2).slice(3)] },
      }),
    );
    expect(about(1)).toContainEqual(
      expect.objectContaining({
        code: 'origin-is-candidate',
        restsOn: expect.objectContaining({ entries: [idOf(0).slice(3)] }),
      }),
    );
  });

  it('transfers onward in a circle: counted once', () => {
    const world = worldOf([
      { record: aTransfer({ originTransferIds: [idOf(1)] }) },
      { record: aTransfer({ originTransferIds: [idOf(0)] }) },
    ]);
    const [first] = trace(world, leak).candidates.items;
    expect(first?.evidence.find(({ code }) => code === 'passed-on')?.detail).toContain(
      '1 recorded hand-over,',
    );
  });
});

describe('the state shown', () => {
  it('is that of the day on which the leak was first seen', () => {
    const world = worldOf([{ record: aTransfer(), events: [certified('2026-02-01')] }]);
    expect(trace(world, leak).candidates.items[0]?.transfer).toMatchObject({ state: 'overdue', marks: [] });
    const later = aLeak({ seenOn: '2026-02-02' });
    expect(trace(world, later).candidates.items[0]?.transfer.state).toBe('certified');
  });

  it('and orders only those whose records weigh the same', () => {
    const records = [
      holding('msisdn'),
      { ...holding('msisdn'), events: [certified('2025-02-01')] },
      holding('msisdn', 'cnic'),
    ];
    const items = trace(worldOf(records), leak).candidates.items;
    expect(items.map(({ transfer, rank }) => [transfer.sequence, rank])).toEqual([
      [2, 1],
      [0, 2],
      [1, 2],
    ]);
  });
});
