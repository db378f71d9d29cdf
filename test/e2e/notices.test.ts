import { createPublicKey } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSignatures } from '../../core/http-signature/input.ts';
import { isSignedBy, requestComponents } from '../../core/http-signature/message.ts';
import { Listener } from '../integration/support/listener.ts';
import { agencyBody, PROVIDER, RECIPIENT, transferBody } from '../support/transfers.ts';
import { type RunningSystem, runScript, startSystem } from './support/system.ts';

const STEWARD = { roles: ['steward'] };
const soon = { timeout: 90_000, interval: 200 };

describe('who owes something is told', { timeout: 400_000 }, () => {
  let system: RunningSystem;
  let listener: Listener;
  beforeAll(async () => {
    [system, listener] = await Promise.all([startSystem(), Listener.open()]);
    for (const agencyId of [PROVIDER, RECIPIENT])
      expect(await post(STEWARD, '/v1/agencies', { ...agencyBody(), agencyId })).toBe(201);
    expect(await setWebhook(listener.url)).toBe(201);
  }, 400_000);
  afterAll(async () => {
    listener?.close();
    await system?.stop();
  });

  const post = async (who: Parameters<RunningSystem['call']>[0], path: string, body: object) =>
    (
      await system.call(who, path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
        body: JSON.stringify(body),
      })
    ).status;
  const setWebhook = (url: string) =>
    post({ agency: RECIPIENT }, `/v1/agencies/${RECIPIENT}/events`, {
      kind: 'agency-webhook-changed',
      body: { occurredOn: '2026-01-02', url, reason: 'Decided' },
    });
  const handOver = () =>
    post(
      { agency: PROVIDER },
      '/v1/transfers',
      transferBody({ agreement: undefined, exception: { reason: 'Relief', approver: 'Director' } }),
    );
  const onBus = async (type: string) =>
    (await readFile(join(system.data, 'notices.ndjson'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
      .filter((event) => event['detail-type'] === type);

  it('when it arises: at the terminal, by the bus, and by its webhook, signed', async () => {
    expect(await handOver()).toBe(201);
    await expect.poll(() => listener.ids.length, soon).toBe(2);
    const { keys } = (await (await fetch(`${system.url}/notices/keys`)).json()) as { keys: object[] };
    const key = createPublicKey({ format: 'jwk', key: keys[0] as never });
    for (const { headers } of listener.heard) {
      const plain = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      const signature = readSignatures(plain['signature-input'] ?? '', plain['signature'] ?? '').get(
        'amanat',
      );
      expect(signature && isSignedBy(key, signature, requestComponents('POST', listener.url, plain))).toBe(
        true,
      );
    }
    const told = (await onBus('Obligation notice')).map(({ detail }) => detail.noticeId);
    expect(told.toSorted()).toEqual(listener.ids.toSorted());
    await expect.poll(() => system.output(), soon).toMatch(/→ .* arisen .*acknowledge .*hill-it-board/);
  });

  it('verifies as the documentation says, by hand', async () => {
    const text = await readFile(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
    const [, code = ''] = /```js\n(.*?)```/s.exec(text) ?? [];
    const { isFromTheLedger } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
    const keys = await (await fetch(`${system.url}/notices/keys`)).json();
    for (const { headers, body } of listener.heard) {
      expect(isFromTheLedger(listener.url, headers, body, keys)).toBe(true);
      expect(isFromTheLedger(listener.url, headers, `${body} `, keys)).toBe(false);
      expect(isFromTheLedger('http://127.0.0.1:9/other', headers, body, keys)).toBe(false);
    }
  });

  it('not again by a rebuild', async () => {
    const { code } = await runScript('local/rebuild.ts', ['--data', system.data]);
    expect(code).toBe(0);
    await pause(3_000);
    expect(listener.ids).toHaveLength(2);
    expect(await onBus('Obligation notice')).toHaveLength(2);
  });

  it('and where its webhook does not take it, that is put into a queue, and rings an alarm', async () => {
    listener.status = 410;
    expect(await handOver()).toBe(201);
    // Whoever failed is left alone for a minute.
    await expect.poll(() => onBus('Obligation notice given up'), soon).not.toEqual([]);
    const [queue] = (await readdir(join(system.data, 'failures'))).filter((name) => /Webhooks/.test(name));
    const kept = await readFile(join(system.data, 'failures', queue ?? ''), 'utf8');
    expect(JSON.parse(kept.split('\n')[0] ?? '')).toMatchObject({
      detail: { obliged: RECIPIENT, why: 'status 410' },
    });
    await expect.poll(() => system.output(), soon).toContain('ALARM NoticesGivenUp');
  });
});
