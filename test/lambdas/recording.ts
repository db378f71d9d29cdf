import './environment.ts';
import { afterEach, beforeEach } from 'vitest';
import type { Operation } from '../../core/api/routes.ts';
import { handler as record } from '../../lambdas/record.ts';
import {
  AGREEMENT,
  agencyBody,
  agreementBody,
  PROVIDER,
  RECIPIENT,
  THIRD_PARTY,
} from '../support/transfers.ts';
import { agency, type Claims, CONTEXT, eventOf, type Handler, type Sent, STEWARD } from './events.ts';
import { FakeTables } from './fake-tables.ts';
import { captureOutput } from './output.ts';

/** The `record` function on tables in memory that hold the agencies and the agreement of the examples. */
export const tables = new FakeTables();
export let output: ReturnType<typeof captureOutput>;

const handler = record as unknown as Handler;
export const send = (event: Parameters<Handler>[0]) => handler(event, CONTEXT);

export async function ask(operation: Operation, who: Claims | undefined, sent: Sent = {}) {
  const { statusCode, body, headers = {} } = await send(eventOf(operation, who, sent));
  return { status: statusCode, body, headers: headers as Record<string, string> };
}
export const provider = agency(PROVIDER);
export const recipient = agency(RECIPIENT);
export const key = (value: string) => ({ headers: { 'idempotency-key': value } });

/** Stands in requests that are refused; nothing that is answered or logged may repeat it. */
export const SECRET = 'Zebra-4711';

/** The calls that were more than reads. */
export const inserted = () =>
  tables.mock
    .calls()
    .filter(({ args }) => !/^(Query|BatchGetItem|GetItem)Command$/.test(args[0].constructor.name));

beforeEach(async () => {
  tables.reset();
  output = captureOutput();
  for (const agencyId of [PROVIDER, RECIPIENT, THIRD_PARTY])
    await ask('registerAgency', STEWARD, { body: agencyBody({ agencyId }), ...key(agencyId) });
  await ask('registerAgreement', STEWARD, { body: agreementBody(), ...key(AGREEMENT) });
  tables.mock.resetHistory();
});
afterEach(() => output.end());
