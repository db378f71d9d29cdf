import { createHash, createPublicKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readSignatures } from '../../core/http-signature/input.ts';
import { isSignedBy, requestComponents } from '../../core/http-signature/message.ts';
import { TRY_AGAIN_MINUTES } from '../../lambdas/notices/deliver.ts';
import { agencyBody, aTransfer } from '../support/transfers.ts';
import { transferEntry } from './support/ledger.ts';
import { Listener } from './support/listener.ts';
import { accept, catchUp, faults, newTables, outcome, ring, world } from './support/projecting.ts';
import { deliver, heard, ids, outbox, taken } from './support/telling.ts';
import { ANYONE, agency, STEWARD } from './world.ts';

let listener: Listener;
beforeEach(async () => {
  listener = await Listener.open();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});
afterEach(() => {
  vi.useRealTimers();
  listener.close();
});
const minutesLater = (minutes: number) => vi.setSystemTime(Date.now() + minutes * 60_000 + 1_000);

let made = 0;
/** An agency that is told at a URL, by an id that no other test uses: what is known of one is kept for some seconds. */
async function agencyToldAt(url: string | undefined): Promise<string> {
  const agencyId = `told-${++made}`;
  const body = { ...agencyBody(), agencyId };
  expect((await world.ask('registerAgency', STEWARD, { body })).status).toBe(201);
  if (url !== undefined) expect((await setWebhook(agencyId, url)).status).toBe(201);
  return agencyId;
}
const setWebhook = (agencyId: string, url?: string) =>
  world.ask('recordAgencyEvent', agency(agencyId), {
    params: { agencyId },
    body: {
      kind: 'agency-webhook-changed',
      body: { occurredOn: '2026-01-02', ...(url && { url }), reason: 'Decided' },
    },
  });

/** Transfers to an agency, of which each makes it owe two things. */
async function owing(agencyId: string, count = 1): Promise<void> {
  const transfers = Array.from({ length: count }, (_, n) =>
    transferEntry(`${agencyId}/${n}`, aTransfer({ recipient: { agencyId } })),
  );
  await ring(await accept(transfers));
  await catchUp();
}

const givenUp = () => taken.filter(({ type }) => type === 'Obligation notice given up');
const pendingIds = async () => (await outbox()).filter(({ pending }) => pending).map(({ notice }) => notice);

describe('an agency that gives a webhook', () => {
  it('is told there what the bus is told, once, signed with the key that the ledger serves', async () => {
    await owing(await agencyToldAt(listener.url));
    await deliver();
    expect(listener.ids.toSorted()).toEqual(ids(heard()));
    expect(listener.ids).toHaveLength(2);
    minutesLater(2);
    await deliver();
    expect(listener.ids).toHaveLength(2);
    expect(await pendingIds()).toEqual([]);

    const { keys } = (await world.ask('getNoticeKeys', ANYONE)).json as unknown as {
      keys: { kid: string }[];
    };
    expect(keys).toHaveLength(1);
    const key = createPublicKey({ format: 'jwk', key: keys[0] as never });
    for (const { headers, body } of listener.heard) {
      const plain = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      const signature = readSignatures(plain['signature-input'] ?? '', plain['signature'] ?? '').get(
        'amanat',
      );
      const components = requestComponents('POST', listener.url, plain);
      expect(signature?.input.parameters.keyid).toBe(keys[0]?.kid);
      expect(signature && isSignedBy(key, signature, components)).toBe(true);
      const digest = createHash('sha256').update(body).digest('base64');
      expect(plain['content-digest']).toBe(`sha-256=:${digest}:`);
      const told = JSON.parse(body);
      expect(told).toMatchObject({ specversion: '1.0', id: plain['webhook-id'], source: '/amanat/test' });
      expect(heard()).toContainEqual(told.data);
    }
  });

  it('says so itself, or its steward does, and shows in the register', async () => {
    const agencyId = await agencyToldAt(listener.url);
    await world.settle();
    const shown = async () => (await world.ask('getAgency', agency(agencyId), { params: { agencyId } })).json;
    expect(await shown()).toMatchObject({ agencyId, webhook: listener.url });
    expect((await setWebhook(agencyId)).status).toBe(201);
    await world.settle();
    expect(await shown()).not.toHaveProperty('webhook');
  });

  it('cannot have this machine told, but where all of the system is on one', async () => {
    const agencyId = await agencyToldAt(undefined);
    vi.stubEnv('WEBHOOK_NETWORK', 'public');
    const { status, json } = await setWebhook(agencyId, listener.url);
    vi.unstubAllEnvs();
    expect([status, json['errors']]).toMatchObject([422, [{ pointer: '/body/url' }]]);
  });
});

describe('a webhook that does not take it', () => {
  it('is told again ever more rarely, without the bus, until it does', async () => {
    await owing(await agencyToldAt(listener.url));
    listener.status = 503;
    await deliver();
    const told = listener.ids.length;
    expect(told).toBeGreaterThan(0);
    for (const minutes of [1, ...TRY_AGAIN_MINUTES.slice(0, 3)]) {
      minutesLater(minutes);
      await deliver();
    }
    listener.status = 200;
    minutesLater(TRY_AGAIN_MINUTES[3]);
    await deliver();
    expect(ids(heard())).toHaveLength(2);
    expect([...new Set(listener.ids)].toSorted()).toEqual(ids(heard()));
    expect(await pendingIds()).toEqual([]);
    const before = listener.ids.length;
    minutesLater(5_000);
    await deliver();
    expect(listener.ids).toHaveLength(before);
    expect(givenUp()).toEqual([]);
  });

  it('is given up after three days, which is told to the bus, and taken up again on command', async () => {
    const agencyId = await agencyToldAt(listener.url);
    await owing(agencyId);
    listener.status = 500;
    for (const minutes of [0, 1, ...TRY_AGAIN_MINUTES, 1]) {
      minutesLater(minutes);
      await deliver();
      minutesLater(1);
      await deliver();
    }
    expect(givenUp().map(({ detail }) => detail)).toEqual(
      expect.arrayContaining(
        heard().map(({ noticeId }) => ({ noticeId, obliged: agencyId, why: 'status 500' })),
      ),
    );
    expect(givenUp()).toHaveLength(2);
    expect(await pendingIds()).toEqual([]);
    expect(listener.ids).toHaveLength(2 * (TRY_AGAIN_MINUTES.length + 1));
    minutesLater(5_000);
    await deliver();
    expect(listener.ids).toHaveLength(2 * (TRY_AGAIN_MINUTES.length + 1));

    listener.status = 200;
    listener.heard.length = 0;
    await deliver({ again: ids(heard()) });
    expect(listener.ids.toSorted()).toEqual(ids(heard()));
    await deliver({ again: ids(heard()) });
    expect(listener.ids).toHaveLength(2);
  });

  it('is given up at once when it says that it is gone', async () => {
    await owing(await agencyToldAt(listener.url));
    listener.status = 410;
    await deliver();
    minutesLater(1);
    await deliver();
    expect(givenUp()).toHaveLength(2);
    expect(await pendingIds()).toEqual([]);
  });

  it('holds up no other agency, and is not asked for each of many', async () => {
    const other = await Listener.open();
    const [silent, answering] = [await agencyToldAt(listener.url), await agencyToldAt(other.url)];
    listener.status = 500;
    await owing(silent, 20);
    await owing(answering, 20);
    await deliver();
    expect(other.ids).toHaveLength(40);
    expect(listener.ids.length).toBeLessThanOrEqual(8);
    expect(heard()).toHaveLength(80);
    other.close();
  });

  it('is left alone once it was taken away', async () => {
    const agencyId = await agencyToldAt(listener.url);
    await owing(agencyId);
    listener.status = 500;
    await deliver();
    await setWebhook(agencyId);
    listener.heard.length = 0;
    minutesLater(6);
    await deliver();
    expect(listener.heard).toEqual([]);
    expect(await pendingIds()).toEqual([]);
    expect(givenUp()).toEqual([]);
  });
});

describe('a delivery that is killed anywhere', () => {
  it('is taken up by the next, under the same ids, by both channels', async () => {
    await owing(await agencyToldAt(listener.url));
    faults.plan(() => undefined);
    await deliver();
    const calls = faults.calls.length;
    expect(calls).toBeGreaterThan(12);
    for (let call = 8; call < calls; call += 2) {
      await newTables();
      taken.length = 0;
      listener.heard.length = 0;
      await owing(await agencyToldAt(listener.url));
      faults.killAt(call);
      await outcome(deliver());
      faults.revive();
      minutesLater(1);
      await deliver();
      expect([...new Set(ids(heard()))]).toHaveLength(2);
      expect([...new Set(listener.ids)].toSorted()).toEqual([...new Set(ids(heard()))]);
      expect(await pendingIds()).toEqual([]);
    }
  });
});
