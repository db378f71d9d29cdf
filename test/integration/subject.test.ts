import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyed } from '../../cli/subject/person.ts';
import type { EpochKeys } from '../../core/fingerprint/keys.ts';
import { RowBatch } from '../../core/fingerprint/messages.ts';
import { SubjectAnswer } from '../../core/trace/subject/answer.ts';
import { people, type Row, testKeys } from '../core/fingerprint/files.ts';
import { PROVIDER, transferBody } from '../support/transfers.ts';
import { fileOf, handOver } from './support/fingerprinting.ts';
import { inspector } from './support/inspecting.ts';
import { scan } from './support/ledger.ts';
import {
  AUDITOR,
  agency,
  CUSTODIAN,
  createWorld,
  registerExamples,
  type Speaker,
  type World,
} from './world.ts';

let world: World;
let keys: EpochKeys;
let holding: string;
let other: string;
let absent: string;
let bare: string;
beforeAll(async () => {
  world = await createWorld();
  await registerExamples(world);
  keys = await testKeys('a', '2024', PROVIDER);
  holding = await handOver(
    world,
    fileOf(keys, people(0, 200), { rejected: { cnic: { length: 3, empty: 9 } } }),
  );
  other = await handOver(world, fileOf(keys, people(500, 700)));
  absent = await handOver(world, fileOf(keys, people(0, 7)), false);
  const { json } = await world.ask('recordTransfer', agency(PROVIDER), { body: transferBody() });
  bare = String(json['transferId']);
  await world.settle();
});
afterAll(() => world.tables.client.destroy());

const custodian = (name: string): Speaker => ({ ...CUSTODIAN, sub: name });

function question([number, id]: Row, rings = [keys]) {
  const batch = new RowBatch(1, []);
  batch.count = 1;
  batch.numbers[0] = number ?? -1;
  batch.ids[0] = id ?? -1;
  return {
    caseReference: 'access-2026-3',
    salt: 'ab'.repeat(32),
    keyrings: rings.map((ring) => keyed(batch, ring)),
  };
}
const person = (n: number) => people(n, n + 1)[0] as Row;
const ask = (who: Speaker, row: Row, key?: string, rings = [keys]) =>
  world.ask('askSubject', who, { body: question(row, rings), ...(key && { key }) });

describe('a question about one person', () => {
  it('is answered for each transfer: possible, no, or unknown and why', async () => {
    const asked = await ask(custodian('one'), person(17));
    expect(asked.status, asked.text).toBe(201);
    const { transfers, unknown, summary } = SubjectAnswer.parse(asked.json);
    const both = ['msisdn', 'cnic', 'msisdn+cnic'];
    expect(transfers).toMatchObject([
      { transferId: holding, answer: 'possible', held: both, unread: 3, falsePositives: 0.000046 },
      { transferId: other, answer: 'no', held: [], tested: both, unread: 0 },
    ]);
    expect(new Map(unknown.map(({ transferId, code }) => [String(transferId), code]))).toEqual(
      new Map([
        [absent, 'file-absent'],
        [bare, 'no-fingerprint'],
      ]),
    );
    expect(summary[0]).toMatch(/^1 of 2 transfers with fingerprints may have held the person/);
  });

  it('tells a number that is another’s from the person', async () => {
    const asked = await ask(custodian('two'), [person(17)[0], person(900)[1]]);
    expect(SubjectAnswer.parse(asked.json).transfers[0]).toMatchObject({
      transferId: holding,
      held: ['msisdn'],
    });
  });

  it('by the number alone, and under other keys', async () => {
    const another = await testKeys('another', '2024', PROVIDER);
    const byNumber = SubjectAnswer.parse((await ask(custodian('three'), [person(17)[0], undefined])).json);
    expect(byNumber.transfers.map(({ tested, answer }) => [tested, answer])).toEqual([
      [['msisdn'], 'possible'],
      [['msisdn'], 'no'],
    ]);
    const elsewhere = SubjectAnswer.parse(
      (await ask(custodian('three'), person(17), undefined, [another])).json,
    );
    expect(elsewhere.transfers).toEqual([]);
    expect(elsewhere.unknown.find(({ transferId }) => transferId === holding)?.code).toBe('other-key');
  });

  it('reads no file of a year that it has no keys of', async () => {
    const earlier = await testKeys('a', '2019', PROVIDER);
    const { unknown } = SubjectAnswer.parse(
      (await ask(custodian('nine'), person(17), undefined, [earlier])).json,
    );
    const codes = new Map(unknown.map(({ transferId, code }) => [String(transferId), code]));
    // It is not even seen that one was never brought.
    expect([codes.get(holding), codes.get(absent)]).toEqual(['other-key', 'other-key']);
  });

  it('is recorded: who, under which case and keys, and never the person', async () => {
    const asked = await ask(custodian('four'), person(18));
    const entryId = String(asked.json['entryId']);
    expect(asked.headers['location']).toBe(`/v1/entries/${entryId}`);
    const { json } = await world.ask('getEntry', AUDITOR, { params: { entryId } });
    expect(json).toMatchObject({
      kind: 'subject-asked',
      version: 0,
      principal: { sub: 'four', roles: ['custodian'] },
      body: {
        question: {
          caseReference: 'access-2026-3',
          sets: ['msisdn', 'cnic', 'msisdn+cnic'],
          keys: [{ provider: PROVIDER, epoch: '2024', keyCheck: keys.keyCheck }],
        },
      },
    });
    // Not in any row of the ledger either, deflated bodies being JSON of what was just read.
    const values = Object.values(question(person(18)).keyrings[0]?.values ?? {});
    expect(values).toHaveLength(3);
    const rows = JSON.stringify([json, asked.json, await scan(world.tables.client, world.tables.ledger)]);
    for (const value of [...values, ...person(18).map(String)]) expect(rows).not.toContain(value);
  });

  it('answers a repetition with the first answer, and another person under the key not at all', async () => {
    const first = await ask(custodian('five'), person(19), 'again');
    expect((await ask(custodian('five'), person(19), 'again')).text).toBe(first.text);
    const reused = await ask(custodian('five'), person(20), 'again');
    expect([reused.status, reused.json['type']]).toEqual([
      422,
      'https://amanat.dev/problems/idempotency-key-reused',
    ]);
  });

  it('is not asked without end by one person, however many at once; a repetition is none', async () => {
    const statuses = await Promise.all(
      [1, 2, 3, 4, 5].map(async (n) => (await ask(custodian('six'), person(n), `q${n}`)).status),
    );
    expect(statuses.toSorted()).toEqual([201, 201, 429, 429, 429]);
    const [asked] = statuses.flatMap((status, at) => (status === 201 ? [at + 1] : []));
    expect((await ask(custodian('six'), person(asked ?? 0), `q${asked}`)).status).toBe(201);
    expect((await ask(custodian('seven'), person(1))).status).toBe(201);
  });

  it('is for custodians alone, and for one person', async () => {
    expect((await ask(AUDITOR, person(1))).status).toBe(403);
    expect((await ask(agency(PROVIDER), person(1))).status).toBe(403);
    const [ring] = question(person(1)).keyrings;
    const none = { ...question(person(1)), keyrings: [{ ...ring, values: {} }] };
    expect((await world.ask('askSubject', custodian('eight'), { body: none })).status).toBe(400);
  });

  it('leaves a ledger that holds up under inspection', async () => {
    await world.settle();
    const { done, findings, cursor } = await (await inspector()).inspect();
    expect([done, findings]).toEqual([true, []]);
    expect(cursor.counts.answers).toBeGreaterThan(4);
  });
});
