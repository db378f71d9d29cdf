import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { openCheckpoint } from '../../core/log/checkpoint.ts';
import { policyOf } from '../../core/log/policy.ts';
import { type RunningSystem, startSystem } from '../e2e/support/system.ts';
import { ask, missing, reason } from './support/run.ts';

const STEWARD = { roles: ['steward'] };
const AUDITOR = { roles: ['auditor'] };
/** A full tile and a partial one. */
const ENTRIES = 270;

const Read = z.strictObject({
  origin: z.string(),
  size: z.int(),
  entries: z.array(z.string()),
  last: z.string(),
  others: z.int(),
});

describe.skipIf(missing)(`the running system${reason}`, { timeout: 400_000 }, () => {
  let system: RunningSystem;
  const ids: string[] = [];

  beforeAll(async () => {
    system = await startSystem();
    for (let from = 0; from < ENTRIES; from += 90) ids.push(...(await append(from, 90)));
    await vi.waitUntil(async () => (await publishedSize()) === ENTRIES, {
      timeout: 90_000,
      interval: 200,
    });
  }, 400_000);
  afterAll(() => system?.stop());

  async function append(from: number, count: number): Promise<string[]> {
    const line = (n: number) => ({
      idempotencyKey: `register-agency-${n}`,
      kind: 'agency-registered',
      body: { agencyId: `agency-${n}`, name: `Agency ${n}`, kind: 'government' },
    });
    const response = await system.call(STEWARD, '/v1/entries', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': `lines-from-${from}` },
      body: Array.from({ length: count }, (_, i) => JSON.stringify(line(from + i))).join('\n'),
    });
    const answers = (await response.text()).trim().split('\n');
    return answers.map(
      (answer) =>
        z.object({ answer: z.object({ entryId: z.string() }) }).parse(JSON.parse(answer)).answer.entryId,
    );
  }

  async function publishedSize(): Promise<number> {
    const response = await fetch(`${system.url}/log/checkpoint`);
    if (response.status === 404) return 0;
    const vkey = await (await fetch(`${system.url}/log/vkey`)).text();
    return openCheckpoint(await response.text(), policyOf([vkey.trimEnd()])).size;
  }

  it('is read over HTTP from beginning to end by torchwood’s client, as it reads any C2SP log', async () => {
    const read = Read.parse(await ask(['client', `${system.url}/log`, await system.token(AUDITOR)]));
    expect(read.size).toBe(ENTRIES);
    const EntryOfLog = z.object({ entryId: z.string(), kind: z.literal('agency-registered') });
    const entries = read.entries.map((text) => EntryOfLog.parse(JSON.parse(text)).entryId);
    expect(entries.toSorted()).toEqual(ids.toSorted());
    expect(read.last).toBe(read.entries.at(-1));
  });

  it('keeps its entries from that client where it has the token of no auditor', async () => {
    const token = await system.token(STEWARD);
    await expect(ask(['client', `${system.url}/log`, token])).rejects.toThrow('unexpected status code 403');
  });
});
