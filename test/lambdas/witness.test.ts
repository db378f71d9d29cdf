import './environment.ts';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatCheckpoint, openCheckpoint, signCheckpoint } from '../../core/log/checkpoint.ts';
import { formatVerifierKey } from '../../core/log/key.ts';
import { cosignText, formatNote, parseNote, signText } from '../../core/log/note.ts';
import { encodeAddCheckpoint } from '../../core/log/witness.ts';
import type { Item } from '../../lambdas/store/client.ts';
import { signerOf } from '../core/log/keys.ts';
import { checkpointAt, log, logSigner, ORIGIN } from '../core/log/logs.ts';
import { at } from '../core/log/trees.ts';
import { holdKey } from '../support/kms.ts';
import { cosignatureIn, forkAt, request, type WitnessHandler, witnessEvent } from '../support/witness.ts';
import { captureOutput } from './output.ts';

const NAME = 'witness.example/w1';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/w1';
const witness = signerOf(NAME, 'cosignature');
/** The key that the log is changing to, and a log beside it. */
const nextKey = signerOf(ORIGIN, 'note', 'next');
const otherLog = signerOf('log.example/other');
const NOW = 1_780_000_000;

const table = mockClient(DynamoDBClient);
const kms = mockClient(KMSClient);
let stored: Map<string, Item>;
/** What happens, once, between a reading and the write that follows it. */
let meanwhile: (() => unknown) | undefined;
let handler: WitnessHandler;

beforeEach(async () => {
  vi.stubEnv('WITNESS_TABLE', 'heads');
  vi.stubEnv('WITNESS_NAME', NAME);
  vi.stubEnv('SIGNING_KEY', KEY);
  vi.stubEnv('LOGS', JSON.stringify([logSigner, nextKey, otherLog].map(({ key }) => formatVerifierKey(key))));
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'amanat-witness-test');
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
  vi.spyOn(Math, 'random').mockReturnValue(0);
  table.reset();
  kms.reset();
  stored = new Map();
  meanwhile = undefined;
  table.on(GetItemCommand).callsFake(({ Key }) => ({ Item: stored.get(Key.origin.S) }));
  table.on(PutItemCommand).callsFake(put);
  holdKey(kms, KEY, witness);
  vi.resetModules();
  ({ handler } = await import('../../lambdas/witness.ts'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The two conditions that there are, as the table takes them. */
function put({ Item, ConditionExpression, ExpressionAttributeValues }: PutItemCommandInput): object {
  meanwhile?.();
  meanwhile = undefined;
  const origin = String(Item?.['origin']?.S);
  const there = stored.get(origin);
  const holds =
    ConditionExpression === 'attribute_not_exists(origin)'
      ? there === undefined
      : Object.entries(ExpressionAttributeValues ?? {}).every(
          ([name, value]) => JSON.stringify(there?.[name.slice(1)]) === JSON.stringify(value),
        );
  if (!holds) throw new ConditionalCheckFailedException({ message: 'injected', $metadata: {} });
  stored.set(origin, Item ?? {});
  return {};
}

const ask = (method: string, resource: string, body?: string | Uint8Array) =>
  handler(witnessEvent(method, resource, body));
const add = (body: string | Uint8Array) => ask('POST', '/add-checkpoint', body);

const nothingHappened = () => {
  expect(table.commandCalls(PutItemCommand)).toEqual([]);
  expect(kms.commandCalls(SignCommand)).toEqual([]);
};

describe('GET /vkey', () => {
  it('is the key that its cosignatures verify with, asked of KMS once', async () => {
    expect(await ask('GET', '/vkey')).toMatchObject({
      statusCode: 200,
      body: `${formatVerifierKey(witness.key)}\n`,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
    await ask('GET', '/vkey');
    await add(await request(0, 100));
    expect(kms.commandCalls(GetPublicKeyCommand)).toHaveLength(1);
  });

  it('is asked again when KMS did not answer', async () => {
    kms.on(GetPublicKeyCommand).rejects(new Error('secret detail'));
    expect(await ask('GET', '/vkey')).toMatchObject({ statusCode: 500, body: '' });
    holdKey(kms, KEY, witness);
    expect((await ask('GET', '/vkey')).statusCode).toBe(200);
  });
});

describe('add-checkpoint', () => {
  it('cosigns the first head, one that extends it, and the same again, and keeps what it cosigned', async () => {
    await cosignatureIn(await add(await request(0, 100)), 100, witness.key);
    await cosignatureIn(await add(await request(100, 300)), 300, witness.key);
    const last = await cosignatureIn(await add(Buffer.from(await request(300, 300))), 300, witness.key);
    expect(last.time).toBe(NOW);
    expect(stored.get(ORIGIN)).toEqual({
      origin: { S: ORIGIN },
      size: { N: '300' },
      root: { B: Buffer.from(log.root(0, 300)) },
      time: { N: String(NOW) },
      checkpoint: { S: await checkpointAt(300) },
    });
  });

  it('reads strongly consistent, and replaces just the head that it decided on, before it signs', async () => {
    await add(await request(0, 100));
    await add(await request(100, 300));
    for (const { args } of table.commandCalls(GetItemCommand))
      expect(args[0].input).toMatchObject({ TableName: 'heads', ConsistentRead: true });
    const [first, second] = table.commandCalls(PutItemCommand);
    expect(first?.args[0].input).toMatchObject({ ConditionExpression: 'attribute_not_exists(origin)' });
    expect(second?.args[0].input).toMatchObject({
      ConditionExpression: '#size = :size AND #root = :root AND #time = :time',
      ExpressionAttributeValues: {
        ':size': { N: '100' },
        ':root': { B: Buffer.from(log.root(0, 100)) },
        ':time': { N: String(NOW) },
      },
    });
    const [, signed] = kms.commandCalls(SignCommand);
    expect(second?.calledBefore(signed as never)).toBe(true);
  });

  it('takes either key while a log changes from one to the next, and keeps logs apart', async () => {
    const signed = await signCheckpoint({ origin: ORIGIN, size: 300, root: log.root(0, 300) }, nextKey);
    await add(await request(0, 100));
    const proof = log.subproof(100, 0, 300);
    expect((await add(encodeAddCheckpoint({ oldSize: 100, proof, checkpoint: signed }))).statusCode).toBe(
      200,
    );
    const ofOther = await signCheckpoint(
      { origin: otherLog.key.name, size: 5, root: log.root(7, 12) },
      otherLog,
    );
    expect((await add(encodeAddCheckpoint({ oldSize: 0, proof: [], checkpoint: ofOther }))).statusCode).toBe(
      200,
    );
    expect([...stored.keys()]).toEqual([ORIGIN, otherLog.key.name]);
  });

  it('keeps only what the log itself signed, whoever else did', async () => {
    const { text, signatures } = parseNote(await checkpointAt(100));
    const stranger = await cosignText(text, signerOf('stranger', 'cosignature'), 1);
    const checkpoint = formatNote({ text, signatures: [stranger, ...signatures] });
    await cosignatureIn(
      await add(encodeAddCheckpoint({ oldSize: 0, proof: [], checkpoint })),
      100,
      witness.key,
    );
    expect(stored.get(ORIGIN)?.['checkpoint']).toEqual({ S: await checkpointAt(100) });
  });

  it('never goes back in time, whatever the clock does', async () => {
    await add(await request(0, 100));
    vi.setSystemTime((NOW - 3600) * 1000);
    expect((await cosignatureIn(await add(await request(100, 300)), 300, witness.key)).time).toBe(NOW);
    expect((await cosignatureIn(await add(await request(300, 300)), 300, witness.key)).time).toBe(NOW);
    vi.setSystemTime((NOW + 5) * 1000);
    expect((await cosignatureIn(await add(await request(300, 300)), 300, witness.key)).time).toBe(NOW + 5);
  });
});

describe('add-checkpoint refuses, and neither stores nor signs', () => {
  it.each<[number, string, () => Promise<string | Uint8Array>]>([
    [400, 'nothing', async () => ''],
    [400, 'what is not UTF-8', async () => Buffer.of(0x6f, 0x6c, 0x64, 0xff)],
    [
      400,
      'an old size beyond the checkpoint',
      async () => (await request(300, 300)).replace('old 300', 'old 301'),
    ],
    [
      400,
      'a checkpoint that KMS would not sign',
      async () => {
        const text = `${formatCheckpoint({ origin: ORIGIN, size: 5, root: log.root(0, 5) })}${'x'.repeat(4_000)}\n`;
        const checkpoint = formatNote({ text, signatures: [await signText(text, logSigner)] });
        return encodeAddCheckpoint({ oldSize: 0, proof: [], checkpoint });
      },
    ],
    [403, 'a log without its signature', async () => (await request(0, 300)).replace('\n300\n', '\n301\n')],
    [
      404,
      'a log that it does not know',
      async () => {
        const stranger = signerOf('stranger.example/log');
        const checkpoint = await signCheckpoint(
          { origin: 'stranger.example/log', size: 0, root: log.root(0, 0) },
          stranger,
        );
        return encodeAddCheckpoint({ oldSize: 0, proof: [], checkpoint });
      },
    ],
    [413, 'more than 64 KB', async () => 'old 0\n'.padEnd(65_537, 'A')],
  ])('%i for %s', async (status, _, body) => {
    const answer = await add(await body());
    expect(answer).toMatchObject({
      statusCode: status,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    });
    expect(answer.body).not.toContain('stranger');
    nothingHappened();
  });

  it('409 with the size that it has, in the type that the protocol gives it', async () => {
    await add(await request(0, 300));
    table.resetHistory();
    kms.resetHistory();
    for (const [old, size] of [
      [0, 300],
      [0, 500],
      [200, 300],
      [301, 500],
      [0, 200],
    ] as const)
      expect(await add(await request(old, size))).toMatchObject({
        statusCode: 409,
        body: '300\n',
        headers: { 'content-type': 'text/x.tlog.size' },
      });
    nothingHappened();
  });

  it('409 with nought, when it never cosigned anything', async () => {
    expect(await add(await request(300, 500))).toMatchObject({ statusCode: 409, body: '0\n' });
    nothingHappened();
  });

  it('422 for a bad proof, of which it warns', async () => {
    await add(await request(0, 300));
    const output = captureOutput();
    table.resetHistory();
    kms.resetHistory();
    const body = encodeAddCheckpoint({ oldSize: 300, proof: [], checkpoint: await forkAt(400) });
    expect((await add(body)).statusCode).toBe(422);
    nothingHappened();
    output.end();
    const [line, metric] = output.lines();
    expect(line).toMatchObject({
      level: 'WARN',
      cosigned: await checkpointAt(300),
      refused: await forkAt(400),
    });
    expect(metric).toMatchObject({ ProofsRefused: 1 });
  });

  it('422 for another root at the same size, and keeps the two checkpoints that prove the fork', async () => {
    await add(await request(0, 300));
    const output = captureOutput();
    table.resetHistory();
    kms.resetHistory();
    const body = encodeAddCheckpoint({ oldSize: 300, proof: [], checkpoint: await forkAt(300) });
    expect((await add(body)).statusCode).toBe(422);
    nothingHappened();
    output.end();
    const [line, metric] = output.lines();
    expect(line).toMatchObject({ level: 'CRITICAL' });
    const policy = { logs: [logSigner.key], witnesses: [], quorum: 0 };
    const [one, two] = [line?.['cosigned'], line?.['refused']].map((note) =>
      openCheckpoint(String(note), policy),
    );
    expect([one?.size, two?.size]).toEqual([300, 300]);
    expect(one?.root).not.toEqual(two?.root);
    expect(metric).toMatchObject({ LogForked: 1, service: 'amanat-witness-test' });
  });

  it('404 for whatever else is asked', async () => {
    for (const [method, resource] of [
      ['GET', '/add-checkpoint'],
      ['POST', '/vkey'],
      ['GET', '/'],
    ] as const)
      expect((await ask(method, resource)).statusCode).toBe(404);
  });
});

describe('add-checkpoint, when another request came in between', () => {
  it('decides anew', async () => {
    await add(await request(0, 100));
    const body = await request(100, 300);
    meanwhile = () =>
      stored.set(ORIGIN, {
        ...at([...stored.values()], 0),
        size: { N: '200' },
        root: { B: log.root(0, 200) },
      });
    expect(await add(body)).toMatchObject({ statusCode: 409, body: '200\n' });
    expect(kms.commandCalls(SignCommand)).toHaveLength(1);
  });

  it('cosigns the same head with the later time, when it was cosigned in between', async () => {
    await add(await request(0, 100));
    meanwhile = () => stored.set(ORIGIN, { ...at([...stored.values()], 0), time: { N: String(NOW + 9) } });
    expect((await cosignatureIn(await add(await request(100, 100)), 100, witness.key)).time).toBe(NOW + 9);
  });

  it('gives up when they do not cease', async () => {
    await add(await request(0, 100));
    table.on(PutItemCommand).rejects(new ConditionalCheckFailedException({ message: '', $metadata: {} }));
    expect(await add(await request(100, 100))).toMatchObject({ statusCode: 500, body: '' });
    expect(table.commandCalls(PutItemCommand).length).toBeLessThan(12);
    expect(kms.commandCalls(SignCommand)).toHaveLength(1);
  });
});

describe('add-checkpoint, when something fails', () => {
  it.each([
    ['the reading', () => table.on(GetItemCommand).rejects(new Error('secret detail'))],
    ['the writing', () => table.on(PutItemCommand).rejects(new Error('secret detail'))],
    ['what was read', () => stored.set(ORIGIN, { origin: { S: ORIGIN }, size: { N: '100' } })],
    ['the list of logs', () => vi.stubEnv('LOGS', '["secret detail"]')],
    ['an empty list of logs', () => vi.stubEnv('LOGS', '[]')],
  ])('answers a bare 500 for %s, and signs nothing', async (_, spoil) => {
    const body = await request(0, 100);
    spoil();
    const answer = await add(body);
    expect(answer).toMatchObject({ statusCode: 500, body: '' });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(kms.commandCalls(SignCommand)).toEqual([]);
  });

  it('has the head but not the cosignature when KMS is away, and cosigns the same head when asked again', async () => {
    await add(await request(0, 100));
    kms.on(SignCommand).rejects(new Error('secret detail'));
    expect(await add(await request(100, 300))).toMatchObject({ statusCode: 500, body: '' });
    holdKey(kms, KEY, witness);
    expect(await add(await request(100, 300))).toMatchObject({ statusCode: 409, body: '300\n' });
    const fork = encodeAddCheckpoint({ oldSize: 300, proof: [], checkpoint: await forkAt(300) });
    expect((await add(fork)).statusCode).toBe(422);
    await cosignatureIn(await add(await request(300, 300)), 300, witness.key);
  });

  it('hands no cosignature on that its own key does not verify', async () => {
    kms.on(SignCommand).callsFake(async ({ Message }) => ({
      Signature: await signerOf(NAME, 'cosignature', 'another').sign(Message),
    }));
    expect(await add(await request(0, 100))).toMatchObject({ statusCode: 500, body: '' });
  });
});

describe('whatever is sent', () => {
  it('gets a status of the protocol, and nothing is cosigned but what the log signed', async () => {
    await add(await request(0, 300));
    const body = await request(300, 500);
    table.resetHistory();
    kms.resetHistory();
    // Good checkpoints with bad proofs are warned of.
    const output = captureOutput();
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('\n', '0', '=', ' ', '— '),
    );
    const altered = fc
      .tuple(fc.nat(body.length), fc.nat(4), piece)
      .map(([from, cut, insert]) => body.slice(0, from) + insert + body.slice(from + cut))
      .filter((text) => text !== body);
    const hostile = fc.oneof(
      { weight: 5, arbitrary: altered },
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (sent) => {
        const { statusCode, body: said } = await add(sent);
        expect([400, 403, 404, 409, 422]).toContain(statusCode);
        expect(said).toMatch(/^[^\n]+\n$/);
      }),
      { numRuns: 500 },
    );
    output.end();
    nothingHappened();
  });
});
