import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatVerifierKey } from '../../core/log/key.ts';
import { cosignText, formatSignatures, parseNote, type Signer } from '../../core/log/note.ts';
import { signerOf } from '../core/log/keys.ts';
import { ArchivedWorld } from './support/archives.ts';
import { FAULTS } from './support/faults.ts';

const WITNESSES = ['one', 'two'].map((name) => signerOf(`witness.example/${name}`, 'cosignature'));
const [ONE, TWO] = WITNESSES as [Signer, Signer];

let log: ArchivedWorld;
/** The sizes at which the log was published. */
let sizes: readonly number[];
beforeAll(async () => {
  log = await ArchivedWorld.create();
  process.env['WITNESSING'] = JSON.stringify({
    witnesses: WITNESSES.map(({ key }) => ({ url: 'http://127.0.0.1:9', vkey: formatVerifierKey(key) })),
    quorum: 1,
    holdSeconds: 0,
  });
  for (let n = 0; n < 120; n++) await log.grow(1);
  sizes = (await (await store()).checkpointsDown({ limit: 1_000 })).map(({ size }) => size).reverse();
  for (const size of sizes) await cosign(size, ONE);
});
afterAll(() => log.world.tables.client.destroy());
beforeEach(async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  await log.renewArchive();
});
afterEach(() => {
  vi.restoreAllMocks();
  log.faults.revive();
});

const store = () => import('../../lambdas/store/checkpoints.ts');
/** As `cosign` does when a witness answers. */
async function cosign(size: number, witness: Signer, text?: string): Promise<void> {
  const { insertCosignature, readCheckpoint } = await store();
  const { text: signed } = parseNote((await readCheckpoint(size))?.note ?? '');
  const line = formatSignatures([await cosignText(text ?? signed, witness, 1_700_000_000 + size)]);
  await insertCosignature(size, witness.key.keyId, line);
}
async function archived(): Promise<string[]> {
  const { archiveKeys } = await import('../../core/log/archive-keys.ts');
  return [...(await log.objects()).keys()]
    .filter((key) => key.startsWith(archiveKeys.cosignatures))
    .map((key) => `${archiveKeys.sizeIn(key)} ${key.split('/').at(-1)}`)
    .sort();
}
const named = (size: number, { key }: Signer) => `${size} ${key.keyId.toString(16).padStart(8, '0')}`;
const all = () => sizes.map((size) => named(size, ONE)).sort();

describe('cosignatures', () => {
  it('go into the archive each minute, all that there are, each as its witness gave it', async () => {
    expect(await log.archive()).toMatchObject({ cosignatures: sizes.length });
    expect(await archived()).toEqual(all());
    const rows = await (await store()).cosignaturesDown({});
    const kept = [...(await log.objects())].filter(([key]) => key.startsWith('cosignatures/'));
    expect(kept.map(([, body]) => String(body))).toEqual(rows.map(({ line }) => line));
    expect(await log.archive()).toMatchObject({ cosignatures: 0 });
  });

  it('are all there in the end when the copy is killed at any call, and time runs out', async () => {
    for (const killed of [14, 60, 150, 230]) {
      await log.renewArchive();
      log.faults.killAt(killed);
      await expect(log.archive()).rejects.toThrow();
      log.faults.revive();
      await log.archive(0);
      await log.archive();
      expect(await archived()).toEqual(all());
    }
  });

  it.each(FAULTS)('are all there in the end when calls meet with %s', async (kind) => {
    log.faults.plan((number) => (number === 90 || number === 200 ? kind : undefined));
    await log.archive().catch(() => undefined);
    log.faults.revive();
    await log.archive();
    expect(await archived()).toEqual(all());
  });

  it('that come late go in late, and what no witness of ours signed does not', async () => {
    await log.archive();
    const late = sizes.slice(-40, -36);
    for (const size of late) await cosign(size, TWO);
    await cosign(sizes.at(-1) ?? 0, TWO, 'another text\n');
    await cosign(sizes.at(-2) ?? 0, signerOf('witness.example/stranger', 'cosignature'));
    expect(await log.archive()).toMatchObject({ cosignatures: late.length });
    expect(await archived()).toEqual([...all(), ...late.map((size) => named(size, TWO))].sort());
    expect(await log.archive()).toMatchObject({ cosignatures: 0 });
  });
});
