import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { rootOfLeaves } from '../../core/log/merkle.ts';
import { Backdoor, nameOf, type Row, type Snapshot } from '../../local/drill/backdoor.ts';
import { digits, isCheckpoint, type Member, membersOf } from '../../local/drill/forge.ts';
import { sealed, signed } from '../../local/drill/insider.ts';
import { relog } from '../../local/drill/relog.ts';
import { variedBody } from '../support/varied.ts';
import { Faults } from './support/faults.ts';
import { growing } from './support/growing.ts';
import { accepting, transferEntry } from './support/ledger.ts';
import { createTables, type Tables } from './tables.ts';

/** The sizes of the batches of a small log, whose head was published after each. */
const BATCHES = [1, 2, 3];

let tables: Tables;
let door: Backdoor;
let base: Snapshot;
let faults: Faults;
/** Has the head published, as each minute. */
let publish: () => Promise<string>;

beforeAll(async () => {
  tables = await createTables();
  Object.assign(process.env, tables.env, {
    POWERTOOLS_METRICS_DISABLED: 'true',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });
  const { handler } = await import('../../lambdas/sweep.ts');
  const { kms } = await import('../../lambdas/store/kms.ts');
  const { s3 } = await import('../../lambdas/store/archive.ts');
  const { dynamo } = await import('../../lambdas/store/client.ts');
  faults = Faults.install(dynamo).alsoIn(kms).alsoIn(s3);
  publish = () =>
    handler({ since: new Date().toISOString() as never }).then(
      () => 'published',
      (error: Error) => `${error.name}: ${error.message}`,
    );
  const grow = await growing();
  for (const count of BATCHES) await grow(count);
  door = new Backdoor(tables.client, tables.ledger, tables.archiveFolder);
  base = await door.snapshot();
});
afterEach(async () => {
  faults.revive();
  await door.undo(base);
});
afterAll(() => tables.client.destroy());

/** What becomes of the checkpoints in the table; those in the archive nobody can touch. */
const CHECKPOINTS: Readonly<Record<string, (size: number, leaves: readonly Uint8Array[]) => Promise<void>>> =
  {
    kept: async () => undefined,
    'lost beyond the new end': async (size) => {
      const rows = (await door.rows()).filter(isCheckpoint);
      await door.remove(...rows.filter((row) => sizeOf(row) > size));
    },
    'lost, all of them': async () => door.remove(...(await door.rows()).filter(isCheckpoint)),
    // Each is one that the log signed once, so that each by itself would verify.
    'moved to where they fit': async (size) => {
      const rows = (await door.rows()).filter(isCheckpoint);
      const oldest = rows[0] ?? expect.fail();
      await door.remove(...rows);
      await door.put(oldest, { ...oldest, sk: { S: `CHECKPOINT#${digits(size, 20)}` } });
    },
    // By somebody who can sign: the table then knows of nothing else.
    'signed anew': async (size, leaves) => {
      const rows = (await door.rows()).filter(isCheckpoint);
      await door.remove(...rows);
      if (size > 0) {
        const sk = { S: `CHECKPOINT#${digits(size, 20)}` };
        await door.put({ ...(rows[0] ?? {}), sk, note: { S: await signed(size, rootOfLeaves(leaves)) } });
      }
    },
  };

const sizeOf = (row: Row): number => Number(row['sk']?.S?.slice('CHECKPOINT#'.length));

/** Nothing is signed, nothing is put into the archive, nothing is inserted. */
async function expectRefusal(what: RegExp): Promise<void> {
  const before = await door.objects();
  faults.plan(() => undefined);
  expect(await publish()).toMatch(what);
  const calls = faults.calls.map(({ command }) => command);
  expect(calls.filter((command) => /^(Sign|PutObject|ExecuteStatement)Command$/.test(command))).toEqual([]);
  expect(await door.objects()).toEqual(before);
}

const own = () => membersOf([...base.rows.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)));
const leavesOf = (batches: readonly (readonly Member[])[]) => batches.flat().map(({ leaf }) => leaf);
const altered = ({ id, leaf }: Member): Member => ({ id, leaf: Uint8Array.from(leaf, (byte) => byte ^ 1) });

/** What somebody makes of the batches from one on. */
const REWRITES: Readonly<Record<string, (batches: readonly Member[][]) => Member[][]>> = {
  'with its first leaf altered': ([first = [], ...rest]) => [
    first.map((member, n) => (n === 0 ? altered(member) : member)),
    ...rest,
  ],
  'with its last leaf altered': (batches) => [
    ...batches.slice(0, -1),
    (batches.at(-1) ?? []).map((member, n, all) => (n === all.length - 1 ? altered(member) : member)),
  ],
  'with its entries the other way round': (batches) => [batches.flat().reverse()],
  'without its first entry': (batches) => [batches.flat().slice(1)].filter((batch) => batch.length > 0),
  'with another entry before it': (batches) => [[altered(own()[0]?.[0] ?? expect.fail())], ...batches],
  'longer, and altered at the start': (batches) => [
    batches.flat().map((member, n) => (n === 0 ? altered(member) : member)),
    [altered(own()[0]?.[0] ?? expect.fail())],
    [altered(own()[1]?.[0] ?? expect.fail())],
  ],
};

const starts = BATCHES.map((_, n) => n);

describe.each(Object.entries(CHECKPOINTS))('with the checkpoints of the table %s,', (_, spoil) => {
  it.each(starts)('a log rolled back to its first %i batches is not signed', async (kept) => {
    const batches = own().slice(0, kept);
    await relog(door, batches, sealed);
    await spoil(batches.flat().length, leavesOf(batches));
    await expectRefusal(/^LedgerCorrupt: /);
  });

  it.each(
    Object.entries(REWRITES).flatMap(([how, rewrite]) => starts.map((from) => ({ how, rewrite, from }))),
  )('a log rewritten from batch $from on, $how, is not signed', async ({ rewrite, from }) => {
    const batches = own();
    const rewritten = [...batches.slice(0, from), ...rewrite(batches.slice(from))];
    await relog(door, rewritten, sealed);
    await spoil(rewritten.flat().length, leavesOf(rewritten));
    await expectRefusal(/^LedgerCorrupt: /);
  });
});

describe('what is signed', () => {
  it('is the log as it is, and nothing when it was signed before', async () => {
    faults.plan(() => undefined);
    expect(await publish()).toBe('published');
    expect(faults.calls.map(({ command }) => command)).not.toContain('SignCommand');
  });

  it('is the log as it is again, where the table has lost all of its checkpoints', async () => {
    await door.remove(...(await door.rows()).filter(isCheckpoint));
    expect(await publish()).toBe('published');
    const size = BATCHES.reduce((sum, count) => sum + count);
    expect((await door.rows()).filter(isCheckpoint).map(sizeOf)).toEqual([size]);
    const kept = [...base.rows.values()].find((row) => isCheckpoint(row) && sizeOf(row) === size);
    expect((await door.rows()).find(isCheckpoint)?.['note']).toEqual(kept?.['note']);
  });

  it('is what goes on from it, batch by batch or all at once', async () => {
    const accept = await accepting();
    const entries = BATCHES.map((n) => transferEntry(`more-${n}`, variedBody(n)));
    const more = (await accept(entries)).map(({ entry, leaf }) => [{ id: entry.entryId, leaf }]);
    await relog(door, [...own(), ...more], sealed);
    faults.plan(() => undefined);
    expect(await publish()).toBe('published');
    expect(faults.calls.filter(({ command }) => command === 'SignCommand')).toHaveLength(1);
  });
});
