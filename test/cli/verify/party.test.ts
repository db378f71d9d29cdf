import { createPublicKey } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { canonicalBytes } from '../../../core/canonical.ts';
import { keyIdOf } from '../../../core/http-signature/keys.ts';
import type { Entry } from '../../../core/model/entry.ts';
import { SIGNER, SignedLog } from '../../support/signed-log.ts';
import { keyRegistration, newKey } from '../../support/signing.ts';
import { newFile, verify } from './running.ts';
import { LOG_KEY, ORIGIN, ServedLog } from './served-log.ts';

const key = newKey('P-256');
const pem = createPublicKey(key).export({ format: 'pem', type: 'spki' });
const jwk = JSON.stringify(createPublicKey(key).export({ format: 'jwk' }));

/** Unsigned, the registration, signed, signed. */
function example(): SignedLog {
  const log = new SignedLog();
  log.transfer();
  log.register(key);
  log.transfer({ key });
  log.transfer({ key });
  return log;
}

let served: ServedLog | undefined;
afterEach(() => served?.close());
const serve = async (entries: readonly Uint8Array[]) => {
  served = await ServedLog.of(entries);
  return served;
};

describe('one receipt', () => {
  /** The options for the entry at a place of the example. */
  async function offline(place: number, options: object = {}, change = (entry: Entry) => entry) {
    const entries = example().entries.map((entry, i) => canonicalBytes(i === place ? change(entry) : entry));
    const log = await serve(entries);
    const ended = await verify({
      receipt: newFile(await log.receipt(place)),
      entry: newFile(entries[place] as Uint8Array),
      key: LOG_KEY,
      ...options,
    });
    return { ...ended, log, entries };
  }
  const OK = `OK the entry is in the log ${ORIGIN}, at place 2 of 4`;
  const NAMED = `${SIGNER}, with the key ${keyIdOf(key)}`;

  test.each([
    ['PEM', pem],
    ['JWK', jwk],
  ])('tells who signed, by a key in %s', async (_, text) => {
    const { code, line, stdout } = await offline(2, { agencyKey: newFile(text) });
    expect({ code, line }).toEqual({ code: 0, line: `${OK}, signed by ${SIGNER}` });
    expect(stdout).toContain(`  agency     ${NAMED}, at 2026-11-01T10:03:00.000Z\n`);
  });

  test('claims nothing of a signature without a key', async () => {
    const { code, line, stdout } = await offline(2);
    expect({ code, line }).toEqual({ code: 0, line: OK });
    expect(stdout).toContain(`  agency     ${NAMED}: not verified, give the key (--agency-key)\n`);
    expect((await offline(0)).stdout).not.toContain('agency');
  });

  test('tells where the key was registered, by the entry that did', async () => {
    const { log, entries } = await offline(2);
    const agencyKey = newFile(entries[1] as Uint8Array);
    const bare = await offline(2, { agencyKey });
    expect(bare).toMatchObject({ code: 0, line: `${OK}, signed by ${SIGNER}` });
    expect(bare.stdout).toContain(
      'its key    registered by the agency itself; that this is in the log was not verified',
    );
    const agencyKeyReceipt = newFile(await log.receipt(1));
    const { code, stdout } = await offline(2, { agencyKey, agencyKeyReceipt });
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('its key    registered by the agency itself at place 1\n'),
    ]);
    // The receipt of another entry.
    const other = await offline(2, { agencyKey, agencyKeyReceipt: newFile(await log.receipt(0)) });
    expect([other.code, other.line]).toEqual([
      16,
      expect.stringContaining('it is the receipt of other bytes'),
    ]);
  });

  test('is refused when the key was registered after the entry', async () => {
    const [, registration, signed] = example().bytes as [Uint8Array, Uint8Array, Uint8Array];
    const log = await serve([signed, registration]);
    const { code, line } = await verify({
      receipt: newFile(await log.receipt(0)),
      entry: newFile(signed),
      key: LOG_KEY,
      agencyKey: newFile(registration),
      agencyKeyReceipt: newFile(await log.receipt(1)),
    });
    expect([code, line]).toEqual([
      25,
      'FAILED party: the key was registered at place 1, after the entry at 0',
    ]);
  });

  test.each<[string, number, () => object, ((entry: Entry) => Entry) | undefined, string]>([
    [
      'another key',
      2,
      () => ({ agencyKey: newFile(JSON.stringify(keyRegistration(SIGNER, newKey()).key)) }),
      undefined,
      'signature names another key',
    ],
    [
      'an altered body',
      2,
      () => ({ agencyKey: newFile(pem) }),
      (entry) => ({ ...entry, body: { ...entry.body, purposeText: 'x' } }),
      'signature does not verify',
    ],
    [
      'no signature',
      0,
      () => ({ agencyKey: newFile(pem) }),
      undefined,
      'the entry is not signed by an agency',
    ],
    [
      'the key of another agency',
      2,
      () => ({ agencyKey: newFile(canonicalBytes({ ...example().entries[1], subject: 'hill-it-board' })) }),
      undefined,
      'the key was registered for hill-it-board',
    ],
    [
      'a key without proof',
      2,
      () => ({
        agencyKey: newFile(
          canonicalBytes({
            ...example().entries[1],
            body: { ...keyRegistration(SIGNER, key), proof: keyRegistration(SIGNER, newKey()).proof },
          }),
        ),
      }),
      undefined,
      'does not prove',
    ],
  ])('is refused with %s', async (_, place, options, change, words) => {
    const { code, line } = await offline(place, options(), change);
    expect([code, line]).toEqual([25, expect.stringContaining(words)]);
    expect(line.startsWith('FAILED party: ')).toBe(true);
  });

  test.each([
    ['a file that holds no key', () => ({ agencyKey: newFile('none') }), 'is no Ed25519 or P-256 public key'],
    [
      'an entry of another kind',
      () => ({ agencyKey: newFile(example().bytes[0] as Uint8Array) }),
      'none that registered a key',
    ],
    [
      'a receipt of a bare key',
      () => ({ agencyKey: newFile(pem), agencyKeyReceipt: newFile('') }),
      'and --agency-key is a key',
    ],
    ['a receipt of no key', () => ({ agencyKeyReceipt: newFile('') }), '--agency-key-receipt is the receipt'],
  ])('does not start with %s', async (_, options, words) => {
    const { code, stderr } = await offline(2, options());
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});

describe('a whole log', () => {
  const online = async (entries: readonly Uint8Array[], more = {}) => {
    const log = await serve(entries);
    return verify({ url: log.url, token: log.token, key: LOG_KEY, ...more });
  };

  test('tells how many entries are signed', async () => {
    const { code, stdout } = await online(example().bytes);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/ agencies +2 of 4 entries signed by their agency, and verified\n/),
    ]);
  });

  test('is refused for one signature, with its place', async () => {
    const entries = example().entries.map((entry, i) =>
      canonicalBytes(i === 3 ? { ...entry, body: { ...entry.body, purposeText: 'x' } } : entry),
    );
    const { code, line } = await online(entries);
    expect({ code, line }).toEqual({
      code: 25,
      line: 'FAILED party: the agency’s signature at place 3 does not verify',
    });
  });

  test('is refused where something is not signed that the ledger said is, though all its hashes fit', async () => {
    const log = example();
    log.demand(['transfer-recorded']);
    log.transfer({ key, minutes: 5 });
    expect((await online(log.bytes)).code).toBe(0);
    served?.close();
    const { signature: _, ...stripped } = log.entries.at(-1) as Entry;
    const { code, line } = await online([...log.bytes.slice(0, -1), canonicalBytes(stripped)]);
    expect({ code, line }).toEqual({
      code: 25,
      line: 'FAILED party: the agency’s signature at place 5 is missing, and the ledger had said that transfer-recorded is signed',
    });
  });

  test('has its own keys', async () => {
    const { code, stderr } = await online(example().bytes, { agencyKey: newFile(pem) });
    expect([code, stderr]).toEqual([2, expect.stringContaining('a whole log has the keys of its agencies')]);
  });
});
