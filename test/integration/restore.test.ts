import { type AttributeValue, DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatVerifierKey } from '../../core/log/key.ts';
import { cosignText, formatSignatures, parseNote } from '../../core/log/note.ts';
import { policyOf } from '../../core/log/policy.ts';
import { parseReceipt, verifyReceipt } from '../../core/log/receipt.ts';
import { signerOf } from '../core/log/keys.ts';
import { PROVIDER, RECIPIENT, transferBody } from '../support/transfers.ts';
import { ArchivedWorld } from './support/archives.ts';
import { type Call, FAULTS, Killed } from './support/faults.ts';
import { checkHistories, checkWholeLog, doorbell, readLedger } from './support/ledger.ts';
import { expectSameViews, readViews } from './support/views.ts';
import { ANYONE, AUDITOR, agency, STEWARD } from './world.ts';

const WITNESS = signerOf('witness.example/restore', 'cosignature');

/** A small log with everything in it that there can be, published at several sizes. */
let log: ArchivedWorld;
let original: ArchivedWorld['world']['tables'];
let rows: ReadonlyMap<string, object>;
let size: number;
beforeAll(async () => {
  log = await ArchivedWorld.create();
  original = log.world.tables;
  const witness = { url: 'http://127.0.0.1:9', vkey: formatVerifierKey(WITNESS.key) };
  process.env['WITNESSING'] = JSON.stringify({ witnesses: [witness], quorum: 1, holdSeconds: 0 });
  await log.trace();
  await log.read();
  const { json } = await log.world.ask('recordTransfer', agency(PROVIDER), { body: transferBody() });
  const body = { kind: 'transfer-acknowledged', body: { occurredOn: '2026-01-02', storedAt: 'Vault 3' } };
  const params = { transferId: String(json['transferId']) };
  await log.world.ask('recordTransferEvent', agency(RECIPIENT), { params, body });
  await log.grow(2);
  const changed = { occurredOn: '2026-01-02', name: 'Renamed', kind: 'government', reason: 'Reform' };
  await log.world.ask('recordAgencyEvent', STEWARD, {
    params: { agencyId: PROVIDER },
    body: { kind: 'agency-changed', body: changed },
  });
  await log.grow(3);
  const { checkpointsDown, insertCosignature } = await import('../../lambdas/store/checkpoints.ts');
  for (const { size, note } of await checkpointsDown({ limit: 2 })) {
    const cosignature = await cosignText(parseNote(note).text, WITNESS, 1_700_000_000 + size);
    await insertCosignature(size, WITNESS.key.keyId, formatSignatures([cosignature]));
  }
  await log.archive();
  size = await log.published();
  rows = await log.rows();
});
afterAll(() => original.client.destroy());
beforeEach(() => {
  const chance = Math.random;
  vi.spyOn(Math, 'random').mockImplementation(() => chance() / 50);
});
afterEach(() => {
  vi.restoreAllMocks();
  log.faults.revive();
});

const outcome = async (run: Promise<unknown>) =>
  run.then(
    () => 'done',
    (error: unknown) => (error instanceof Killed ? 'killed' : 'failed'),
  );
const project = async () => {
  const { handler } = await import('../../lambdas/project.ts');
  await handler({ rebuild: 'start' }, { getRemainingTimeInMillis: () => 600_000 } as never);
};
/** What the ledger answers, to auditors and to anybody. */
async function answers(): Promise<string[]> {
  const { ask } = log.world;
  const lists = [
    'listTransfers',
    'listDataRequests',
    'listAgencies',
    'listAgreements',
    'listIncidents',
    'getCoverage',
  ] as const;
  const texts = await Promise.all(lists.map(async (list) => (await ask(list, AUDITOR)).text));
  const reads = await ask('listAccess', AUDITOR, { query: { state: 'logged' } });
  expect(reads.json['items']?.[0]).toMatchObject({ operation: 'listAgencies' });
  texts.push(reads.text, (await ask('getCheckpoint', ANYONE)).text);
  for (const { entryId } of JSON.parse((await ask('listEntries', AUDITOR)).text).items)
    for (const operation of ['getEntry', 'getReceipt'] as const)
      texts.push((await ask(operation, AUDITOR, { params: { entryId } })).text);
  return texts.map((text) => text.replace(/"nextCursor":"[^"]*",?/, ''));
}

describe('a ledger that is rebuilt from the archive alone', () => {
  it('is the same, row by row, under the same root; and so are its views and its answers', async () => {
    log.use(original.env);
    await project();
    const before = { answers: await answers(), views: await readViews(original.client, original.views) };
    const tables = await log.renewTables();
    const [signed = ''] = [...(await log.objects())].filter(([key]) => key.startsWith('checkpoints/'));
    expect(await log.restore()).toEqual({
      size,
      of: size,
      done: true,
      root: String(signed[1]).split('\n')[2],
      checkpoint: String(signed[1]),
    });
    expect(await log.rows()).toEqual(rows);
    const ledger = await readLedger(tables.client, tables.ledger);
    checkHistories(ledger);
    checkWholeLog(ledger);
    await project();
    expectSameViews(await readViews(tables.client, tables.views), before.views);
    expect(await answers()).toEqual(before.answers);
    tables.client.destroy();
  });

  it('goes on where the lost one ended: receipts of before hold, and repetitions are known', async () => {
    log.use(original.env);
    const { ask } = log.world;
    const key = 'once-only';
    const first = await ask('recordTransfer', agency(PROVIDER), { body: transferBody(), key });
    await log.publish();
    const params = { entryId: String(first.json['entryId']) };
    const [entry, receipt] = [
      await ask('getEntry', AUDITOR, { params }),
      await ask('getReceipt', AUDITOR, { params }),
    ];
    const tables = await log.renewTables();
    await log.restore();
    const again = await ask('recordTransfer', agency(PROVIDER), { body: transferBody(), key });
    expect([again.status, again.text]).toEqual([201, first.text]);
    await log.grow(2);
    const policy = policyOf([(await ask('getVerifierKey', ANYONE)).text.trimEnd()]);
    const old = verifyReceipt(parseReceipt(receipt.text), entry.bytes, policy);
    const anew = verifyReceipt(
      parseReceipt((await ask('getReceipt', AUDITOR, { params })).text),
      entry.bytes,
      policy,
    );
    expect(anew.index).toBe(old.index);
    expect(anew.checkpoint.size).toBe(old.checkpoint.size + 2);
    original = tables as typeof original;
    rows = await log.rows();
    size = anew.checkpoint.size;
  });
});

describe('a restore that', () => {
  /** What the original has, and nothing else; and where a batch stands, its entries and their places do. */
  async function expectPart(): Promise<void> {
    const part = await log.rows();
    for (const [key, row] of part) expect(row, key).toEqual(rows.get(key));
    for (const [key, { ids }] of part as ReadonlyMap<string, Record<string, AttributeValue>>)
      for (const id of key.startsWith('LOG / BATCH#') ? idsIn(ids) : [])
        expect([part.has(`ENTRY#${id} / ENTRY`), part.has(`ENTRY#${id} / INDEX`)]).toEqual([true, true]);
  }
  const idsIn = (ids: AttributeValue | undefined) =>
    Buffer.from(ids?.B ?? [])
      .toString('hex')
      .match(/.{32}/g) ?? expect.fail('a batch of none');

  it('is killed at any of its calls is taken up by the next', async () => {
    for (let call = 0; ; call++) {
      const tables = await log.renewTables();
      log.faults.killAt(call);
      const end = await outcome(log.restore());
      log.faults.revive();
      await expectPart();
      expect(await log.restore()).toMatchObject({ size, done: true });
      expect(await log.rows()).toEqual(rows);
      tables.client.destroy();
      if (end === 'done') {
        expect(call).toBeGreaterThan(20);
        break;
      }
      expect(end).toBe('killed');
    }
  });

  it('meets with a fault at calls all along, of each kind in turn, comes to the same in the end', async () => {
    // Each kind at a call of each sort: a restore asks for the same again and again.
    for (let call = 0, calls = 1; calls > call; call += 3) {
      const tables = await log.renewTables();
      log.faults.plan((number) => (number === call ? FAULTS[call % FAULTS.length] : undefined));
      const end = await outcome(log.restore());
      calls = end === 'failed' ? call + 4 : log.faults.calls.length;
      log.faults.revive();
      await expectPart();
      expect(await log.restore()).toMatchObject({ size, done: true });
      expect(await log.rows()).toEqual(rows);
      tables.client.destroy();
    }
  });

  it('runs twice at once, one of them killed or not, comes to the same', async () => {
    for (const killed of [undefined, 15, 30]) {
      const tables = await log.renewTables();
      log.faults.plan((number) => (number === killed ? 'dead' : 'slow'));
      const ends = await Promise.all([outcome(log.restore()), outcome(log.restore())]);
      log.faults.revive();
      if (killed === undefined) expect(ends).toEqual(['done', 'done']);
      expect(await log.restore()).toMatchObject({ size, done: true });
      expect(await log.rows()).toEqual(rows);
      tables.client.destroy();
    }
  });

  it('finds rows gone puts them back, when it is to look at all', async () => {
    for (const gone of [
      /^ENTRY#.* INDEX$/,
      /^ENTRY#.* ENTRY$/,
      /^STREAM#/,
      /^ANSWER#/,
      /^LOG \/ (BATCH|C)/,
    ]) {
      const tables = await log.renewTables();
      expect(await log.restore()).toMatchObject({ size, done: true });
      for (const key of [...rows.keys()].filter((each) => gone.test(each)).slice(-3)) {
        const [pk = '', sk = ''] = key.split(' / ');
        const Key = { pk: { S: pk }, sk: { S: sk } };
        await tables.client.send(new DeleteItemCommand({ TableName: tables.ledger, Key }));
      }
      expect((await log.rows()).size).toBeLessThan(rows.size);
      expect(await log.restore(false, true)).toMatchObject({ size, done: true });
      expect(await log.rows()).toEqual(rows);
      tables.client.destroy();
    }
  });
});

describe('a ledger that is yet to be restored', () => {
  it('puts nothing into the log and signs nothing, and goes on when it is', async () => {
    const tables = await log.renewTables();
    const archived = await log.objects();
    const accepted = await log.accept(2);
    const ring = async () => {
      const { handler } = await import('../../lambdas/sequence.ts');
      return handler(await doorbell(accepted));
    };
    await expect(log.publish()).rejects.toMatchObject({ name: 'LedgerCorrupt' });
    await expect(ring()).rejects.toMatchObject({ name: 'LedgerCorrupt' });
    await log.archive();
    expect([...(await log.rows()).keys()].filter((key) => !key.endsWith(' / ENTRY'))).toEqual([]);
    expect(await log.objects()).toEqual(archived);
    await log.restore();
    await ring();
    const ledger = await readLedger(tables.client, tables.ledger);
    checkWholeLog(ledger);
    for (const { entry } of accepted) expect(ledger.indexes.get(entry.entryId)).toBeGreaterThanOrEqual(size);
    expect(await log.published()).toBe(size + 2);
    original = { ...original, ...tables };
    rows = await log.rows();
    size += 2;
  });
});

describe('an archive with entries that were never signed', () => {
  it('has their places go to others, and those are restored', async () => {
    log.use(original.env);
    await log.accept(2);
    // The signer dies when the entries are in the archive, and then the tables are lost.
    const isCheckpoint = ({ command, input }: Call) =>
      command === 'PutObjectCommand' && JSON.stringify(input).includes('"checkpoints/');
    log.faults.plan((_, call) => (isCheckpoint(call) ? 'dead' : undefined));
    expect(await outcome(log.publish())).toBe('killed');
    log.faults.revive();
    expect(await log.published()).toBe(size);
    (await log.renewTables()).client.destroy();
    await log.restore();
    for (const count of [2, 1]) await log.grow(count);
    const after = await log.rows();
    const tables = await log.renewTables();
    expect(await log.restore()).toMatchObject({ size: size + 3, done: true });
    expect(await log.rows()).toEqual(after);
    original = tables as typeof original;
    rows = after;
    size += 3;
  });
});
