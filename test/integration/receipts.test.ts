import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetPublicKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { leafHash, rootOfLeaves } from '../../core/log/merkle.ts';
import { type Policy, policyOf } from '../../core/log/policy.ts';
import { parseReceipt, verifyReceipt } from '../../core/log/receipt.ts';
import { at, Definition } from '../core/log/trees.ts';
import { PROVIDER, RECIPIENT, THIRD_PARTY, transferBody } from '../support/transfers.ts';
import { type Grow, growing } from './support/growing.ts';
import {
  ANYONE,
  type Answered,
  AUDITOR,
  agency,
  createWorld,
  registerExamples,
  STEWARD,
  type World,
} from './world.ts';

let world: World;
let grow: Grow;
let policy: Policy;
/** Entries by id, in the order in which they were accepted. */
const bytes = new Map<string, Buffer>();

beforeAll(async () => {
  world = await createWorld();
  grow = await growing();
  policy = policyOf([(await world.ask('getVerifierKey', ANYONE)).text.trimEnd()]);
});
afterAll(() => world.tables.client.destroy());

const provider = agency(PROVIDER);
const receipt = (entryId: string, who = AUDITOR) => world.ask('getReceipt', who, { params: { entryId } });
const record = (prefer?: string, key?: string) =>
  world.ask('recordTransfer', provider, {
    body: transferBody(),
    ...(key && { key }),
    ...(prefer && { headers: { Prefer: prefer } }),
  });
const idOf = ({ json }: Answered) => String(json['entryId']);
const slug = ({ json }: Answered) => String(json['type']).slice('https://amanat.dev/problems/'.length);

describe('the receipt of every entry', () => {
  it.each([1, 1, 2, 4, 12, 236, 1, 43])('proves it, once the log has grown by %i more', async (count) => {
    for (const { entry } of await grow(count)) {
      const answer = await world.ask('getEntry', AUDITOR, { params: { entryId: entry.entryId } });
      bytes.set(entry.entryId, answer.bytes);
    }
    const leaves: Uint8Array[] = [];
    const proofs: { index: number; proof: readonly Uint8Array[]; root: Uint8Array }[] = [];
    for (const [id, entry] of bytes) {
      const { status, text } = await receipt(id);
      expect(status).toBe(200);
      const parsed = parseReceipt(text);
      const { index, checkpoint } = verifyReceipt(parsed, entry, policy);
      expect(checkpoint.size).toBe(bytes.size);
      leaves[index] = leafHash(entry);
      proofs.push({ index, proof: parsed.proof, root: checkpoint.root });
    }
    // Each at a place of its own, and all of them together are the whole log: by the definition, too.
    expect(Object.keys(leaves)).toHaveLength(bytes.size);
    const tree = new Definition(leaves);
    for (const { index, proof, root } of proofs) {
      expect(hex(root)).toBe(hex(rootOfLeaves(leaves)));
      expect(proof.map(hex)).toEqual(tree.path(index, 0, leaves.length).map(hex));
    }
  });

  it('that was given out earlier still verifies, and is not what is given out now', async () => {
    const [id, entry] = at([...bytes], 7);
    const earlier = (await receipt(id)).text;
    await grow(3);
    const now = (await receipt(id)).text;
    expect(now).not.toBe(earlier);
    for (const text of [earlier, now]) verifyReceipt(parseReceipt(text), entry, policy);
  });

  it('is a file of its own, that nobody keeps in between', async () => {
    const [[id] = ['']] = bytes;
    expect((await receipt(id)).headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `attachment; filename="${id}.tlog-proof"`,
      'cache-control': 'no-store',
    });
  });
});

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('an append', () => {
  beforeAll(() => registerExamples(world));

  it('names where its receipt will be, which is pending until it is in the log', async () => {
    const answer = await record();
    const id = idOf(answer);
    expect(answer.headers['link']).toBe(`</v1/entries/${id}/receipt>; rel="https://amanat.dev/rel/receipt"`);
    const pending = await receipt(id);
    expect([pending.status, slug(pending)]).toEqual([404, 'receipt-pending']);
    expect(pending.headers['retry-after']).toBe('1');
    await world.settle();
    expect((await receipt(id)).status).toBe(200);
  });

  it('is answered once its receipt exists, and says so, where that is preferred', async () => {
    const asked = record('respond-async, wait=15');
    const state = { answered: false };
    void asked.finally(() => {
      state.answered = true;
    });
    await new Promise((done) => setTimeout(done, 400));
    expect(state.answered).toBe(false);
    await world.settle();
    const answer = await asked;
    expect([answer.status, answer.headers['preference-applied']]).toEqual([201, 'wait=15']);
    expect((await receipt(idOf(answer))).status).toBe(200);
  });

  it('is answered without that once the time is up, and recorded all the same', async () => {
    const before = performance.now();
    const answer = await record('wait=1', 'late-receipt');
    expect(performance.now() - before).toBeGreaterThan(950);
    expect(answer.status).toBe(201);
    expect(answer.headers['preference-applied']).toBeUndefined();
    await world.settle();
    const again = await record('wait=1', 'late-receipt');
    expect([again.text, again.headers['preference-applied']]).toEqual([answer.text, 'wait=1']);
  });

  it('waits for nothing where nobody asked for it in so many words', async () => {
    for (const prefer of [undefined, 'wait=0', 'wait', 'wait=soon', 'wait=-5', 'await=5']) {
      const before = performance.now();
      const { status, headers } = await record(prefer);
      expect(performance.now() - before).toBeLessThan(1_000);
      expect([status, headers['preference-applied']]).toEqual([201, undefined]);
    }
  });

  it('is not waited for longer than the gateway does', async () => {
    const state = { answered: false };
    const asked = record('wait=3600').finally(() => {
      state.answered = true;
    });
    while (!state.answered) await world.settle();
    expect((await asked).headers['preference-applied']).toBe('wait=20');
  });

  it('of many lines is answered once all that were accepted have receipts', async () => {
    const lines = (prefer: string, ...numbers: number[]) =>
      world.ask('recordEntries', provider, {
        headers: { Prefer: prefer },
        body: numbers
          .map((n) => ({ idempotencyKey: `line-${n}`, kind: 'transfer-recorded', body: transferBody() }))
          .concat({ idempotencyKey: 'no', kind: 'transfer-recorded', body: {} as never })
          .map((line) => JSON.stringify(line))
          .join('\n'),
      });
    const late = await lines('wait=1', 1, 2);
    expect([late.status, late.headers['preference-applied']]).toEqual([200, undefined]);
    await world.settle();
    expect((await lines('wait=1', 1, 2, 1)).headers['preference-applied']).toBe('wait=1');
    // One is in the log, and one is not.
    expect((await lines('wait=1', 2, 3)).headers['preference-applied']).toBeUndefined();
    expect((await lines('wait=5')).headers['preference-applied']).toBeUndefined();
  });

  it('that is refused is refused at once', async () => {
    const refused = await world.ask('recordTransfer', agency(THIRD_PARTY), {
      body: transferBody(),
      headers: { Prefer: 'wait=10' },
    });
    expect(refused.status).toBe(403);
  });
});

describe('a receipt', () => {
  let id: string;
  beforeAll(async () => {
    id = idOf(await record());
    await world.settle();
  });

  it('is for both parties and auditors, and for other agencies not even known of', async () => {
    for (const who of [provider, agency(RECIPIENT), AUDITOR])
      expect((await receipt(id, who)).status).toBe(200);
    for (const who of [agency(THIRD_PARTY), agency('nobody')]) {
      const answer = await receipt(id, who);
      expect([answer.status, slug(answer)]).toEqual([404, 'not-found']);
    }
    expect((await receipt(id, STEWARD)).status).toBe(403);
  });

  it('of what happened to a transfer is for its parties, and that of a registration for who submitted it', async () => {
    const recorded = await record();
    const event = await world.ask('recordTransferEvent', agency(RECIPIENT), {
      params: { transferId: String(recorded.json['transferId']) },
      body: { kind: 'transfer-acknowledged', body: { occurredOn: '2024-03-12', storedAt: 'Vault 3' } },
    });
    const declared = await world.ask('declareCoverage', provider, {
      body: { provider: PROVIDER, from: '2024-01-01', to: '2024-02-01', basis: 'register' },
    });
    await world.settle();
    const statuses = async (answer: Answered) =>
      Promise.all(
        [provider, agency(RECIPIENT), agency(THIRD_PARTY), AUDITOR].map(
          async (who) => (await receipt(idOf(answer), who)).status,
        ),
      );
    expect(await statuses(event)).toEqual([200, 200, 404, 200]);
    expect(await statuses(declared)).toEqual([200, 404, 404, 200]);
  });

  it('of no entry does not exist, rather than being pending', async () => {
    const answer = await receipt('0'.repeat(32));
    expect([answer.status, slug(answer)]).toEqual([404, 'not-found']);
    expect((await receipt('no-id')).status).toBe(404);
  });

  it('is not given out where the hashes that it would be made of were altered', async () => {
    const { client, ledger } = world.tables;
    const hashes = Buffer.alloc(256 * 32, 7);
    const Item = { pk: { S: 'TILE#0#0' }, sk: { S: '256' }, hashes: { B: hashes } };
    await client.send(new PutItemCommand({ TableName: ledger, Item }));
    // The one of a later tile is made of other hashes.
    expect((await receipt(id)).status).toBe(200);
    const [[early] = ['']] = bytes;
    const answer = await receipt(early);
    expect([answer.status, slug(answer)]).toEqual([500, 'internal-error']);
  });
});

describe('a key service that is away', () => {
  it('keeps receipts from being given out, and no append from being recorded and answered', async () => {
    vi.resetModules();
    world = await createWorld();
    await registerExamples(world);
    await world.settle();
    const { env } = world.tables;
    // Functions that start up now on the same ledger, and have not asked for the log's key yet.
    vi.resetModules();
    world = await createWorld(env);
    const { kms } = await import('../../lambdas/store/kms.ts');
    const state = { away: true };
    kms.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (state.away && commandName === GetPublicKeyCommand.name) throw new Error('injected: no key');
          return next(args);
        },
      { step: 'initialize' },
    );
    const first = await record('wait=1', 'without-key');
    await expect(world.settle()).rejects.toThrow('injected');
    // It is in the log by now, and whether a checkpoint covers it nobody can tell.
    const second = await record('wait=1', 'without-key');
    for (const { status, headers } of [first, second])
      expect([status, headers['preference-applied']]).toEqual([201, undefined]);
    expect((await receipt(idOf(first))).status).toBe(500);
    state.away = false;
    await world.settle();
    expect((await receipt(idOf(first))).status).toBe(200);
    const third = await record('wait=1', 'without-key');
    expect([third.text, third.headers['preference-applied']]).toEqual([first.text, 'wait=1']);
  });
});
