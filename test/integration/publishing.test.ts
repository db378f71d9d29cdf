import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { archiveKeys } from '../../core/log/archive-keys.ts';
import { openCheckpoint } from '../../core/log/checkpoint.ts';
import { formatVerifierKey } from '../../core/log/key.ts';
import { rootOfLeaves } from '../../core/log/merkle.ts';
import { type Policy, policyOf } from '../../core/log/policy.ts';
import { parseReceipt, verifyReceipt } from '../../core/log/receipt.ts';
import type { EntryId, Instant } from '../../core/model/scalars.ts';
import type { StoredEntry } from '../../lambdas/store/entries.ts';
import { Backdoor } from '../../local/drill/backdoor.ts';
import { variedBody } from '../support/varied.ts';
import { FAULTS, type FaultKind } from './support/faults.ts';
import { type Inspector, inspector } from './support/inspecting.ts';
import { checkLog, checkWholeLog, readLedger, transferEntry } from './support/ledger.ts';
import { type Process, startProcess } from './support/processes.ts';
import { createTables, type Tables } from './tables.ts';
import { AUDITOR, createWorld, type World } from './world.ts';

// A process that starts anew for each call that one is killed at takes its time.
vi.setConfig({ testTimeout: 240_000 });

let world: World;
/** New for each test: small logs are read fast. */
let tables: Tables;
let inspecting: Inspector;
let policy: Policy;
let door: Backdoor;
let accept: (count: number) => Promise<StoredEntry[]>;
/** What was handed out so far, with the bytes of the entry that each is for. */
const receipts: { readonly id: EntryId; readonly text: string; readonly bytes: Uint8Array }[] = [];

beforeAll(async () => {
  world = await createWorld();
  inspecting = await inspector();
  const { logKey } = await import('../../lambdas/log/key.ts');
  policy = policyOf([formatVerifierKey(await logKey())]);
  const { newEntry, sealedItem } = await import('../../lambdas/store/entries.ts');
  const { insertMissing } = await import('../../lambdas/store/ledger.ts');
  let accepted = 0;
  accept = async (count) => {
    const entries = Array.from({ length: count }, () => {
      const n = accepted++;
      return newEntry(transferEntry(`published/${n}`, variedBody(n), new Date().toISOString() as Instant));
    });
    await insertMissing(await Promise.all(entries.map(sealedItem)));
    return entries;
  };
});
beforeEach(async () => {
  tables = await createTables();
  Object.assign(process.env, tables.env);
  door = new Backdoor(tables.client, tables.ledger, tables.archiveFolder);
  receipts.length = 0;
  // Back-off goes by chance and time: here by chance alone.
  const chance = Math.random;
  vi.spyOn(Math, 'random').mockImplementation(() => chance() / 50);
});
afterEach(() => {
  vi.restoreAllMocks();
  tables.client.destroy();
});
afterAll(() => world.tables.client.destroy());

const lately = () => new Date(Date.now() - 3_600_000).toISOString() as Instant;

/** What holds at any time, whatever was killed: the log so far is whole, and what was handed out is still true. */
async function checkSoFar(): Promise<void> {
  const ledger = await readLedger(tables.client, tables.ledger);
  const ids = checkLog(ledger);
  expect((await inspecting.inspect()).findings).toEqual([]);
  const leaves = ids.map((id) => ledger.entries.get(id)?.item['leaf']?.B ?? new Uint8Array());
  for (const { id, text, bytes } of receipts) {
    const { index, checkpoint } = verifyReceipt(parseReceipt(text), bytes, policy);
    expect(ids[index]).toBe(id);
    expect(Buffer.from(rootOfLeaves(leaves.slice(0, checkpoint.size)))).toEqual(Buffer.from(checkpoint.root));
  }
  // Nothing is signed that is not committed, and nobody is shown what the archive does not remember.
  const archived = await archivedSizes();
  for (const size of archived) expect(size).toBeLessThanOrEqual(ids.length);
  for (const { sk } of ledger.heads)
    expect(archived).toContain(Number(/^CHECKPOINT#(\d{20})$/.exec(sk?.S ?? '')?.[1]));
}

/** {@link checkSoFar}, and all that was accepted is in the log once, and its head is published everywhere. */
async function checkAll(): Promise<void> {
  await checkSoFar();
  const ledger = await readLedger(tables.client, tables.ledger);
  checkWholeLog(ledger);
  const size = ledger.indexes.size;
  expect((await archivedSizes())[0]).toBe(size);
  const { text } = await world.ask('getCheckpoint', AUDITOR);
  expect(openCheckpoint(text, policy).size).toBe(size);
}

const archivedSizes = async () =>
  (await door.objects()).map(archiveKeys.sizeIn).filter((size) => !Number.isNaN(size));

/** Takes a receipt of an entry that is in the published log. */
async function keepReceipt({ entry, bytes }: StoredEntry): Promise<void> {
  const { entryId } = entry;
  const { status, text } = await world.ask('getReceipt', AUDITOR, { params: { entryId } });
  expect(status, text).toBe(200);
  receipts.push({ id: entryId, text, bytes });
}

/** A new process makes good whatever an earlier one left. */
async function settle(recover: (process: Process) => Promise<unknown>): Promise<void> {
  await recover(await startProcess());
  await (await startProcess()).sweep(lately());
  await checkAll();
}

describe('a sequencer that is killed at any of its calls, to tables, keys, archive and bells,', () => {
  it('leaves a log that the next one goes on with, be it rung or sweeping', async () => {
    const killedAt: string[] = [];
    for (let call = 0; ; call++) {
      const entries = await accept(3);
      const process = await startProcess();
      process.faults.killAt(call);
      const end = await process.ring(entries);
      await checkSoFar();
      const ways = [
        (next: Process) => next.ring(entries),
        async (next: Process) => next.ring(await accept(2)),
        (next: Process) => next.sweep(lately()),
      ];
      await settle(ways[call % 3] ?? expect.fail());
      await keepReceipt(entries[call % 3] ?? expect.fail());
      if (end === 'done') break;
      expect(end).toBe('killed');
      killedAt.push(process.faults.calls[call]?.command ?? '');
    }
    // All that it calls was among it, or the test would show less than it seems to.
    expect(new Set(killedAt)).toEqual(new Set(EVERY_COMMAND));
    expect(killedAt.length).toBeGreaterThanOrEqual(18);
  });

  it('while another one races it, with redelivered and reordered records, does as well', async () => {
    for (let call = 0; call < 24; call += 1) {
      const entries = await accept(5);
      const [one, two] = [await startProcess(), await startProcess()];
      one.faults.plan((number) => (number === call ? 'dead' : 'slow'));
      two.faults.plan(() => 'slow');
      const [a, b, c, d, e] = entries as [StoredEntry, StoredEntry, StoredEntry, StoredEntry, StoredEntry];
      await Promise.all([one.ring([c, a, b, a]), two.ring([d, c, e, b])]);
      await checkSoFar();
      await settle((next) => next.ring([...entries, ...entries].reverse()));
    }
  });
});

const EVERY_COMMAND = [
  'GenerateMacCommand',
  'QueryCommand',
  'BatchGetItemCommand',
  'GetItemCommand',
  'ExecuteStatementCommand',
  'BatchExecuteStatementCommand',
  'GetPublicKeyCommand',
  'SignCommand',
  'ListObjectsV2Command',
  'GetObjectCommand',
  'PutObjectCommand',
  'InvokeCommand',
];
/** Those to tables have tests of their own. */
const BEYOND_TABLES = [
  'GenerateMac',
  'GetPublicKey',
  'Sign',
  'ListObjectsV2',
  'GetObject',
  'PutObject',
  'Invoke',
];

describe('a sequencer whose call to keys, archive or bell meets with', () => {
  it.each(FAULTS)('%s is rung again, and comes to the same', async (kind) => {
    for (const name of BEYOND_TABLES) {
      const entries = await accept(2);
      const process = await startProcess();
      let met = 0;
      process.faults.plan((_, { command }) =>
        command === `${name}Command` && met++ === 0 ? kind : undefined,
      );
      const end = await process.ring(entries);
      expect([name, met > 0]).toEqual([name, true]);
      if (end !== 'done') await process.ring(entries);
      await checkAll();
    }
  });
});

describe('a write that lands late', () => {
  const WRITES = ['ExecuteStatementCommand', 'BatchExecuteStatementCommand', 'PutObjectCommand'];

  it.each([
    ['after others went on', false],
    ['before others go on', true],
  ])('%s leaves nothing twice and nothing out, whichever it is', async (_, isBefore) => {
    for (let write = 0; ; write++) {
      const entries = await accept(3);
      const [slow, next] = [await startProcess(), await startProcess()];
      let writes = 0;
      slow.faults.plan((__, { command }) =>
        WRITES.includes(command) && writes++ === write ? 'late' : undefined,
      );
      const end = await slow.ring(entries);
      if (isBefore) await slow.faults.landLate();
      await checkSoFar();
      await next.ring(await accept(2));
      await checkSoFar();
      await slow.faults.landLate();
      await settle((last) => last.ring(entries));
      if (end === 'done') {
        // The commit, places twice, the archived checkpoint and the one in the table.
        expect(write).toBeGreaterThanOrEqual(5);
        break;
      }
    }
  });
});

it('whatever befalls whichever calls of several sequencers at once, all comes to the same in the end', async () => {
  const fate = fc.option(fc.constantFrom<FaultKind>(...FAULTS, 'late', 'dead', 'slow'), {
    nil: undefined,
    freq: 4,
  });
  const plan = fc.array(fate, { minLength: 6, maxLength: 22 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(plan, { minLength: 2, maxLength: 3 }),
      fc.array(fc.array(fc.nat(5), { minLength: 1, maxLength: 8 }), { minLength: 3, maxLength: 3 }),
      async (plans, shares) => {
        const entries = await accept(6);
        const processes = await Promise.all(plans.map(() => startProcess()));
        for (const [n, { faults }] of processes.entries()) faults.plan((number) => plans[n]?.[number]);
        await Promise.all(
          processes.map(({ ring }, n) => ring((shares[n] ?? []).flatMap((each) => entries[each] ?? []))),
        );
        await checkSoFar();
        for (const { faults } of processes) await faults.landLate();
        await checkSoFar();
        await settle((next) => next.ring(entries));
        await keepReceipt(entries[0] ?? expect.fail());
      },
    ),
    { numRuns: 12 },
  );
});
