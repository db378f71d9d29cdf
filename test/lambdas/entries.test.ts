import { describe, expect, it } from 'vitest';
import { decideTransfer } from '../../core/lifecycle/record-transfer.ts';
import { type Entry, entryIdOf, transferIdOf } from '../../core/model/entry.ts';
import type { Day, EntryId, Instant } from '../../core/model/scalars.ts';
import { entryItem, newEntry, storedEntry } from '../../lambdas/store/entries.ts';
import { aRetrospectiveTransfer, aSha256, aTransfer } from '../support/transfers.ts';

const anEntry = (entryId: EntryId, overrides: Partial<Entry> = {}): Entry => ({
  amanat: 1,
  entryId,
  kind: 'transfer-recorded',
  stream: 'transfer',
  subject: transferIdOf(entryId),
  version: 0,
  recordedAt: '2024-03-12T09:00:00.000Z' as Instant,
  principal: { sub: 'client-1', agency: aTransfer().provider.agencyId, roles: [] },
  flags: [],
  body: aTransfer(),
  ...overrides,
});
const roundTrip = (entry: Entry) => storedEntry(entryItem(newEntry(entry))).entry;

describe('an accepted entry can be read again', () => {
  it('also when its id has as many digits in a row as a national id or a phone number', () => {
    for (const id of [
      'db1ee0276290334574cf60837329f7c0',
      'a1234567890123bcdefabcdefabcdefa',
      'a3001234567bcdefabcdefabcdefabcd',
    ]) {
      const entry = anEntry(id as EntryId);
      expect(roundTrip(entry)).toEqual(entry);
    }
  });

  it('whatever its id', () => {
    for (let n = 0; n < 400; n++) {
      const entry = anEntry(entryIdOf('agency:numbering-authority', `key-${n}`), { body: {} });
      expect(roundTrip(entry).entryId).toBe(entry.entryId);
    }
  });

  it('with a flag for each column and each file that deserves one', () => {
    const many = <T>(count: number, make: (n: number) => T) =>
      Array.from({ length: count }, (_, n) => make(n));
    const body = aRetrospectiveTransfer({
      fields: many(200, (n) => ({
        name: `C${n}`,
        canonical: 'other' as const,
        sensitivity: 'internal' as const,
        transform: 'identity' as const,
      })),
      manifest: many(100, (n) => ({ file: `part-${n}.csv`, digestUnknown: 'The file is lost' })),
      encryption: 'none',
      agreement: { id: 'agr-2024-03', version: 1 },
      exception: { reason: 'Court order', approver: 'Director' },
    });
    const flags = decideTransfer(body, {
      today: '2026-01-01' as Day,
      agencies: new Map(
        [body.provider, body.recipient].map(({ agencyId }) => [
          agencyId,
          { agencyId, name: 'An agency', kind: 'other', holdsOwnData: true, nextVersion: 1 },
        ]),
      ),
      agreement: {
        agreementId: body.agreement?.id ?? expect.fail(),
        versions: [
          {
            version: 1,
            title: 'Another matter',
            provider: body.provider.agencyId,
            recipient: body.recipient.agencyId,
            purposes: [],
            fields: ['cnic'],
            areas: ['PK-PB'],
            validFrom: '2024-01-01' as Day,
            validUntil: '2024-12-31' as Day,
            onwardAllowed: false,
          },
        ],
        nextVersion: 1,
      },
      origins: new Map(),
    });
    expect(flags.length).toBeGreaterThan(300);
    const entry = anEntry('a'.repeat(32) as EntryId, { body, flags: [...flags] });
    expect(roundTrip(entry)).toEqual(entry);
  });
});

describe('what could not be read again', () => {
  it('is refused before it is written', () => {
    const unreadable = anEntry('a'.repeat(32) as EntryId, { version: -1 });
    expect(() => newEntry(unreadable)).toThrow();
  });

  it('is refused as too large above 60 KB', () => {
    const body = { text: Array.from({ length: 2_000 }, (_, n) => aSha256(String(n))).join('') };
    expect(() => newEntry(anEntry('a'.repeat(32) as EntryId, { body }))).toThrow(
      expect.objectContaining({ slug: 'entry-too-large' }),
    );
  });
});

describe('an item that the system did not write', () => {
  const item = entryItem(newEntry(anEntry('a'.repeat(32) as EntryId)));

  it.each([
    ['another body', { body: entryItem(newEntry(anEntry('b'.repeat(32) as EntryId)))['body'] }],
    ['no leaf hash', { leaf: undefined }],
    ['no request digest', { request: undefined }],
    ['another key', { pk: { S: `ENTRY#${'b'.repeat(32)}` } }],
  ])('with %s is not taken for an entry', (_, change) => {
    const changed = Object.fromEntries(
      Object.entries({ ...item, ...change }).flatMap(([name, value]) => (value ? [[name, value]] : [])),
    );
    expect(() => storedEntry(changed)).toThrow(/ENTRY#/);
  });
});

describe('what was asked for', () => {
  const requestOf = (overrides: Partial<Entry>) =>
    Buffer.from(newEntry(anEntry('a'.repeat(32) as EntryId, overrides)).request).toString('hex');
  const event: Partial<Entry> = { kind: 'transfer-recalled', version: 1 };
  const trace = (question: string, answerSha256: string): Partial<Entry> => ({
    kind: 'trace-run',
    stream: 'incident',
    version: 2,
    body: { caseReference: 'c-1', description: { text: question }, answerSha256, reflects: { size: 4 } },
  });

  it('follows from the entry, whatever the ledger added to it', () => {
    expect(requestOf({ recordedAt: '2025-01-01T00:00:00.000Z' as Instant, subject: 'tr-other' })).toBe(
      requestOf({}),
    );
    expect(requestOf(trace('which?', 'a'))).toBe(requestOf(trace('which?', 'b')));
  });

  it.each<[string, Partial<Entry>, Partial<Entry>]>([
    ['body', {}, { body: { ...aTransfer(), snapshot: { from: '2023-01-01', to: '2023-01-02' } } }],
    ['kind', event, { ...event, kind: 'holding-attested' }],
    ['subject of an event', event, { ...event, subject: 'tr-other' }],
    ['question of a trace', trace('which?', 'a'), trace('who?', 'a')],
  ])('is another with another %s', (_, one, other) => {
    expect(requestOf(other)).not.toBe(requestOf(one));
  });
});
