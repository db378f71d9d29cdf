import { describe, expect, test } from 'vitest';
import { SignatureError } from '../../../core/http-signature/error.ts';
import type { Entry } from '../../../core/model/entry.ts';
import { PartyCheck } from '../../../core/signing/parties.ts';
import { SIGNER, SignedLog } from '../../support/signed-log.ts';
import { keyRegistration, newKey } from '../../support/signing.ts';

const check = (entries: readonly Entry[]): number => {
  const parties = new PartyCheck();
  for (const entry of entries) parties.take(entry);
  return parties.signed;
};
const refused = (entries: readonly Entry[], detail: RegExp) => {
  expect(() => check(entries)).toThrow(SignatureError);
  expect(() => check(entries)).toThrow(detail);
};

describe('the signatures of a log', () => {
  test.each(['Ed25519', 'P-256'] as const)('are checked with the keys before them (%s)', (kind) => {
    const log = new SignedLog();
    const key = newKey(kind);
    log.transfer();
    log.register(key);
    log.transfer({ key });
    log.transfer();
    expect(check(log.entries)).toBe(1);
  });

  const signed = () => {
    const log = new SignedLog();
    const key = newKey();
    log.register(key);
    return { key, entry: log.transfer({ key }), entries: log.entries };
  };

  test.each<[string, (entry: Entry) => Entry, RegExp]>([
    ['body', (entry) => ({ ...entry, body: { ...entry.body, purposeText: 'Another' } }), /not verify/],
    ['kind', (entry) => ({ ...entry, kind: 'coverage-declared' }), /not verify/],
    [
      'subject',
      (entry) => ({ ...entry, kind: 'transfer-acknowledged', subject: `tr-${'0'.repeat(32)}` }),
      /not verify/,
    ],
    ['id', (entry) => ({ ...entry, entryId: '0'.repeat(32) as never }), /another entry/],
    [
      'agency',
      (entry) => ({ ...entry, principal: { ...entry.principal, agency: 'hill-it-board' as never } }),
      /another entry/,
    ],
    [
      'time',
      (entry) => ({ ...entry, recordedAt: '2026-11-01T11:00:00.000Z' as never }),
      /not created within/,
    ],
    ['key of the append', (entry) => withSignature(entry, { idempotencyKey: 'another' }), /another entry/],
    ['ledger', (entry) => withSignature(entry, { api: 'api.example.org/dev' }), /not verify/],
    ['kind, for one of the ledger’s own', (entry) => ({ ...entry, kind: 'trace-run' }), /no agency/],
    ['role', (entry) => ({ ...entry, principal: { sub: 'steward', roles: ['steward'] } }), /no agency/],
  ])('do not fit another %s', (_, change, detail) => {
    const { entries, entry } = signed();
    expect(check(entries)).toBe(1);
    refused([...entries.slice(0, -1), change(entry)], detail);
  });

  const withSignature = (entry: Entry, changes: object): Entry => ({
    ...entry,
    signature: { ...(entry.signature as NonNullable<Entry['signature']>), ...changes },
  });

  test('name a key that the agency has by then', () => {
    const { entries } = signed();
    refused(entries.toReversed(), /had not registered/);
  });

  test('are by a key that was not revoked when they were made', () => {
    const log = new SignedLog();
    const [key, next] = [newKey(), newKey()];
    log.register(key);
    log.register(next, { key });
    log.transfer({ key });
    const before = log.transfer({ key });
    log.revoke(key, { key: next });
    expect(check(log.entries)).toBe(4);
    // Sequenced after the revocation, and taken before: entries of different histories come in any order.
    const reordered = log.entries.filter((entry) => entry !== before);
    expect(check([...reordered, before])).toBe(4);
    log.transfer({ key, minutes: 2 });
    refused(log.entries, /had revoked/);
  });

  test('are there, where the agency signs all that it appends', () => {
    const log = new SignedLog();
    const key = newKey();
    log.register(key);
    log.require(true, { key });
    // Functions go on for some seconds with what they knew.
    log.transfer({ minutes: 0.5 });
    log.transfer({ key });
    expect(check(log.entries)).toBe(2);
    const unsigned = log.transfer({ minutes: 2 });
    refused(log.entries, /is missing, and numbering-authority/);
    // Not its own doing: what the ledger appends itself, and what another appends.
    const others = log.entries.filter((entry) => entry !== unsigned);
    const traced = { ...unsigned, kind: 'trace-run', stream: 'incident' as const };
    const another = { ...unsigned, principal: { ...unsigned.principal, agency: 'hill-it-board' as never } };
    expect(check([...others, traced, another])).toBe(2);
  });

  test('may be left out again, once the agency said so', () => {
    const log = new SignedLog();
    const key = newKey();
    log.register(key);
    const on = log.require(true, { key });
    const off = log.require(false, { key });
    const unsigned = log.transfer({ minutes: 5 });
    expect(check(log.entries)).toBe(2);
    // Whatever order the history has in the log, its last word counts.
    expect(check([log.entries[0] as Entry, off, on, unsigned])).toBe(2);
  });
});

describe('what the ledger says that agencies sign', () => {
  const unsigned = (entry: Entry): Entry => {
    const { signature: _, ...rest } = entry;
    return rest;
  };
  const demanding = () => {
    const log = new SignedLog();
    const key = newKey();
    log.register(key);
    log.transfer();
    log.demand(['transfer-recorded', 'destruction-certified']);
    // Functions go on for some seconds with what they knew.
    log.transfer({ minutes: 0.5 });
    return { log, key };
  };

  test('is signed from then on, and before or of another kind need not be', () => {
    const { log, key } = demanding();
    log.transfer({ key, minutes: 5 });
    log.require(true, { key });
    log.require(false, { key });
    log.add('coverage-declared', {});
    expect(check(log.entries)).toBe(3);
  });

  test('is found missing, where the signature was left out and the rest made to fit', () => {
    const { log, key } = demanding();
    const last = log.transfer({ key, minutes: 5 });
    expect(check(log.entries)).toBe(1);
    refused([...log.entries.slice(0, -1), unsigned(last)], /the ledger had said that transfer-recorded is/);
  });

  test('is not asked of a steward, nor of another kind of entry', () => {
    const { log } = demanding();
    const last = log.transfer({ minutes: 5 });
    const rest = log.entries.slice(0, -1);
    refused([...rest, last], /is missing/);
    expect(check([...rest, { ...last, principal: { sub: 'a', roles: ['steward'] } }])).toBe(0);
    expect(check([...rest, { ...last, kind: 'transfer-disputed' }])).toBe(0);
    expect(check([...rest, { ...last, kind: 'trace-run', stream: 'incident' }])).toBe(0);
  });

  test('may be less again, for what was accepted after the ledger said so', () => {
    const { log } = demanding();
    const early = log.transfer({ minutes: 5 });
    const rest = log.entries.slice(0, -1);
    // By a clock that is behind that of whoever said so.
    const behind = log.transfer({ minutes: 4.5 });
    const off = log.demand(['destruction-certified'], { minutes: 0.5 });
    const late = log.transfer({ minutes: 5 });
    expect(check([...rest, off, behind, late])).toBe(0);
    // What was accepted while it was still demanded is no better for coming into the log after that.
    refused([...rest, off, early], /is missing/);
    // In whatever order the history came into the log.
    const on = rest.find(({ stream }) => stream === 'policy') as Entry;
    expect(check([...rest.filter((entry) => entry !== on), off, on, late])).toBe(0);
  });

  test('must be understood', () => {
    const { log } = demanding();
    const on = log.demand([]);
    refused([...log.entries.slice(0, -1), { ...on, body: { mandatory: 'all' } }], /cannot be judged/);
  });

  test('is nothing where it says nothing', () => {
    const log = new SignedLog();
    log.transfer();
    log.transfer({ minutes: 10_000 });
    expect(check(log.entries)).toBe(0);
  });
});

describe('the keys of a log', () => {
  test('come with a proof', () => {
    const log = new SignedLog();
    log.add('agency-key-registered', {
      ...keyRegistration(SIGNER, newKey()),
      proof: keyRegistration(SIGNER, newKey()).proof,
    });
    refused(log.entries, /does not prove/);
  });

  test('are those of an event of its kind', () => {
    const log = new SignedLog();
    log.add('agency-key-registered', { key: 'none' });
    refused(log.entries, /no agency-key-registered/);
  });

  test.each<[string, (log: SignedLog, key: ReturnType<typeof newKey>, how?: object) => unknown]>([
    ['registered', (log, _, how) => log.register(newKey(), how)],
    ['revoked', (log, key, how) => log.revoke(key, how)],
    ['required', (log, _, how) => log.require(true, how)],
  ])('are %s with a key or by a steward, once there is one', (_, change) => {
    for (const [how, good] of [
      ['key', true],
      ['steward', true],
      ['token', false],
    ] as const) {
      const log = new SignedLog();
      const key = newKey();
      log.register(key);
      change(log, key, how === 'key' ? { key } : { steward: how === 'steward' });
      if (good) check(log.entries);
      else refused(log.entries, /is missing, where an agency that has a key/);
    }
  });

  test('are judged in the order of their history, whatever order the log has them in', () => {
    const log = new SignedLog();
    const byToken = log.register(newKey());
    const bySteward = log.register(newKey(), { steward: true });
    expect(check([bySteward, byToken])).toBe(0);
  });

  test('are registered by a token again when all were revoked', () => {
    const log = new SignedLog();
    const key = newKey();
    log.register(key);
    log.revoke(key, { key });
    log.register(newKey());
    expect(check(log.entries)).toBe(1);
  });
});
