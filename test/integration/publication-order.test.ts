import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { formatVerifierKey } from '../../core/log/key.ts';
import { cosignText, formatSignatures, parseNote } from '../../core/log/note.ts';
import { type Policy, policyOf } from '../../core/log/policy.ts';
import type { Witnessing } from '../../core/log/witnessing.ts';
import { type Fetch, faultSince, keep } from '../../local/drill/reader.ts';
import { signerOf } from '../core/log/keys.ts';
import { at } from '../core/log/trees.ts';
import { growing } from './support/growing.ts';
import { createTables } from './tables.ts';
import { ANYONE, createWorld, type World } from './world.ts';

const WITNESSES = ['a', 'b', 'c'].map((name) => signerOf(`witness.example/${name}`, 'cosignature'));

let world: World;
afterEach(() => {
  vi.useRealTimers();
  world.tables.client.destroy();
});

/** What may happen between two looks of a reader. */
const happening = fc.oneof(
  { weight: 3, arbitrary: fc.record({ grow: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ seconds: fc.integer({ min: 1, max: 6 }) }) },
  // By a witness, of the newest checkpoint or one of those before it.
  { weight: 2, arbitrary: fc.record({ witness: fc.nat(2), back: fc.nat(3) }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

describe('whatever is shown goes on from whatever was shown before', () => {
  it.each<Pick<Witnessing, 'quorum' | 'holdSeconds'>>([
    { quorum: 1, holdSeconds: 8 },
    { quorum: 2, holdSeconds: 8 },
    { quorum: 1, holdSeconds: 'forever' },
  ])('by a quorum of $quorum and a hold of $holdSeconds', async ({ quorum, holdSeconds }) => {
    const witnesses = WITNESSES.map(({ key }) => ({
      url: `https://${key.name}`,
      vkey: formatVerifierKey(key),
    }));
    vi.resetModules();
    world = await createWorld({ WITNESSING: JSON.stringify({ witnesses, quorum, holdSeconds }) });
    const policy = policyOf([(await world.ask('getVerifierKey', ANYONE)).text.trimEnd()]);
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 25, maxLength: 25 }), async (happenings) => {
        const { client, env } = await createTables();
        Object.assign(process.env, env, { WITNESSING: process.env['WITNESSING'] });
        vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-10T10:00:00.000Z') });
        await expectOrder(happenings, policy);
        client.destroy();
      }),
      // To make a failure shorter would take minutes; the steps of one are few enough to be read.
      { numRuns: 2, endOnFailure: true },
    );
  });
});

async function expectOrder(happenings: readonly Happening[], policy: Policy): Promise<void> {
  const grow = await growing();
  const sizes: number[] = [];
  let shown: VerifiedCheckpoint | undefined;
  for (const each of happenings) {
    if ('grow' in each) {
      await grow(each.grow);
      sizes.unshift((sizes[0] ?? 0) + each.grow);
    } else if ('seconds' in each) vi.setSystemTime(Date.now() + each.seconds * 1_000);
    else if (sizes[each.back] !== undefined) await cosign(at(sizes, each.back), each.witness);

    const { status } = await world.ask('getCheckpoint', ANYONE);
    if (shown) expect(await faultSince(shown, fetch, policy)).toBeUndefined();
    if (shown || status === 200) shown = await keep(fetch, policy);
  }
}

async function cosign(size: number, witness: number): Promise<void> {
  const { insertCosignature, readCheckpoint } = await import('../../lambdas/store/checkpoints.ts');
  const { text } = parseNote((await readCheckpoint(size))?.note ?? '');
  const signer = at(WITNESSES, witness);
  const line = formatSignatures([await cosignText(text, signer, 1_750_000_000)]);
  await insertCosignature(size, signer.key.keyId, line);
}

const fetch: Fetch = async (path) => {
  const [, tile] = /^tile\/(.+)$/.exec(path) ?? [];
  const { bytes, status } = tile
    ? await world.ask('getTile', ANYONE, { params: { tile } })
    : await world.ask('getCheckpoint', ANYONE);
  expect([path, status]).toEqual([path, 200]);
  return bytes;
};
