import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Obligation } from '../../core/api/answers.ts';
import type { RecordedRequest } from '../../core/api/data-requests.ts';
import { dataRequestBody, PROVIDER, RECIPIENT, THIRD_PARTY, transferBody } from '../support/transfers.ts';
import { scan } from './support/ledger.ts';
import {
  type Answered,
  AUDITOR,
  agency,
  createWorld,
  registerExamples,
  STEWARD,
  type World,
} from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await registerExamples(world);
});
afterAll(() => world.tables.client.destroy());

const [asker, asked] = [agency(RECIPIENT), agency(PROVIDER)];
const GRANT = { occurredOn: '2024-02-12', until: '2024-12-31', approver: 'director-data' };

let requestId: string;
beforeEach(async () => {
  requestId = idOf(await world.ask('recordDataRequest', asker, { body: dataRequestBody() }));
});

function idOf({ status, json, text }: Answered): string {
  expect(status, text).toBe(201);
  return String(json['requestId']);
}
const tell = (who: typeof asker, kind: string, body: object, id = requestId) =>
  world.ask('recordDataRequestEvent', who, { params: { requestId: id }, body: { kind, body } });
const read = async (query: Record<string, string> = {}, who = AUDITOR) =>
  (await world.ask('getDataRequest', who, { params: { requestId }, query }))
    .json as unknown as RecordedRequest;

async function all<T>(
  operation: 'listDataRequests' | 'listObligations',
  query: Record<string, string>,
  who = AUDITOR,
) {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const { json, text, status } = await world.ask(operation, who, {
      query: { ...query, ...(cursor && { cursor }) },
    });
    expect(status, text).toBe(200);
    items.push(...(json['items'] as unknown as T[]));
    cursor = json['nextCursor'] as unknown as string | undefined;
  } while (cursor);
  return items;
}
const owed = async (query: Record<string, string> = {}, who = AUDITOR) =>
  (await all<Obligation>('listObligations', { dueBefore: '9999-12-31', limit: '2', ...query }, who)).filter(
    (each) => 'requestId' in each && each.requestId === requestId,
  );

/** In how many lists of the views an answer stands as owed. */
const listedAsOwed = async () =>
  (await scan(world.tables.client, world.tables.views)).filter(
    ({ pk, sk }) => pk?.S?.startsWith('OBLIGATION') && sk?.S?.includes(requestId),
  ).length;

describe('a request', () => {
  it('is told as it was recorded, at once, with its answer', async () => {
    expect(await read()).toMatchObject({
      requestId,
      state: 'open',
      answerBy: '2024-03-06',
      request: { ...dataRequestBody() },
      flags: [],
    });
    const granted = await tell(asked, 'request-granted', { ...GRANT, fields: ['msisdn'] });
    expect(granted.status, granted.text).toBe(201);
    expect(granted.json).toMatchObject({ requestId, version: 1, subject: requestId });
    expect(await read()).toMatchObject({
      state: 'granted',
      granted: { fields: ['msisdn'], areas: ['PK-PB'] },
    });
  });

  it('is recorded by either side, and by a steward with a flag', async () => {
    expect(idOf(await world.ask('recordDataRequest', asked, { body: dataRequestBody() }))).toMatch(/^rq-/);
    const { json } = await world.ask('recordDataRequest', STEWARD, { body: dataRequestBody() });
    expect(json['flags']).toEqual([{ code: 'recorded-by-steward' }]);
  });

  it('is recorded once however often it is sent, and by no line either', async () => {
    const key = crypto.randomUUID();
    const send = () => world.ask('recordDataRequest', asker, { body: dataRequestBody(), key });
    const [first, second] = await Promise.all([send(), send()]);
    expect(second.text).toBe(first.text);
    const line = { idempotencyKey: key, kind: 'data-requested', body: dataRequestBody() };
    const { json } = await world.ask('recordEntries', asker, { body: `${JSON.stringify(line)}\n` });
    expect(json[0]).toMatchObject({ status: 201, answer: { requestId: idOf(first) } });
  });

  it('is answered once by two at the same time', async () => {
    const both = await Promise.all([
      tell(asked, 'request-granted', GRANT),
      tell(asked, 'request-refused', {
        occurredOn: '2024-02-12',
        ground: 'not-held',
        reason: 'No such data',
      }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('that is wrong is refused with a pointer, and loses nothing', async () => {
    const wrong = await world.ask('recordDataRequest', asker, {
      body: dataRequestBody({ provider: 'no-such-office', agreement: undefined }),
    });
    expect(wrong.json).toMatchObject({ status: 422, errors: [{ pointer: '/provider' }] });
    const far = await tell(asked, 'request-granted', { ...GRANT, fields: ['imsi'] });
    expect(far.json).toMatchObject({ status: 422, errors: [{ pointer: '/body/fields/0' }] });
    expect((await read()).state).toBe('open');
  });

  it('is nobody’s to see who is no side of it', async () => {
    const stranger = agency(THIRD_PARTY);
    for (const operation of ['getDataRequest', 'recordDataRequestEvent'] as const)
      expect(
        await world.ask(operation, stranger, {
          params: { requestId },
          body: { kind: 'request-granted', body: GRANT },
        }),
      ).toMatchObject({ status: 404 });
    const list = await world.ask('listDataRequests', stranger, { query: { agency: PROVIDER } });
    expect(list.status).toBe(403);
  });
});

describe('the list', () => {
  it('has the newest first, by agency and state, page by page', async () => {
    await tell(asked, 'request-refused', {
      occurredOn: '2024-02-12',
      ground: 'other',
      reason: 'Asked twice',
    });
    const other = idOf(
      await world.ask('recordDataRequest', asked, {
        body: dataRequestBody({ recipient: THIRD_PARTY, agreement: undefined }),
      }),
    );
    await world.settle();
    const ids = async (query: Record<string, string>, who = AUDITOR) =>
      (await all<RecordedRequest>('listDataRequests', { limit: '2', ...query }, who)).map(
        (each) => each.requestId,
      );
    expect((await ids({})).slice(0, 2)).toEqual([other, requestId]);
    expect(await ids({ agency: THIRD_PARTY })).toEqual([other]);
    expect(await ids({}, agency(THIRD_PARTY))).toEqual([other]);
    expect(await ids({}, asker)).not.toContain(other);
    expect(await ids({ state: 'refused' })).toContain(requestId);
    expect(await ids({ state: 'granted' })).not.toContain(requestId);
  });
});

describe('at another moment', () => {
  it('it stands as it stood on a day, by what was known', async () => {
    const { recordedAt: before } = await read();
    await tell(asked, 'request-granted', GRANT);
    expect(await read({ validAt: '2024-02-06' })).toMatchObject({ state: 'open' });
    expect(await read({ validAt: '2024-02-12' })).toMatchObject({ state: 'granted' });
    expect(await read({ validAt: '2024-02-12', knownAt: before })).toMatchObject({ state: 'open' });
    expect(await read({ validAt: '2024-02-04' })).toMatchObject({ status: 404 });
    await world.settle();
    const [listed] = await all<RecordedRequest>('listDataRequests', { validAt: '2024-02-06' });
    expect(listed).toMatchObject({ requestId, state: 'open' });
  });
});

describe('an answer', () => {
  it('is owed by who was asked, and told to nobody else', async () => {
    await world.settle();
    const [obligation] = await owed();
    expect(obligation).toMatchObject({
      kind: 'answer-request',
      obliged: PROVIDER,
      dueOn: '2024-03-06',
      since: '2024-02-05',
      request: { state: 'open' },
    });
    expect(await owed({}, asked)).toHaveLength(1);
    expect(await owed({}, asker)).toEqual([]);
    expect(await owed({ kind: 'destroy' })).toEqual([]);
    expect(await owed({ kind: 'answer-request' })).toHaveLength(1);
  });

  it('is owed no longer once it is there; on the days before, it was', async () => {
    const { recordedAt: known } = await read();
    await world.settle();
    expect(await listedAsOwed()).toBe(2);
    await tell(asked, 'request-granted', GRANT);
    // Transfers among the requests, so that pages of a moment are of both.
    for (let n = 0; n < 3; n++) await world.ask('recordTransfer', asked, { body: transferBody() });
    await world.settle();
    expect(await owed()).toEqual([]);
    // Nor is it left behind in the lists, where each look would read it in vain.
    expect(await listedAsOwed()).toBe(0);
    expect(await owed({ validAt: '2024-02-11' })).toHaveLength(1);
    expect(await owed({ validAt: '2024-02-12' })).toEqual([]);
    expect(await owed({ validAt: '2024-02-12', knownAt: known })).toHaveLength(1);
  });

  it('of a moment is listed once, however long the pages, as are obligations under transfers', async () => {
    await world.settle();
    const at = { dueBefore: '9999-12-31', validAt: '2024-04-01' };
    const lists = await Promise.all(
      ['1', '3', '200'].map(async (limit) =>
        (await all<Obligation>('listObligations', { ...at, limit })).map(
          ({ kind, cause }) => `${kind} ${cause}`,
        ),
      ),
    );
    expect(lists[0]).toEqual(lists[2]);
    expect(lists[1]).toEqual(lists[2]);
    expect(new Set(lists[2]).size).toBe(lists[2]?.length);
    expect(lists[2]?.some((each) => each.startsWith('answer-request'))).toBe(true);
    expect(lists[2]?.some((each) => each.startsWith('acknowledge'))).toBe(true);
  });
});

describe('a hand-over', () => {
  const handOver = (overrides: object = {}) =>
    world.ask('recordTransfer', asked, { body: transferBody({ requestId, ...overrides }) });

  it('upon a request that was granted is found by it', async () => {
    await tell(asked, 'request-granted', GRANT);
    const { status, json, text } = await handOver();
    expect(status, text).toBe(201);
    expect(json['flags']).toEqual([]);
    await world.settle();
    const { json: found } = await world.ask('listTransfers', AUDITOR, { query: { request: requestId } });
    expect((found['items'] as unknown as { transferId: unknown }[]).map((each) => each.transferId)).toEqual([
      json['transferId'],
    ]);
  });

  it('that was refused needs an exception, and is flagged for good', async () => {
    await tell(asked, 'request-refused', {
      occurredOn: '2024-02-12',
      ground: 'excessive',
      reason: 'Too much',
    });
    const refusal = await handOver();
    expect(refusal.json).toMatchObject({ status: 422, errors: [{ pointer: '/requestId' }] });
    const { json } = await handOver({ exception: { reason: 'Court order', approver: 'Director' } });
    expect(json['flags']).toEqual([{ code: 'request-not-granted', pointer: '/requestId' }]);
  });

  it('upon no request of theirs is refused', async () => {
    const { json } = await handOver({ requestId: `rq-${'0'.repeat(32)}` });
    expect(json).toMatchObject({
      status: 422,
      errors: [{ pointer: '/requestId', detail: 'is no recorded request' }],
    });
  });
});

describe('its entries', () => {
  it('are for either side, with their receipts, and reads of it on record', async () => {
    await world.settle();
    const entryId = requestId.slice(3);
    for (const who of [asker, asked, AUDITOR])
      for (const operation of ['getEntry', 'getReceipt'] as const)
        expect((await world.ask(operation, who, { params: { entryId } })).status).toBe(200);
    expect((await world.ask('getEntry', agency(THIRD_PARTY), { params: { entryId } })).status).toBe(404);
    await read();
    const { json } = await world.ask('listAccess', AUDITOR, { query: { operation: 'getDataRequest' } });
    expect((json['items'] as unknown as { params: object }[])[0]?.params).toEqual({ requestId });
  });
});
