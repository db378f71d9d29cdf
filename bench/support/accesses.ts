import { deflateRawSync } from 'node:zlib';
import { canonicalBytes } from '../../core/canonical.ts';
import { accessOf } from '../../core/model/access.ts';
import type { IncidentId, Instant } from '../../core/model/scalars.ts';
import { askAs } from './ask.ts';
import { percentile, tenths, whole } from './table.ts';
import { itemBytes, writeUnits } from './units.ts';
import { AGENCIES } from './world.ts';

const ROUNDS = 100;

/**
 * A search and the read of one agency, as they are answered and without the insert of their rows, in turns, so that
 * whatever else is at work slows down both; and the units of a row, and of its share of an entry.
 */
export async function priceOfRecording(): Promise<{ times: string[][]; units: string[][] }> {
  const { dynamo } = await import('../../lambdas/store/client.ts');
  let records = true;
  dynamo.middlewareStack.add(
    (next, { commandName }) =>
      async (args) =>
        records || commandName !== 'ExecuteStatementCommand'
          ? next(args)
          : { output: { $metadata: {} }, response: {} },
    { step: 'initialize', name: 'without-records' },
  );
  const times: string[][] = [];
  for (const [name, ask] of Object.entries(READS)) {
    const samples: Record<'with' | 'without', number[]> = { with: [], without: [] };
    for (let n = 0; n < 2 * ROUNDS; n++) {
      records = n % 2 === 0;
      const before = performance.now();
      await ask(n);
      samples[records ? 'with' : 'without'].push(performance.now() - before);
    }
    for (const [which, list] of Object.entries(samples))
      times.push([
        `${name}, ${which} its record`,
        ...[0.5, 0.99].map((share) => tenths(percentile(list, share))),
      ]);
  }
  dynamo.middlewareStack.remove('without-records');
  return { times, units: await unitsOf() };
}

const READS: Record<string, (n: number) => Promise<unknown>> = {
  'a search': (n) =>
    askAs('auditor', 'listTransfers', { query: { recipient: AGENCIES[n % AGENCIES.length] ?? '' } }),
  'the incidents': () => askAs('auditor', 'listIncidents', {}),
};

/** Of an entry of as many such reads as it takes in. */
const READS_AN_ENTRY = 150;

async function unitsOf(): Promise<string[][]> {
  const read = (n: number) =>
    accessOf({
      accessId: `ac-${n.toString(16).padStart(32, '0')}`,
      at: new Date(1_770_000_000_000 + n * 997).toISOString() as Instant,
      principal: { sub: 'auditor-of-the-authority', roles: ['auditor'] },
      operation: 'listTransfers',
      status: 200,
      incidentId: `in-${'3e8a'.repeat(8)}` as IncidentId,
      query: {
        recipient: AGENCIES[n % AGENCIES.length],
        field: ['cnic', 'address'],
        match: 'all',
        limit: 50,
      },
      correlationId: crypto.randomUUID(),
    });
  const bytes = canonicalBytes(read(1));
  const row = itemBytes({
    pk: { S: 'ACCESS#2026-01-16T08#3' },
    sk: { S: `2026-01-16T08:31:02.775Z#ac-${'0'.repeat(32)}` },
    read: { B: bytes },
    seal: { B: new Uint8Array(32) },
  });
  const reads = Array.from({ length: READS_AN_ENTRY }, (_, n) => read(n));
  const body = deflateRawSync(canonicalBytes({ reads }), { level: 9 }).length;
  return [
    ['the row of a read', whole(row), whole(writeUnits(row))],
    [`the entry of ${READS_AN_ENTRY} reads, deflated`, whole(body), whole(writeUnits(body))],
    ['of it, for each read', tenths(body / READS_AN_ENTRY), tenths(writeUnits(body) / READS_AN_ENTRY)],
  ];
}
