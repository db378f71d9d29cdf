import * as fc from 'fast-check';
import { zipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { IDS } from '../../../core/api/openapi/ids.ts';
import { composeBundle } from '../../../core/bundle/compose.ts';
import { type Files, inOrder, unzip, zipOf } from '../../../core/bundle/container.ts';
import { BundleFault } from '../../../core/bundle/fault.ts';
import type { Grounds } from '../../../core/bundle/grounds.ts';
import { verifyFiles, verifyZip } from '../../../core/bundle/verify.ts';
import { canonicalBytes } from '../../../core/canonical.ts';
import { policyOf } from '../../../core/log/policy.ts';
import { Entry, entryIdOf } from '../../../core/model/entry.ts';
import { LEDGER } from '../../../core/model/principal.ts';
import { SIGNING_POLICY } from '../../../core/signing/policy.ts';
import { signAppend } from '../../../core/signing/request.ts';
import { keyRegistration, newKey } from '../../support/signing.ts';
import { signerOf } from '../log/keys.ts';
import { EXAMPLE, exampleGrounds, LOG_KEY, SIZE, TRUST, VERIFIER, WITNESS_KEYS } from './example-case.ts';

let grounds: Grounds;
let files: Files;
let zip: Uint8Array;
beforeAll(async () => {
  grounds = await exampleGrounds();
  files = composeBundle(grounds, VERIFIER).files;
  zip = zipOf(files);
});

/** What is found wrong, and where. */
function faultOf(verify: () => unknown): Pick<BundleFault, 'file' | 'code' | 'message'> {
  try {
    verify();
  } catch (error) {
    if (!(error instanceof BundleFault)) throw error;
    const { file, code, message } = error;
    return { file, code, message };
  }
  return expect.fail('nothing was found wrong');
}
const altered = (changes: Readonly<Record<string, Uint8Array | string | undefined>>): Files => {
  const all = new Map(files);
  for (const [name, bytes] of Object.entries(changes))
    if (bytes === undefined) all.delete(name);
    else all.set(name, Buffer.from(bytes));
  return inOrder(all);
};
const fileNamed = (pattern: RegExp): string =>
  [...files.keys()].find((name) => pattern.test(name)) ?? expect.fail(`no file ${pattern}`);
const flip = (bytes: Uint8Array, at: number, bit = 0): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
};

describe('a bundle', () => {
  it('is verified, as a ZIP and as its files', () => {
    const { checkpoint, file } = verifyZip(zip, TRUST);
    expect(checkpoint).toMatchObject({ size: SIZE, origin: 'log.example/amanat' });
    expect(checkpoint.cosignatures).toHaveLength(2);
    expect(file.traces).toHaveLength(2);
    expect(verifyFiles(unzip(zip), TRUST).files).toEqual(files);
  });

  it('is verified by whoever trusts the log alone, and not by whoever asks for a witness that it lacks', async () => {
    expect(() => verifyZip(zip, { ...TRUST, policy: policyOf([LOG_KEY]) })).not.toThrow();
    const unwitnessed = composeBundle(await exampleGrounds({ named: [] }), VERIFIER).files;
    expect(() => verifyFiles(unwitnessed, { ...TRUST, policy: policyOf([LOG_KEY]) })).not.toThrow();
    expect(faultOf(() => verifyFiles(unwitnessed, TRUST))).toMatchObject({
      file: 'checkpoint',
      code: 'too-few-cosignatures',
    });
  });

  it('is refused under another key', () => {
    const { key } = signerOf('log.example/amanat', 'note', 'another');
    const other = `${key.name}+${key.keyId.toString(16).padStart(8, '0')}+${Buffer.of(1, ...key.publicKey).toString('base64')}`;
    expect(faultOf(() => verifyZip(zip, { ...TRUST, policy: policyOf([other]) }))).toMatchObject({
      file: 'checkpoint',
      code: 'no-signature',
    });
  });

  it('is refused whichever byte of its ZIP is changed, saying which file', () => {
    // Where each file begins and ends in the ZIP: a record of 30 bytes and its name stand before it.
    let end = 0;
    const regions = [...files].map(([name, { length }]) => {
      const from = end + 30 + name.length;
      end = from + length;
      return { name, from, to: end };
    });
    const somewhere = fc.oneof(
      fc.nat(zip.length - 1),
      // Large files would have all of the hits.
      fc.constantFrom(...regions).chain(({ from, to }) => fc.integer({ min: from, max: to - 1 })),
      fc.integer({ min: end, max: zip.length - 1 }),
    );
    void fc.assert(
      fc.property(somewhere, fc.nat(7), (at, bit) => {
        const { file, message } = faultOf(() => verifyZip(flip(zip, at, bit), TRUST));
        const hit = regions.find(({ from, to }) => from <= at && at < to)?.name;
        // An entry and its receipt prove each other: which of both was changed, nobody can tell.
        const pair = hit?.replace(/\.(?:json|tlog-proof)$/, '');
        expect([file, hit, message]).toSatisfy(
          () => hit === undefined || file === hit || file.startsWith(`${pair}.`),
        );
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['checkpoint', 0],
    ['keys.txt', 250],
    ['report.html', 9_000],
    ['misp.json', 200],
    ['case-uco.jsonld', 800],
    ['manifest.json', 100],
    ['README.txt', 40],
    ['verify.mjs', 5],
    [/^entries\/.*\.json$/, 60],
    [/^traces\//, 70],
  ])('is refused when %s is changed', (pattern, at) => {
    const name = fileNamed(new RegExp(pattern));
    const changed = altered({ [name]: flip(files.get(name) ?? expect.fail(), at) });
    expect(faultOf(() => verifyFiles(changed, TRUST)).file).toBe(name);
    expect(faultOf(() => verifyZip(zipOf(changed), TRUST)).file).toBe(name);
  });

  it('is refused when a file of it is gone, or there is one more', () => {
    for (const name of files.keys()) {
      const { file } = faultOf(() => verifyFiles(altered({ [name]: undefined }), TRUST));
      // Without an entry, what rests on it is missing from the case; its receipt is then one too many.
      expect(file).toSatisfy(
        (found: string) => found === name || found === 'entries/' || name.startsWith('entries/'),
      );
    }
    for (const name of ['notes.txt', 'entries/x.tlog-proof', 'traces/../x.json'])
      expect(faultOf(() => verifyFiles(altered({ [name]: 'x' }), TRUST))).toMatchObject({ file: name });
  });

  it('is refused, before anything is inflated, where a file is not stored', () => {
    const [name, bytes] = [...files][3] ?? expect.fail();
    const deflated = zipSync({ [name]: bytes }, { level: 6 });
    expect(faultOf(() => verifyZip(deflated, TRUST))).toMatchObject({
      file: name,
      message: expect.stringContaining('is not stored'),
    });
  });

  it('is refused when its witnesses stand in another order', () => {
    const lines = Buffer.from(files.get('keys.txt') ?? [])
      .toString()
      .trimEnd()
      .split('\n');
    const swapped = `${[...lines.slice(0, -2), ...lines.slice(-2).reverse()].join('\n')}\n`;
    expect(faultOf(() => verifyFiles(altered({ 'keys.txt': swapped }), TRUST)).file).toBe('keys.txt');
  });

  it('is refused as a ZIP that is made otherwise of the same files', () => {
    const container = { file: 'container', code: 'file' };
    expect(faultOf(() => verifyZip(Buffer.concat([zip, Buffer.of(0)]), TRUST))).toMatchObject(container);
    expect(faultOf(() => verifyZip(Buffer.concat([Buffer.of(0), zip]), TRUST))).toMatchObject(container);
    const reordered = new Map([...files].reverse());
    expect(faultOf(() => verifyZip(zipOf(reordered), TRUST))).toMatchObject(container);
    expect(faultOf(() => verifyZip(Buffer.from('PK'), TRUST))).toMatchObject(container);
    expect(faultOf(() => verifyZip(new Uint8Array(), TRUST))).toMatchObject(container);
  });
});

/** Somebody who makes a bundle of other entries, with all that follows from them: only the log can tell. */
describe('a forgery that is consistent in itself', () => {
  const TITLE = 'Nothing leaked';
  const forgedEntries = (change: (entry: Entry) => Entry) => EXAMPLE.map(change);
  const retitled = (entry: Entry): Entry =>
    entry.kind === 'incident-opened' ? { ...entry, body: { ...entry.body, title: TITLE } } : entry;

  it('is refused when it is signed with a key of the forger’s', async () => {
    const signer = signerOf('log.example/amanat', 'note', 'forger');
    const forged = composeBundle(
      await exampleGrounds({ entries: forgedEntries(retitled), signer, witnesses: [], named: [] }),
      VERIFIER,
    );
    expect(forged.file.incident.incident.title).toBe(TITLE);
    expect(faultOf(() => verifyFiles(forged.files, { ...TRUST, policy: policyOf([LOG_KEY]) }))).toMatchObject(
      {
        file: 'checkpoint',
        code: 'no-signature',
      },
    );
  });

  it('is refused when an entry, its report and the manifest are made anew under the log’s own checkpoint', () => {
    const entries = grounds.entries.map((each) => {
      const entry = retitled(each.entry);
      return { ...each, entry, bytes: canonicalBytes(entry) };
    });
    const forged = composeBundle({ ...grounds, entries }, VERIFIER).files;
    const { file, code } = faultOf(() => verifyZip(zipOf(forged), TRUST));
    expect([file, code]).toEqual([
      expect.stringMatching(/^entries\/\d{9}-3e8a1c5b.*\.json$/),
      'root-mismatch',
    ]);
  });

  it('is refused when an entry stands at a place of another', () => {
    const [first, second, ...rest] = grounds.entries;
    if (!first || !second) return expect.fail();
    const swapped = [{ ...first, index: second.index }, { ...second, index: first.index }, ...rest];
    const forged = composeBundle({ ...grounds, entries: swapped }, VERIFIER).files;
    expect(faultOf(() => verifyFiles(forged, TRUST)).code).toMatch(/^(?:root-mismatch|bad-proof)$/);
  });

  it.each([
    'agency-registered',
    'agreement-registered',
    'data-requested',
    'frame-recorded',
    'transfer-recorded',
  ])('is refused when an entry of kind %s is left out, with what follows from it', (kind) => {
    const at = grounds.entries.findIndex(({ entry }) => entry.kind === kind);
    const without = { ...grounds, entries: grounds.entries.filter((_, i) => i !== at) };
    expect(faultOf(() => composeBundle(without, VERIFIER))).toMatchObject({
      code: 'file',
      file: 'entries/',
    });
  });

  it('is refused when it has an entry of the log on which nothing rests', () => {
    const index = EXAMPLE.findIndex(({ subject }) => subject === 'lake-statistics');
    const entry = EXAMPLE[index] ?? expect.fail();
    const more = { index, entry, bytes: canonicalBytes(entry), proof: [] };
    const entries = [...grounds.entries, more].toSorted((a, b) => a.index - b.index);
    expect(faultOf(() => composeBundle({ ...grounds, entries }, VERIFIER))).toMatchObject({
      file: expect.stringContaining(entry.entryId),
      message: expect.stringContaining('one too many'),
    });
  });

  it('is refused when the middle of a history is left out', () => {
    const at = grounds.entries.findIndex(({ entry }) => entry.kind === 'trace-approved');
    const entries = grounds.entries.filter((_, i) => i !== at);
    expect(faultOf(() => composeBundle({ ...grounds, entries }, VERIFIER))).toMatchObject({
      file: 'entries/',
      message: expect.stringContaining('lacks version 1 of incident'),
    });
  });

  it('is refused when an answer is another than the log has the digest of, or is left out', () => {
    const [traceId, bytes] = [...grounds.answers][0] ?? expect.fail();
    const other = Buffer.from(Buffer.from(bytes).toString().replace('consistent with', 'contradicted by'));
    const file = `traces/${traceId}.json`;
    const withAnswers = (answers: Grounds['answers']) => () =>
      composeBundle({ ...grounds, answers }, VERIFIER);
    expect(faultOf(withAnswers(new Map([...grounds.answers, [traceId, other]])))).toMatchObject({ file });
    expect(faultOf(withAnswers(new Map([...grounds.answers].slice(1))))).toMatchObject({ file });
  });

  it('is refused when it has a witness more than the checkpoint', () => {
    const keys = altered({
      'keys.txt': Buffer.concat([
        files.get('keys.txt') ?? expect.fail(),
        Buffer.from(`witness ${WITNESS_KEYS[0]?.replace('w2', 'w3')}\n`),
      ]),
    });
    expect(faultOf(() => verifyFiles(keys, TRUST)).file).toBe('keys.txt');
  });
});

/** The log holds what its operator put into it: who signed an entry is another matter. */
describe('an entry that an agency signed', () => {
  const AGENCY = 'hill-it-board';
  const RECORDED_AT = '2026-01-15T10:30:00.000Z';
  const key = newKey();
  const body = { occurredOn: '2026-01-15', held: true };
  const append = {
    kind: 'holding-attested' as const,
    subject: IDS.transfer,
    body,
    idempotencyKey: 'attested',
    api: 'api.example.org/prod',
  };
  const { api, idempotencyKey } = append;
  const common = { amanat: 1, flags: [], recordedAt: RECORDED_AT };
  const registered = Entry.parse({
    ...common,
    entryId: entryIdOf('staff:steward', 'key'),
    kind: 'agency-key-registered',
    stream: 'agency',
    subject: AGENCY,
    version: 1,
    principal: { sub: 'steward', roles: ['steward'] },
    body: keyRegistration(AGENCY, key),
  });
  const attested = (held = true, by = key) =>
    Entry.parse({
      ...common,
      entryId: entryIdOf(`agency:${AGENCY}`, idempotencyKey),
      kind: append.kind,
      stream: 'transfer',
      subject: IDS.transfer,
      version: 2,
      principal: { sub: 'client', agency: AGENCY, roles: [] },
      body: { ...body, held },
      signature: { ...signAppend(by, append, Date.parse(RECORDED_AT)), api, idempotencyKey },
    });
  const demanded = Entry.parse({
    ...common,
    recordedAt: '2026-01-15T10:00:00.000Z',
    entryId: entryIdOf('policy', `${SIGNING_POLICY}/0`),
    kind: 'signing-policy-declared',
    stream: 'policy',
    subject: SIGNING_POLICY,
    version: 0,
    principal: LEDGER,
    body: { mandatory: ['holding-attested'] },
  });
  const stripped = () => {
    const { signature: _, ...rest } = attested();
    return rest;
  };
  const opened = EXAMPLE.findIndex(({ kind }) => kind === 'incident-opened');
  const logged = (...entries: Entry[]) => {
    const all = [...EXAMPLE.slice(0, opened), ...entries, ...EXAMPLE.slice(opened)];
    return exampleGrounds({ entries: all, size: SIZE + entries.length });
  };

  it('is verified with the key that the agency had registered, and shown as its own', async () => {
    const signed = composeBundle(await logged(registered, attested()), VERIFIER).files;
    expect(() => verifyFiles(signed, TRUST)).not.toThrow();
    const report = Buffer.from(signed.get('report.html') ?? []).toString();
    expect(report).toMatch(/holding-attested<\/td><td><code>tr-[0-9a-f]+<\/code><\/td><td>hill-it-board</);
  });

  it('is verified where the ledger said that it is signed, and what it said is in every bundle', async () => {
    const { files } = composeBundle(await logged(demanded, registered, attested()), VERIFIER);
    expect([...files.keys()].some((name) => name.includes(demanded.entryId))).toBe(true);
    expect(() => verifyFiles(files, TRUST)).not.toThrow();
    const free = composeBundle(await logged(registered, stripped()), VERIFIER).files;
    expect(() => verifyFiles(free, TRUST)).not.toThrow();
  });

  it.each([
    ['is not signed, where the ledger said that it is', () => logged(demanded, registered, stripped())],
    ['says what it did not sign', () => logged(registered, attested(false))],
    ['is signed with a key of somebody else', () => logged(registered, attested(true, newKey()))],
    ['is signed with a key that it never registered', () => logged(attested())],
  ])('is refused when it %s, though the log has it', async (_, made) => {
    const grounds = await made();
    expect(faultOf(() => composeBundle(grounds, VERIFIER))).toMatchObject({
      code: 'party',
      file: expect.stringMatching(/^entries\/\d{9}-[0-9a-f]{32}\.json$/),
    });
  });
});
