import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openCheckpoint } from '../../core/log/checkpoint.ts';
import { formatVerifierKey } from '../../core/log/key.ts';
import { cosignText, formatSignatures, parseNote, type Signer } from '../../core/log/note.ts';
import { policyFor, type Witnessing } from '../../core/log/witnessing.ts';
import { signerOf } from '../core/log/keys.ts';
import { at } from '../core/log/trees.ts';
import { Faults } from './support/faults.ts';
import { type Grow, growing } from './support/growing.ts';
import { ANYONE, AUDITOR, createWorld, type World } from './world.ts';

const A = signerOf('witness.example/a', 'cosignature');
const B = signerOf('witness.example/b', 'cosignature');
const STRANGER = signerOf('witness.example/stranger', 'cosignature');

let world: World;
let grow: Grow;
let policy: Witnessing;

/** A new log that asks A and B for cosignatures. */
async function start(rules: Pick<Witnessing, 'quorum' | 'holdSeconds'>): Promise<void> {
  policy = {
    ...rules,
    witnesses: [A, B].map(({ key }) => ({ url: `https://${key.name}`, vkey: formatVerifierKey(key) })),
  };
  vi.resetModules();
  world = await createWorld({ WITNESSING: JSON.stringify(policy) });
  grow = await growing();
}
afterEach(() => {
  vi.useRealTimers();
  world.tables.client.destroy();
});

/** What is shown: the size, and whose cosignatures stand on it, as a reader of the log verifies them. */
async function shown(): Promise<[size: number, ...witnesses: string[]] | undefined> {
  const { status, text } = await world.ask('getCheckpoint', ANYONE);
  if (status === 404) return undefined;
  const vkey = (await world.ask('getVerifierKey', ANYONE)).text.trimEnd();
  const { size, note } = openCheckpoint(text, policyFor(vkey, policy));
  const [own, ...others] = note.signatures.map(({ name }) => name);
  expect(own).toBe('amanat.example.org/log');
  return [size, ...others.map((name) => name.slice('witness.example/'.length))];
}

async function signedText(size: number): Promise<string> {
  const { readCheckpoint } = await import('../../lambdas/store/checkpoints.ts');
  return parseNote((await readCheckpoint(size))?.note ?? '').text;
}
const lineBy = async (signer: Signer, text: string) =>
  formatSignatures([await cosignText(text, signer, 1_750_000_000)]);

async function cosign(size: number, ...signers: readonly Signer[]): Promise<void> {
  const { insertCosignature } = await import('../../lambdas/store/checkpoints.ts');
  for (const signer of signers)
    await insertCosignature(size, signer.key.keyId, await lineBy(signer, await signedText(size)));
}

const receiptOf = async (index: number) => {
  const { readIndexes } = await import('../../lambdas/store/entries.ts');
  const { placedBetween } = await import('../../lambdas/store/batches.ts');
  const { entryId } = at(await placedBetween(index, index + 1), 0);
  expect((await readIndexes([entryId])).get(entryId)).toBe(index);
  return (await world.ask('getReceipt', AUDITOR, { params: { entryId } })).status;
};
const tile = async (path: string) => (await world.ask('getTile', ANYONE, { params: { tile: path } })).status;

describe('a log whose publication waits for nobody', () => {
  it.each<[number, Witnessing['holdSeconds']]>([
    [0, 0],
    [0, 10],
    [0, 'forever'],
    [1, 0],
    [2, 0],
  ])('by a quorum of %i and a hold of %s shows a checkpoint at once', async (quorum, holdSeconds) => {
    await start({ quorum, holdSeconds });
    await grow(2);
    expect(await shown()).toEqual([2]);
    expect(await receiptOf(1)).toBe(200);
  });

  it('adds cosignatures as they come, of what is newest', async () => {
    await start({ quorum: 2, holdSeconds: 0 });
    await grow(2);
    await cosign(2, B);
    expect(await shown()).toEqual([2, 'b']);
    await cosign(2, A);
    expect((await shown())?.toSorted()).toEqual([2, 'a', 'b']);
    await grow(1);
    expect(await shown()).toEqual([3]);
  });
});

describe('a log that holds its checkpoints back for ever', () => {
  it('shows nothing of them, nor of what they cover, until as many have cosigned as it asks for', async () => {
    await start({ quorum: 2, holdSeconds: 'forever' });
    await grow(300);
    const hidden = async () => {
      expect(await shown()).toBeUndefined();
      expect(await receiptOf(0)).toBe(404);
      expect([await tile('0/000'), await tile('1/000.p/1'), await tile('0/000.p/1')]).toEqual([
        404, 404, 404,
      ]);
      expect((await world.ask('getEntryBundle', AUDITOR, { params: { bundle: '000' } })).status).toBe(404);
      expect((await world.ask('listEntries', AUDITOR)).json).toEqual({ items: [], size: 0 });
    };
    await hidden();
    await cosign(300, A);
    await hidden();
    await cosign(300, B);
    expect((await shown())?.toSorted()).toEqual([300, 'a', 'b']);
    expect([await tile('0/000'), await tile('1/000.p/1'), await receiptOf(0)]).toEqual([200, 200, 200]);
  });

  it('stays at the last that had the quorum, and goes on from there', async () => {
    await start({ quorum: 1, holdSeconds: 'forever' });
    await grow(2);
    await cosign(2, A);
    await grow(3);
    await grow(1);
    expect(await shown()).toEqual([2, 'a']);
    expect([await receiptOf(1), await receiptOf(2), await tile('0/000.p/3')]).toEqual([200, 404, 404]);
    await cosign(5, B);
    expect(await shown()).toEqual([5, 'b']);
    expect([await receiptOf(4), await receiptOf(5)]).toEqual([200, 404]);
    await cosign(6, A, B);
    expect((await shown())?.[0]).toBe(6);
  });

  it('does not count one of too small a size, nor those of two sizes together', async () => {
    await start({ quorum: 2, holdSeconds: 'forever' });
    await grow(2);
    await grow(1);
    await cosign(2, A);
    await cosign(3, B);
    expect(await shown()).toBeUndefined();
  });
});

describe('a log that holds its checkpoints back for a while', () => {
  const T = Date.parse('2026-03-10T10:00:00.000Z');
  const clockAt = (seconds: number) => vi.setSystemTime(T + seconds * 1_000);

  it('shows each after that while, or as soon as the quorum has cosigned', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: T });
    await start({ quorum: 1, holdSeconds: 10 });
    await grow(2);
    clockAt(9.999);
    expect(await shown()).toBeUndefined();
    clockAt(10);
    expect(await shown()).toEqual([2]);
    await grow(1);
    expect(await shown()).toEqual([2]);
    await cosign(3, A);
    expect(await shown()).toEqual([3, 'a']);
    await grow(1);
    clockAt(19.999);
    expect(await shown()).toEqual([3, 'a']);
    clockAt(20);
    expect(await shown()).toEqual([4]);
  });

  it('shows the newest that may be, be it for its age or for its cosignatures', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: T });
    await start({ quorum: 1, holdSeconds: 10 });
    for (const second of [0, 4, 8, 12, 16]) {
      clockAt(second);
      await grow(1);
    }
    expect(await shown()).toEqual([2]);
    await cosign(1, A);
    expect(await shown()).toEqual([2]);
    await cosign(4, B);
    expect(await shown()).toEqual([4, 'b']);
    clockAt(23);
    expect(await shown()).toEqual([4, 'b']);
    clockAt(26);
    expect(await shown()).toEqual([5]);
  });

  it('answers while the time comes for the newest, too', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: T });
    await start({ quorum: 1, holdSeconds: 10 });
    await grow(1);
    // The clock goes on with each look at it, so that in one of these rounds it turns in between two.
    for (const first of [9_960, 9_961, 9_962]) {
      let clock = T + first;
      vi.spyOn(Date, 'now').mockImplementation(() => clock++);
      const statuses = [];
      while (clock < T + 10_040) statuses.push((await world.ask('getCheckpoint', ANYONE)).status);
      vi.restoreAllMocks();
      expect(new Set(statuses)).toEqual(new Set([404, 200]));
      expect(statuses).toEqual(statuses.toSorted((a, b) => b - a));
    }
  });

  it('finds the newest that is old enough below more younger ones than one look takes in', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: T });
    await start({ quorum: 1, holdSeconds: 60 });
    await grow(1);
    clockAt(59);
    for (let n = 0; n < 105; n++) await grow(1);
    expect(await shown()).toBeUndefined();
    clockAt(60);
    expect(await shown()).toEqual([1]);
  });
});

describe('a search for the quorum', () => {
  it('does not look below what is shown for its age, however many cosignatures there are', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-03-10T10:00:00.000Z') });
    await start({ quorum: 2, holdSeconds: 10 });
    await grow(300);
    for (let size = 1; size < 300; size++)
      await world.tables.client.send(
        new PutItemCommand({
          TableName: world.tables.ledger,
          Item: {
            pk: { S: 'LOG' },
            sk: { S: `COSIGNATURE#${String(size).padStart(20, '0')}#00000000` },
            line: { S: '' },
          },
        }),
      );
    vi.setSystemTime(Date.parse('2026-03-10T10:00:10.000Z'));
    await grow(1);
    const { dynamo } = await import('../../lambdas/store/client.ts');
    const faults = Faults.install(dynamo);
    faults.plan(undefined);
    expect(await shown()).toEqual([300]);
    // Newest, aged, the search, and the cosignatures of what is shown.
    expect(faults.calls.filter(({ command }) => command === 'QueryCommand')).toHaveLength(4);
  });
});

describe('a row of cosignatures that no witness of ours gave', () => {
  const put = (sk: string, line: string | undefined) =>
    world.tables.client.send(
      new PutItemCommand({
        TableName: world.tables.ledger,
        Item: { pk: { S: 'LOG' }, sk: { S: sk }, ...(line !== undefined && { line: { S: line } }) },
      }),
    );
  const row = (size: number, n: number) =>
    `COSIGNATURE#${String(size).padStart(20, '0')}#${n.toString(16).padStart(8, '0')}`;

  it('is shown to nobody and counts for nothing, whatever it holds', async () => {
    await start({ quorum: 2, holdSeconds: 'forever' });
    await grow(1);
    await grow(1);
    const [older, text] = [await signedText(1), await signedText(2)];
    const { readCheckpoint } = await import('../../lambdas/store/checkpoints.ts');
    const note = (await readCheckpoint(2))?.note ?? '';
    const good = await lineBy(A, text);
    const forged = await lineBy(B, older);
    const lines = [
      undefined,
      '',
      '\n',
      'nonsense',
      `— ${B.key.name} AAAA\n`,
      note.slice(note.lastIndexOf('—')),
      note,
      await lineBy(STRANGER, text),
      forged,
      `${forged.slice(0, -9)}AAAAAAA=\n`,
      (await lineBy(B, text)).trimEnd(),
      `${await lineBy(B, text)}\n${await lineBy(A, text)}`,
      `\0${await lineBy(B, text)}`,
      (await lineBy(signerOf(B.key.name, 'cosignature', 'another seed'), text)).repeat(50),
      // The same one again is one witness, not two.
      good,
      `${good}${good}`,
    ];
    for (const [n, line] of lines.entries()) await put(row(2, n), line);
    await put(row(3, B.key.keyId), await lineBy(B, text));
    await put('COSIGNATURE#', good);
    await put('COSIGNATURE#x', good);
    expect(await shown()).toBeUndefined();
    await cosign(2, A);
    expect(await shown()).toBeUndefined();
    await cosign(2, B);
    expect((await shown())?.toSorted()).toEqual([2, 'a', 'b']);
  });

  it('keeps no checkpoint from being shown, however many there are of it', async () => {
    await start({ quorum: 2, holdSeconds: 'forever' });
    await grow(1);
    await cosign(1, A, B);
    const good = await lineBy(A, await signedText(1));
    // Above and below the real ones, of this size, of others, and of none.
    for (let n = 0; n < 120; n++)
      await Promise.all([
        put(row(1, n), good),
        put(row(1, 0xffffffff - n), good),
        put(row(4 + n, A.key.keyId), good),
        put(`COSIGNATURE#x${n}`, good),
      ]);
    expect((await shown())?.toSorted()).toEqual([1, 'a', 'b']);
    // So many that one look at them ends amid the rows of the size that has the quorum.
    await grow(1);
    await grow(1);
    await cosign(2, A, B);
    for (let n = 0; n < 99; n++) await put(row(3, n), good);
    expect((await shown())?.toSorted()).toEqual([2, 'a', 'b']);
  });
});
