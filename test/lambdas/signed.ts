import { expect } from 'vitest';
import type { SignedAppend } from '../../core/signing/request.ts';
import { keyRegistration, newKey } from '../support/signing.ts';
import { transferBody } from '../support/transfers.ts';
import { LEDGER } from './environment.ts';
import { API, type Claims } from './events.ts';
import { ask, key, provider, tables } from './recording.ts';

/** As the sequencer does once an entry is in the log. */
export const sequenced = (entryId: string) =>
  tables.put(LEDGER, { pk: { S: `ENTRY#${entryId}` }, sk: { S: 'INDEX' }, index: { N: '1' } });

let count = 0;
export const nextKey = () => `signing-${++count}`;

export const about = (agencyId: string) => ({ params: { agencyId } });
export const event = (kind: string, body: object) => ({ body: { kind, body } });

export async function register(agencyId: string, signingKey = newKey(), by: Claims = provider) {
  const answer = await ask('recordAgencyEvent', by, {
    ...about(agencyId),
    ...event('agency-key-registered', keyRegistration(agencyId, signingKey)),
    ...key(nextKey()),
  });
  expect(answer.status, answer.body).toBe(201);
  const { entryId } = JSON.parse(answer.body);
  sequenced(entryId);
  return { signingKey, entryId };
}

export const transfer = (changes: Partial<SignedAppend> = {}): SignedAppend => ({
  kind: 'transfer-recorded',
  subject: undefined,
  body: transferBody(),
  idempotencyKey: nextKey(),
  api: API,
  ...changes,
});

export const slugOf = (body: string) => String(JSON.parse(body).type).split('/').at(-1);
export const errorsOf = (body: string) => JSON.parse(body).errors;
