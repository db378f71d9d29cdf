import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { KMSClient, SignCommand, type SignCommandInput } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseCheckpoint } from '../../core/log/checkpoint.ts';
import { cosignatureTime } from '../../core/log/cosignature.ts';
import { formatVerifierKey } from '../../core/log/key.ts';
import { leafHash } from '../../core/log/merkle.ts';
import { parseSignatures } from '../../core/log/note.ts';
import { parseSize } from '../../core/log/witness.ts';
import { signerOf } from '../core/log/keys.ts';
import { entryAt, log, logSigner, ORIGIN } from '../core/log/logs.ts';
import { at, Definition } from '../core/log/trees.ts';
import { holdKey } from '../support/kms.ts';
import { forkAt, request, type WitnessHandler, witnessEvent } from '../support/witness.ts';
import { FAULTS, type FaultKind, Faults } from './support/faults.ts';
import { createHeads } from './tables.ts';

const NAME = 'witness.example/w1';
const witness = signerOf(NAME, 'cosignature');
const MOST = 12;
/** The log, and what it would be had it forked after three entries. */
const FORKED_AT = 3;
const forked = new Definition(
  Array.from({ length: MOST }, (_, n) => leafHash(n < FORKED_AT ? entryAt(n) : Buffer.from(`fork-${n}`))),
);
const TREES = [log, forked] as const;

/** A cosignature that went out, or one that KMS made and nobody got: either may turn up one day. */
interface Cosigned {
  readonly size: number;
  readonly root: string;
  readonly time: number;
  /** Whether it, or what came after it, stood in the table just before it was signed. */
  readonly stands: boolean;
}

const kms = mockClient(KMSClient);
let faults: Faults;
let handler: WitnessHandler;
let heads: Awaited<ReturnType<typeof createHeads>>;
let cosigned: Cosigned[];

beforeAll(async () => {
  Object.assign(process.env, {
    POWERTOOLS_METRICS_DISABLED: 'true',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    WITNESS_NAME: NAME,
    SIGNING_KEY: 'key',
    LOGS: JSON.stringify([formatVerifierKey(logSigner.key)]),
  });
  const [witnessing, { dynamo }] = await Promise.all([
    import('../../lambdas/witness.ts'),
    import('../../lambdas/store/client.ts'),
  ]);
  handler = witnessing.handler;
  faults = Faults.install(dynamo);
});
beforeEach(async () => {
  heads = await createHeads();
  Object.assign(process.env, heads.env);
  cosigned = [];
  kms.reset();
  holdKey(kms, 'key', witness);
  kms.on(SignCommand).callsFake(sign);
  const chance = Math.random;
  vi.spyOn(Math, 'random').mockImplementation(() => chance() / 50);
});
afterEach(() => {
  vi.restoreAllMocks();
  faults.revive();
  heads.client.destroy();
});

/** Signs, unless a fault befalls it. */
async function sign(input: SignCommandInput) {
  const { output } = await faults.meet({ command: 'SignCommand', input }, async () => {
    const message = Buffer.from(input.Message ?? []).toString();
    const [, time, text] = /^cosignature\/v1\ntime ([0-9]+)\n(.*)$/s.exec(message) ?? [];
    const { size, root } = parseCheckpoint(String(text));
    const head = await storedHead();
    const stands =
      head !== undefined && (head.size > size || (head.size === size && head.root === hex(root)));
    cosigned.push({ size, root: hex(root), time: Number(time), stands });
    return { output: { Signature: await witness.sign(Buffer.from(message)) } };
  });
  return output;
}

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

async function storedHead() {
  const { Item } = await heads.client.send(
    new GetItemCommand({ TableName: heads.heads, Key: { origin: { S: ORIGIN } }, ConsistentRead: true }),
  );
  return Item && { size: Number(Item['size']?.N), root: hex(Item['root']?.B) };
}

const ask = async (oldSize: number, size: number, tree: Definition = log) =>
  handler(witnessEvent('POST', '/add-checkpoint', await request(oldSize, size, tree)));
const statusOf = async (oldSize: number, size: number, tree?: Definition) =>
  (await ask(oldSize, size, tree)).statusCode;

/** As a log asks: from where it believes the witness to be, and again from where it is told that it is. */
async function persist(oldSize: number, size: number, tree: Definition): Promise<number> {
  const first = await ask(oldSize, size, tree);
  if (first.statusCode !== 409 || parseSize(first.body) > size) return first.statusCode;
  return statusOf(parseSize(first.body), size, tree);
}

/** What must be true of all that was ever cosigned, in whatever order it happened. */
async function checkCosigned(): Promise<void> {
  expect(cosigned.filter(({ stands }) => !stands)).toEqual([]);
  const trees = TREES.filter((tree) => cosigned.every(({ size, root }) => hex(tree.root(0, size)) === root));
  expect(trees.length, 'of two histories, one was cosigned').toBeGreaterThan(0);
  for (const one of cosigned)
    for (const other of cosigned) if (one.time < other.time) expect(one.size).toBeLessThanOrEqual(other.size);
  const head = await storedHead();
  expect(head?.size ?? 0).toBeGreaterThanOrEqual(Math.max(0, ...cosigned.map(({ size }) => size)));
}

/** Whatever happened: the log whose history was cosigned goes on, and no other ever does. */
async function checkGoesOn(): Promise<void> {
  faults.revive();
  await checkCosigned();
  const head = (await storedHead()) ?? { size: 0, root: hex(log.root(0, 0)) };
  const [honest, ...both] = TREES.filter((tree) => hex(tree.root(0, head.size)) === head.root);
  if (honest === undefined) expect.fail('the head is of no history');
  if (both.length === 0)
    for (const tree of TREES.filter((tree) => tree !== honest))
      for (const size of [head.size, MOST]) expect(await statusOf(head.size, size, tree)).toBe(422);
  expect(await persist(0, MOST, honest)).toBe(200);
  await checkCosigned();
}

describe('two requests at once', () => {
  it('for heads that diverge: one is cosigned, the other never', async () => {
    for (let round = 0; round < 10; round++) {
      heads = await createHeads();
      Object.assign(process.env, heads.env);
      cosigned = [];
      expect(await statusOf(0, FORKED_AT)).toBe(200);
      faults.plan(() => 'slow');
      const size = FORKED_AT + 1 + (round % 3);
      const statuses = await Promise.all(TREES.map((tree) => statusOf(FORKED_AT, size, tree)));
      expect(statuses.toSorted()).toEqual([200, 409]);
      await checkGoesOn();
    }
  });

  it('for heads of one history: none rolls the other back', async () => {
    await ask(0, 2);
    faults.plan(() => 'slow');
    const statuses = await Promise.all([statusOf(2, 5), statusOf(2, 9), statusOf(2, 7)]);
    expect(statuses.toSorted()).toEqual([200, 409, 409]);
    await checkGoesOn();
  });

  it('for the same head: whoever comes second is told so, and gets it when it asks again', async () => {
    faults.plan(() => 'slow');
    const asked = await Promise.all([1, 2, 3].map(() => ask(0, 5)));
    expect(asked.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 409, 409]);
    for (const { statusCode, body } of asked) if (statusCode === 409) expect(body).toBe('5\n');
    expect(await Promise.all([1, 2, 3].map(() => statusOf(5, 5)))).toEqual([200, 200, 200]);
    expect(cosigned).toHaveLength(4);
    await checkGoesOn();
  });
});

it('a head cosigned again, by a clock that is ahead, between the reading and the writing of its successor stays the earlier', async () => {
  await ask(0, 5);
  const now = Date.now;
  let again: Promise<number> | undefined;
  faults.plan((_, { command }) => {
    if (command !== 'PutItemCommand' || again !== undefined) return undefined;
    return async (proceed) => {
      const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + 60_000);
      again = statusOf(5, 5);
      expect(await again).toBe(200);
      clock.mockRestore();
      return proceed();
    };
  });
  expect(await statusOf(5, 6)).toBe(200);
  expect(cosigned.map(({ size }) => size)).toEqual([5, 5, 6]);
  await checkGoesOn();
});

describe('a witness that is killed', () => {
  it.each(['the first head', 'a later head', 'the same head again'])(
    'at any of its calls over %s leaves nothing that another history could use',
    async (what) => {
      for (let call = 0; ; call++) {
        heads = await createHeads();
        Object.assign(process.env, heads.env);
        cosigned = [];
        const [old, size] = what === 'the first head' ? [0, 5] : what === 'a later head' ? [4, 6] : [5, 5];
        if (old > 0) await ask(0, old);
        faults.killAt(call);
        const status = await statusOf(old, size);
        faults.revive();
        await checkCosigned();
        if (status === 200) {
          expect(call).toBe(3); // The reading, the writing, the signing.
          break;
        }
        expect(status).toBe(500);
        // What stands there by now is cosigned, when asked for as the protocol has it.
        expect(await persist(old, size, log)).toBe(200);
        await checkGoesOn();
      }
    },
  );

  it('between writing and signing has bound itself to the head that nobody has a cosignature of', async () => {
    faults.killAt(2);
    expect(await statusOf(0, 5)).toBe(500);
    faults.revive();
    expect(cosigned).toEqual([]);
    const fork = await forkAt(5, forked.root(0, 5));
    expect((await handler(witnessEvent('POST', '/add-checkpoint', `old 5\n\n${fork}`))).statusCode).toBe(422);
    expect(await statusOf(0, 5)).toBe(409);
    expect(await statusOf(5, 5)).toBe(200);
  });
});

describe('a witness whose call meets with', () => {
  it.each(FAULTS)('%s, whichever call that is, answers or fails, and goes on', async (kind) => {
    for (let call = 0; call < 3; call++) {
      faults.plan((number) => (number === call ? kind : undefined));
      await ask(0, 4);
      await checkGoesOn();
    }
  });

  it('a write that lands late is not overtaken: either it or what came after it stands', async () => {
    await ask(0, 2);
    faults.plan((_, { command }) => (command === 'PutItemCommand' ? 'late' : undefined));
    expect(await statusOf(2, 5)).toBe(500);
    faults.revive();
    expect(await statusOf(2, 7)).toBe(200);
    await faults.landLate();
    expect((await storedHead())?.size).toBe(7);
    await checkGoesOn();
  });
});

it('whoever asks for whatever, at once, with clocks that differ, and is killed at any call: one history, never backward', async () => {
  const asking = fc.record({
    tree: fc.constantFrom(...TREES),
    old: fc.nat(MOST),
    grown: fc.nat(4),
    persists: fc.boolean(),
  });
  const fault = fc.option(fc.constantFrom<FaultKind>(...FAULTS, 'late', 'dead'), { nil: undefined, freq: 4 });
  const rounds = fc.array(
    fc.record({
      asked: fc.array(asking, { minLength: 1, maxLength: 6 }),
      faults: fc.array(fault, { maxLength: 12 }),
      clocks: fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1 }),
    }),
    { minLength: 1, maxLength: 5 },
  );
  const now = Date.now;
  await fc.assert(
    fc.asyncProperty(rounds, async (all) => {
      heads = await createHeads();
      Object.assign(process.env, heads.env);
      cosigned = [];
      for (const { asked, faults: planned, clocks } of all) {
        let read = 0;
        const clock = vi
          .spyOn(Date, 'now')
          .mockImplementation(() => now() + 1000 * at(clocks, read++ % clocks.length));
        faults.plan((number) => planned[number] ?? 'slow');
        await Promise.all(
          asked.map(({ tree, old, grown, persists }) => {
            const size = Math.min(MOST, old + grown);
            return persists ? persist(old, size, tree) : ask(old, size, tree);
          }),
        );
        clock.mockRestore();
        faults.revive();
        await faults.landLate();
        await checkCosigned();
      }
      await checkGoesOn();
      heads.client.destroy();
    }),
    { numRuns: 40 },
  );
});

it('its cosignatures verify with the key that it gives out', async () => {
  const vkey = (await handler(witnessEvent('GET', '/vkey'))).body;
  expect(vkey).toBe(`${formatVerifierKey(witness.key)}\n`);
  const { body } = await ask(0, 5);
  const [line] = parseSignatures(body);
  const { time } = at(cosigned, 0);
  const text = `${ORIGIN}\n5\n${Buffer.from(log.root(0, 5)).toString('base64')}\n`;
  expect(line && cosignatureTime(witness.key, text, line.signature)).toBe(time);
});
