import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeBundle, encodeBundle } from '../../core/log/bundles.ts';
import { formatVerifierKey } from '../../core/log/key.ts';
import { cosignText, formatSignatures, parseNote } from '../../core/log/note.ts';
import { signerOf } from '../core/log/keys.ts';
import { agencyBody, PROVIDER } from '../support/transfers.ts';
import { ArchivedWorld, type Objects } from './support/archives.ts';
import { STEWARD } from './world.ts';

const WITNESS = signerOf('witness.example/refusals', 'cosignature');

/** A log of a full bundle and a part of one, published at several sizes, with a trace in it. */
let log: ArchivedWorld;
let size: number;
let objects: Objects;
let rows: ReadonlyMap<string, object>;
beforeAll(async () => {
  log = await ArchivedWorld.create();
  const witness = { url: 'http://127.0.0.1:9', vkey: formatVerifierKey(WITNESS.key) };
  process.env['WITNESSING'] = JSON.stringify({ witnesses: [witness], quorum: 1, holdSeconds: 0 });
  await log.trace();
  await log.grow(250);
  await log.grow(40);
  const { checkpointsDown, insertCosignature } = await import('../../lambdas/store/checkpoints.ts');
  for (const { size, note } of await checkpointsDown({ limit: 1 })) {
    const cosignature = await cosignText(parseNote(note).text, WITNESS, 1_700_000_000);
    await insertCosignature(size, WITNESS.key.keyId, formatSignatures([cosignature]));
  }
  await log.archive();
  size = await log.published();
  objects = await log.objects();
  rows = await log.rows();
});
afterAll(() => log.world.tables.client.destroy());
beforeEach(async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  await log.renewTables();
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const [key, body] of objects) await log.alter(key, body);
});

const keyOf = (prefix: string): string =>
  [...objects.keys()].find((key) => key.startsWith(prefix)) ?? expect.fail(`no object ${prefix}`);
const bodyOf = (key: string): Buffer => objects.get(key) ?? expect.fail(`no object ${key}`);
/** Nothing is in the ledger but what belongs there. */
async function expectPart(): Promise<void> {
  for (const [key, row] of await log.rows()) expect(row, key).toEqual(rows.get(key));
}

describe('an object of the archive that was altered is refused by its name', () => {
  const flipped = (body: Buffer, at: number) => {
    const copy = Buffer.from(body);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  const PART = () => keyOf('parts/001/');
  const swapped = (body: Buffer, width: number) => {
    const [first = Buffer.of(), second = Buffer.of(), ...rest] = decodeBundle(body, width);
    return Buffer.from(encodeBundle([second, first, ...rest]));
  };

  it.each<[string, () => string, (body: Buffer) => Buffer]>([
    ['an entry', () => 'tile/entries/000', (body) => flipped(body, 40)],
    ['the length of an entry', () => 'tile/entries/000', (body) => flipped(body, 1)],
    ['a bundle that is cut short', () => 'tile/entries/000', (body) => body.subarray(0, -9)],
    ['the order of two entries', () => 'tile/entries/000', (body) => swapped(body, 256)],
    ['a bundle in the place of another', () => 'tile/entries/000', () => bodyOf(PART())],
    ['an entry of the last bundle', PART, (body) => flipped(body, body.length - 40)],
    ['a signed note', () => keyOf('checkpoints/'), (body) => flipped(body, body.length - 20)],
    ['the root in a note', () => keyOf('checkpoints/'), (body) => flipped(body, body.indexOf('\n') + 10)],
    ['a cosignature', () => keyOf('cosignatures/'), (body) => flipped(body, body.length - 20)],
    ['the answer of a trace', () => keyOf('answers/'), (body) => flipped(body, 100)],
  ])('%s', async (_, key, alter) => {
    await log.alter(key(), alter(bodyOf(key())));
    expect(await log.restore()).toEqual({ refused: expect.stringContaining(key()) });
    await expectPart();
  });

  it('and what was put back before it was met stays, and is gone on from', async () => {
    await log.alter(PART(), flipped(bodyOf(PART()), bodyOf(PART()).length - 40));
    expect(await log.restore()).toEqual({ refused: expect.stringContaining(PART()) });
    await log.alter(PART(), bodyOf(PART()));
    expect(await log.restore()).toMatchObject({ size, done: true });
    expect(await log.rows()).toEqual(rows);
  });

  it('a checkpoint in the place of another', async () => {
    const [newest = '', second = ''] = [...objects.keys()].filter((key) => key.startsWith('checkpoints/'));
    for (const [key, other] of [
      [second, newest],
      [newest, second],
    ] as const) {
      await log.alter(key, bodyOf(other));
      expect(await log.restore()).toEqual({ refused: expect.stringContaining(key) });
      await log.alter(key, bodyOf(key));
    }
    await expectPart();
  });

  it('what is gone is said to be, if nothing else in the archive makes up for it', async () => {
    await log.alter('tile/entries/000', undefined);
    expect(await log.restore()).toMatchObject({ size, done: true });
    for (const key of [...objects.keys()].filter((each) => each.startsWith('parts/001/'))) {
      await log.renewTables();
      await log.alter(key, undefined);
      const progress = await log.restore();
      expect(progress).toMatchObject({ of: size, done: true, missing: 'tile/entries/001' });
      expect('size' in progress && progress.size).toBeLessThan(size);
      await expectPart();
      await log.alter(key, bodyOf(key));
    }
    await log.renewTables();
    await log.alter(keyOf('answers/'), undefined);
    expect(await log.restore()).toEqual({ refused: `${keyOf('answers/')} is gone` });
  });
});

describe('a ledger that holds something else is not written to', () => {
  it('when its log is another one', async () => {
    const { ARCHIVE_BUCKET } = process.env;
    log.emptyArchive();
    await log.grow(3);
    const before = await log.rows();
    Object.assign(process.env, { ARCHIVE_BUCKET });
    expect(await log.restore()).toEqual({
      refused: 'LOG / BATCH#00000000000000000000 is not what the archive has',
    });
    expect(await log.rows()).toEqual(before);
  });

  it('when what is new took the place of what was', async () => {
    const body = agencyBody({ agencyId: PROVIDER });
    expect((await log.world.ask('registerAgency', STEWARD, { body })).status).toBe(201);
    expect(await log.restore()).toEqual({
      refused: `STREAM#agency#${PROVIDER} / 000000 is not what the archive has`,
    });
    expect((await log.rows()).size).toBe(2);
  });
});
