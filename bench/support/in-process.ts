import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import type { AgencyId, Instant } from '../../core/model/scalars.ts';
import { endpoints } from '../../test/integration/endpoints.ts';
import { createTables, type Tables } from '../../test/integration/tables.ts';
import { agencyBody, agreementBody, PROVIDER, RECIPIENT } from '../../test/support/transfers.ts';
import { entryOf, RECORDS } from './transfers.ts';

/**
 * Has the functions' own code, loaded from here on, use tables of its own in the engine, and KMS and S3 as the local
 * system has them. Who called this ends with {@link stopEndpoints}.
 */
export async function useTables(engine: string): Promise<Tables> {
  const tables = await createTables(engine);
  Object.assign(process.env, tables.env, {
    POWERTOOLS_METRICS_DISABLED: 'true',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });
  return tables;
}

export const stopEndpoints = async (): Promise<void> => (await endpoints()).stop();

export const CONTEXT = { getRemainingTimeInMillis: () => 3_600_000 } as unknown as Context;

/** Runs the functions' code in this process, where its processor time and its writes can be counted. */
export async function measureInProcess(engine: string) {
  await useTables(engine);
  const { append } = await import('../../lambdas/appends/append.ts');
  const { insert } = await import('../../lambdas/store/ledger.ts');
  const { sealedItem } = await import('../../lambdas/store/entries.ts');
  const now = () => new Date().toISOString() as Instant;
  const steward = { sub: 'steward', roles: ['steward' as const] };
  const provider = { sub: 'agency', agency: PROVIDER as AgencyId, roles: [] };
  for (const agencyId of [PROVIDER, RECIPIENT])
    await append(
      steward,
      { kind: 'agency-registered', idempotencyKey: agencyId, body: agencyBody({ agencyId }) },
      now(),
    );
  await append(
    steward,
    { kind: 'agreement-registered', idempotencyKey: 'agreement', body: agreementBody() },
    now(),
  );
  const accept = () =>
    append(
      provider,
      { kind: 'transfer-recorded', idempotencyKey: randomUUID(), body: RECORDS.usual() },
      now(),
    );
  const raw = async () => insert(await sealedItem(entryOf(RECORDS.usual())));
  return {
    rawCpuMs: await cpuMs(raw),
    acceptCpuMs: await cpuMs(accept),
  };
}

async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < 200; i++) await work();
  const rounds = 500;
  const before = process.cpuUsage();
  for (let i = 0; i < rounds; i++) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / rounds;
}
