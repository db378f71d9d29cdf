import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '../../core/api/client.ts';
import type { System } from '../../local/system.ts';
import { agencyBody, agreementBody, PROVIDER, RECIPIENT } from '../../test/support/transfers.ts';
import { note, percentile, print, tenths, title, whole } from '../support/table.ts';
import { RECORDS } from '../support/transfers.ts';

interface Rate {
  readonly perSecond: number;
  readonly seconds: number;
  /** Appends in a request: one by itself, or as many lines of NDJSON. */
  readonly lines: number;
  /** Of so many requests one is followed to the receipt of its last append: looking is work, too. */
  readonly oneIn: number;
}
const WARM_UP: Rate = { perSecond: 10, seconds: 5, lines: 1, oneIn: 1 };
const RATES: readonly Rate[] = [
  { perSecond: 1, seconds: 30, lines: 1, oneIn: 1 },
  { perSecond: 20, seconds: 30, lines: 1, oneIn: 20 },
  { perSecond: 100, seconds: 30, lines: 10, oneIn: 10 },
];
/** Looked for more often, receipts would have the machine do little else. */
const LOOK_EVERY_MS = 50;

/**
 * From the answer to an append until its receipt can be had, through the whole local system, at fixed rates whatever
 * the answers take; then how long an append takes that waits for its receipt.
 */
export async function measureReceipts(system: System): Promise<void> {
  await register(system);
  const token = await system.token({ agency: PROVIDER });
  await measure(system, token, WARM_UP);
  const rows: string[][] = [];
  for (const rate of RATES) rows.push(await measure(system, token, rate));
  title('From accept to receipt, through the whole local system, ms');
  print(
    ['appends a second', 'in requests of', 'achieved', 'accept p50', 'p99', 'then to receipt p50', 'p99'],
    rows,
  );
  const waited: number[] = [];
  for (let n = 0; n < 30; n++) waited.push((await append(system, token, 1, 'wait=20')).milliseconds);
  const [p50, p99] = figures(waited);
  note(
    `One after the other with Prefer: wait=20, from sending to the answer that says the receipt exists: p50 ${p50}, p99 ${p99}.`,
  );
}

async function measure(system: System, token: string, rate: Rate): Promise<string[]> {
  const { perSecond, seconds, lines, oneIn } = rate;
  const accepts: number[] = [];
  const receipts: number[] = [];
  const started = performance.now();
  const requests = Array.from({ length: (perSecond * seconds) / lines }, async (_, n) => {
    await sleep(Math.max(0, started + (n * lines * 1_000) / perSecond - performance.now()));
    const { entryId, milliseconds } = await append(system, token, lines);
    accepts.push(milliseconds);
    if (n % oneIn === 0) receipts.push(await untilReceipt(system, token, entryId));
  });
  await Promise.all(requests);
  const achieved = (perSecond * seconds * 1_000) / (performance.now() - started);
  return [whole(perSecond), whole(lines), tenths(achieved), ...figures(accepts), ...figures(receipts)];
}

const figures = (times: readonly number[]) => [0.5, 0.99].map((share) => whole(percentile(times, share)));

async function register(system: System): Promise<void> {
  const client = createClient({ url: system.url, token: () => system.token({ roles: ['steward'] }) });
  for (const agencyId of [PROVIDER, RECIPIENT])
    await client.call('registerAgency', {
      body: agencyBody({ agencyId }) as never,
      idempotencyKey: randomUUID(),
    });
  await client.call('registerAgreement', { body: agreementBody() as never, idempotencyKey: randomUUID() });
}

/** Appends transfers in one request. @returns the last of them */
async function append({ url }: System, token: string, lines: number, prefer?: string) {
  const started = performance.now();
  const records = Array.from({ length: lines }, () => RECORDS.usual());
  const response = await fetch(url + (lines === 1 ? '/v1/transfers' : '/v1/entries'), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': lines === 1 ? 'application/json' : 'application/x-ndjson',
      'idempotency-key': randomUUID(),
      ...(prefer && { prefer }),
    },
    body:
      lines === 1
        ? JSON.stringify(records[0])
        : records.map((body) => JSON.stringify({ kind: 'transfer-recorded', body })).join('\n'),
  });
  const last = JSON.parse((await response.text()).trim().split('\n').at(-1) ?? '') as Appended;
  const entryId = last.entryId ?? last.answer?.entryId;
  if (entryId === undefined) throw new Error(`the API answered ${response.status}`);
  if (prefer && !response.headers.has('preference-applied')) throw new Error('no receipt in time');
  return { entryId, milliseconds: performance.now() - started };
}

interface Appended {
  readonly entryId?: string;
  /** Of a line of NDJSON. */
  readonly answer?: { readonly entryId: string };
}

async function untilReceipt({ url }: System, token: string, entryId: string): Promise<number> {
  const started = performance.now();
  for (;;) {
    const response = await fetch(`${url}/v1/entries/${entryId}/receipt`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await response.arrayBuffer();
    if (response.status === 200) return performance.now() - started;
    if (response.status !== 404) throw new Error(`the API answered ${response.status}`);
    await sleep(LOOK_EVERY_MS);
  }
}
