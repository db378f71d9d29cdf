import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EntryCheck } from '../../../cli/verify/entries.ts';
import { Finding } from '../../../cli/verify/finding.ts';
import { findingOf } from '../../../cli/verify/finding-of.ts';
import { type Shown, type Stretch, VerifiedLog } from '../../../cli/verify/log.ts';
import { verifyOffline } from '../../../cli/verify/offline.ts';
import { canonicalBytes } from '../../../core/canonical.ts';
import { decodeBundle, encodeBundle } from '../../../core/log/bundles.ts';
import { type Checkpoint, openCheckpoint } from '../../../core/log/checkpoint.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '../../../core/log/merkle.ts';
import { tilePath } from '../../../core/log/paths.ts';
import { policyOf } from '../../../core/log/policy.ts';
import { newFile } from './running.ts';
import {
  entryIdAt,
  exampleEntries,
  exampleEntry,
  LOG_KEY,
  ORIGIN,
  ServedLog,
  WITNESS_KEYS,
  witnesses,
} from './served-log.ts';

const SIZE = 300;
const ENTRIES = exampleEntries(SIZE);
const TILES = ServedLog.tilesOf(ENTRIES);
const root = (entries: readonly Uint8Array[]) =>
  rootOf(appendLeaves(EMPTY_FRONTIER, entries.map(leafHash)).frontier);
const HEAD: Checkpoint = { origin: ORIGIN, size: SIZE, root: root(ENTRIES) };

/** A change of some bytes: some are taken out, others put in. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  cut: fc.nat(40),
  insert: fc.uint8Array({ maxLength: 40 }),
});
type Change = { at: number; cut: number; insert: Uint8Array };
function changed(bytes: Uint8Array, { at, cut, insert }: Change): Uint8Array {
  const position = Math.floor(at * (bytes.length + 1));
  return Buffer.concat([bytes.subarray(0, position), insert, bytes.subarray(position + cut)]);
}
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** What becomes of a verification: the kind of its finding, or `undefined`. Whatever else is thrown passes on. */
async function kindOf(attempt: () => unknown): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    const finding = findingOf(error);
    expect(finding).toBeInstanceOf(Finding);
    expect(finding.line).toMatch(/^FAILED [a-z]+: [^\n]{1,420}$/);
    expect(finding.exitCode).toBeGreaterThan(2);
    return finding.kind;
  }
}

/** Verifies the log of the example as somebody shows it. */
function verifyAs(show: (path: string, honest: Uint8Array) => Uint8Array, head = HEAD): Promise<void> {
  const check = new EntryCheck();
  const read = async ({ tile, above }: Stretch): Promise<Shown> => {
    const one = (path: string) => show(path, TILES.get(path) ?? new Uint8Array());
    const from = tile.index * 256;
    const bundle = show(`bundle/${tile.index}`, encodeBundle(ENTRIES.slice(from, from + tile.width)));
    return {
      tile: one(tilePath(tile)),
      above: above.map((id) => one(tilePath(id))),
      entries: decodeBundle(bundle, tile.width),
    };
  };
  const log = new VerifiedLog({
    read,
    parallel: 2,
    onStretch: ({ first }, _, entries = []) => {
      check.check(
        first,
        entries,
        entries.map((_entry, i) => ({ entryId: entryIdAt(first + i), index: first + i })),
      );
    },
  });
  return log.goOnTo(head);
}

describe('hostile bytes', { timeout: 60_000 }, () => {
  test('in any tile or bundle are found out', async () => {
    const paths = ['tile/0/000', 'tile/0/001.p/44', 'tile/1/000.p/1', 'bundle/0', 'bundle/1'];
    expect(await kindOf(() => verifyAs((_, honest) => honest))).toBeUndefined();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), change, async (path, how) => {
        let differs = false;
        const kind = await kindOf(() =>
          verifyAs((asked, honest) => {
            if (asked !== path) return honest;
            const shown = changed(honest, how);
            differs = !same(shown, honest);
            return shown;
          }),
        );
        expect(kind !== undefined).toBe(differs);
      }),
      { numRuns: 100 },
    );
  });

  test('that swap two places of a tile or bundle are found out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(255), fc.nat(255), fc.boolean(), async (a, b, inTile) => {
        fc.pre(a !== b);
        const order = Array.from({ length: 256 }, (_, i) => (i === a ? b : i === b ? a : i));
        const kind = await kindOf(() =>
          verifyAs((path, honest) => {
            if (path === 'tile/0/000' && inTile)
              return Buffer.concat(order.map((i) => honest.subarray(i * 32, (i + 1) * 32)));
            if (path === 'bundle/0' && !inTile)
              return encodeBundle(order.map((i) => ENTRIES[i] as Uint8Array));
            return honest;
          }),
        );
        expect(kind).toBe('leaf');
      }),
      { numRuns: 50 },
    );
  });

  test('in a head, be it a root or a size, are found out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(SIZE), async (hash, size) => {
        fc.pre(size < SIZE || !same(hash, HEAD.root));
        const head = { origin: ORIGIN, size, root: size < SIZE ? HEAD.root : hash };
        expect(await kindOf(() => verifyAs((_, honest) => honest, head))).toBeDefined();
      }),
      { numRuns: 50 },
    );
  });

  test('in a checkpoint are found out, or stand where nothing is signed', async () => {
    const log = await ServedLog.of(ENTRIES, witnesses);
    log.close();
    const policy = policyOf([LOG_KEY], WITNESS_KEYS, 2);
    await fc.assert(
      fc.asyncProperty(change, async (how) => {
        await kindOf(() => {
          const { size, root: signed } = openCheckpoint(changed(Buffer.from(log.checkpoint), how), policy);
          expect([size, Buffer.from(signed)]).toEqual([SIZE, Buffer.from(HEAD.root)]);
        });
      }),
      { numRuns: 1_000 },
    );
  });

  test('in a receipt or an entry are found out, or stand where nothing is proved', async () => {
    const log = await ServedLog.of(ENTRIES, witnesses);
    log.close();
    const receipt = Buffer.from(await log.receipt(123));
    const entry = ENTRIES[123] as Uint8Array;
    const options = { key: LOG_KEY, witness: WITNESS_KEYS };
    await fc.assert(
      fc.asyncProperty(change, fc.boolean(), async (how, inEntry) => {
        const [shownReceipt, shownEntry] = inEntry
          ? [receipt, changed(entry, how)]
          : [changed(receipt, how), entry];
        const kind = await kindOf(() => {
          const { index, checkpoint } = verifyOffline({
            ...options,
            receipt: newFile(shownReceipt),
            entry: newFile(shownEntry),
          }).verified;
          expect([index, checkpoint.size]).toEqual([123, SIZE]);
        });
        if (inEntry) expect(kind === undefined).toBe(same(shownEntry, entry));
      }),
      { numRuns: 300 },
    );
  });

  test('that were signed as entries are found out when they are none', async () => {
    const honest = exampleEntry(0);
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.record({}).map(() => '{"__proto__":{"amanat":1}}'),
      fc
        .tuple(fc.constantFrom(...Object.keys(honest)), fc.jsonValue())
        .map(([key, value]) => JSON.stringify({ ...honest, [key]: value })),
    );
    await fc.assert(
      fc.asyncProperty(text, async (made) => {
        const bytes = Buffer.from(made);
        const kind = await kindOf(() =>
          new EntryCheck().check(0, [bytes], [{ entryId: entryIdAt(0), index: 0 }]),
        );
        if (kind === undefined) expect(same(canonicalBytes(JSON.parse(made)), bytes)).toBe(true);
        else expect(['entry', 'index']).toContain(kind);
      }),
      { numRuns: 500 },
    );
  });
});
