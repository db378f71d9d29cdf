import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Entry,
  entryBytes,
  entryIdOf,
  entryIdWithin,
  incidentIdOf,
  MAX_ENTRY_BYTES,
  parseEntry,
  traceIdOf,
  transferIdOf,
} from '../../../core/model/entry.ts';
import { submitterOf } from '../../../core/model/principal.ts';
import type { AgencyId, Instant } from '../../../core/model/scalars.ts';
import { Problem } from '../../../core/problem.ts';
import { aSha256, aTransfer } from '../../support/transfers.ts';

const principal = { sub: 'register-gateway', agency: 'numbering-authority' as AgencyId, roles: [] };
const anEntry = (of = 'example', body: Record<string, unknown> = aTransfer()): Entry => {
  const entryId = entryIdOf(submitterOf(principal), of);
  return {
    amanat: 1,
    entryId,
    kind: 'transfer-recorded',
    stream: 'transfer',
    subject: transferIdOf(entryId),
    version: 0,
    recordedAt: '2024-03-10T11:05:42.118Z' as Instant,
    principal,
    flags: [],
    body,
  };
};

describe('the id of an entry', () => {
  test('follows from submitter and key alone', () => {
    expect(entryIdOf('agency:a', 'key')).toBe(entryIdOf('agency:a', 'key'));
    expect(entryIdOf('agency:a', 'key')).toMatch(/^[0-9a-f]{32}$/);
    // Known for good: entries already recorded are found by it.
    expect(entryIdOf('agency:numbering-authority', 'key-1')).toBe('0f6a48bff145cdcbc90e64b2b9c1afd1');
  });

  test('differs with either, and nothing of the one can be moved to the other', () => {
    const submitter = fc.constantFrom('agency:a', 'agency:a-b', 'agency:b', 'staff:a');
    const key = fc.string({ minLength: 1, maxLength: 30 }).map((word) => word.replace(/[^\x21-\x7e]/g, '-'));
    fc.assert(
      fc.property(submitter, key, submitter, key, (one, first, other, second) => {
        expect(entryIdOf(one, first) === entryIdOf(other, second)).toBe(one === other && first === second);
      }),
    );
  });

  test('belongs to the agency, or to the member of staff who speaks for none', () => {
    expect(submitterOf(principal)).toBe('agency:numbering-authority');
    expect(submitterOf({ sub: 'numbering-authority', roles: ['steward'] })).toBe('staff:numbering-authority');
  });

  test('can be read from the ids made of it', () => {
    const id = entryIdOf('agency:a', 'key');
    for (const idOf of [transferIdOf, incidentIdOf, traceIdOf]) expect(entryIdWithin(idOf(id))).toBe(id);
  });
});

describe('the bytes of an entry', () => {
  test('say all of it, whatever its id happens to look like', () => {
    // One id in a hundred holds a run of digits that could be a national id.
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (of) => {
        const entry = anEntry(of);
        expect(parseEntry(entryBytes(entry))).toEqual(entry);
      }),
      { numRuns: 2000 },
    );
  });

  test('are no more than fit the log', () => {
    const sized = (length: number) => entryBytes(anEntry('k', { filler: 'x'.repeat(length) }));
    const rest = sized(0).length;
    expect(sized(MAX_ENTRY_BYTES - rest).length).toBe(MAX_ENTRY_BYTES);
    const tooLarge = () => sized(MAX_ENTRY_BYTES - rest + 1);
    expect(tooLarge).toThrow(Problem);
    expect(tooLarge).toThrow('60001 bytes');
  });

  test.each([
    ['are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['are not JSON', new TextEncoder().encode('{')],
    ['are another thing', new TextEncoder().encode('{"amanat":1}')],
    ['say more than an entry', new TextEncoder().encode(JSON.stringify({ ...anEntry(), more: 1 }))],
    ['are of another format', new TextEncoder().encode(JSON.stringify({ ...anEntry(), amanat: 2 }))],
  ])('are refused when they %s', (_, bytes) => {
    expect(() => parseEntry(bytes)).toThrow();
  });
});

test('a principal without an agency and one with two staff roles are entries too', () => {
  const auditor = { ...anEntry(), principal: { sub: aSha256('auditor'), roles: ['auditor', 'operator'] } };
  expect(Entry.safeParse(auditor).success).toBe(true);
  expect(Entry.safeParse({ ...auditor, principal: { sub: '35202-1234567-1', roles: [] } }).success).toBe(
    false,
  );
});
