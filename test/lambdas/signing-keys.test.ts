import { describe, expect, it } from 'vitest';
import type { AppendKindName } from '../../core/api/appends.ts';
import { keyIdOf } from '../../core/http-signature/keys.ts';
import type { SignedAppend } from '../../core/signing/request.ts';
import { signAppend } from '../../core/signing/request.ts';
import { keyRegistration, keyRevocation, newKey, signed } from '../support/signing.ts';
import { PROVIDER, RECIPIENT, transferBody } from '../support/transfers.ts';
import { API, AUDITOR, type Claims, STEWARD } from './events.ts';
import { ask, key, output, provider, recipient } from './recording.ts';
import { about, errorsOf, event, nextKey, register, sequenced, slugOf, transfer } from './signed.ts';

describe('where signatures are asked for', () => {
  const unsigned = () => ask('recordTransfer', provider, { body: transferBody(), ...key(nextKey()) });
  const missing = async (
    answer: { status: number; body: string } | Promise<{ status: number; body: string }>,
  ) => {
    const { status, body } = await answer;
    expect([status, slugOf(body)]).toEqual([403, 'signature-missing']);
  };
  const decide = (signingKey: ReturnType<typeof newKey>, required: boolean) =>
    ask('recordAgencyEvent', provider, {
      ...about(PROVIDER),
      ...signed(signingKey, {
        kind: 'agency-signing-changed',
        subject: PROVIDER,
        body: { occurredOn: '2026-01-11', required, reason: 'Decision of the board' },
        idempotencyKey: nextKey(),
        api: API,
      }),
    });

  it('by the stage, for some kinds, of every agency', async () => {
    process.env['SIGNATURES'] = JSON.stringify({
      mandatory: ['transfer-recorded'] satisfies AppendKindName[],
    });
    try {
      await missing(unsigned());
      const { signingKey } = await register(PROVIDER);
      expect((await ask('recordTransfer', provider, signed(signingKey, transfer()))).status).toBe(201);
      const line = { idempotencyKey: nextKey(), kind: 'transfer-recorded', body: transferBody() };
      const lines = await ask('recordEntries', provider, { body: JSON.stringify(line) });
      expect(JSON.parse(lines.body).problem.status).toBe(403);
    } finally {
      process.env['SIGNATURES'] = JSON.stringify({ mandatory: [] });
    }
  });

  it('by the agency itself: a token alone does not speak for it any more', async () => {
    const { signingKey } = await register(PROVIDER);
    expect((await unsigned()).status).toBe(201);
    expect((await decide(signingKey, true)).status).toBe(201);
    await missing(unsigned());
    expect((await ask('recordTransfer', provider, signed(signingKey, transfer()))).status).toBe(201);
    // Another agency is free.
    const body = transferBody({
      provider: { agencyId: RECIPIENT },
      recipient: { agencyId: PROVIDER },
      agreement: undefined,
      exception: { reason: 'Order', approver: 'Director' },
    });
    expect((await ask('recordTransfer', recipient, { body, ...key(nextKey()) })).status).toBe(201);
    // A change back counts once the log has it.
    const released = await decide(signingKey, false);
    await missing(unsigned());
    sequenced(JSON.parse(released.body).entryId);
    expect((await unsigned()).status).toBe(201);
  });

  it('of what an agency does with its keys, once it has one', async () => {
    const { signingKey } = await register(PROVIDER);
    const stolen = { ...about(PROVIDER), ...key(nextKey()) };
    await missing(
      ask('recordAgencyEvent', provider, {
        ...stolen,
        ...event('agency-key-registered', keyRegistration(PROVIDER, newKey())),
      }),
    );
    await missing(
      ask('recordAgencyEvent', provider, {
        ...stolen,
        ...event('agency-key-revoked', keyRevocation(signingKey)),
      }),
    );
    const required = { occurredOn: '2026-01-11', required: true, reason: 'x' };
    await missing(
      ask('recordAgencyEvent', provider, { ...stolen, ...event('agency-signing-changed', required) }),
    );
    // Who has lost all keys goes to a steward.
    const helped = await ask('recordAgencyEvent', STEWARD, {
      ...stolen,
      ...event('agency-key-revoked', keyRevocation(signingKey)),
    });
    expect(helped.status, helped.body).toBe(201);
    await register(PROVIDER, newKey(), STEWARD);
  });
});

describe('a key', () => {
  const registering = (body: object, by: Claims = provider, agencyId = PROVIDER) =>
    ask('recordAgencyEvent', by, {
      ...about(agencyId),
      ...event('agency-key-registered', body),
      ...key(nextKey()),
    });

  it('is registered by its agency or a steward, and by nobody else', async () => {
    expect((await registering(keyRegistration(PROVIDER, newKey()), recipient)).status).toBe(403);
    expect((await registering(keyRegistration(PROVIDER, newKey()), AUDITOR)).status).toBe(403);
    expect((await registering(keyRegistration(PROVIDER, newKey()), STEWARD)).status).toBe(201);
  });

  it('needs a proof by that key for that agency', async () => {
    for (const proof of [keyRegistration(PROVIDER, newKey()), keyRegistration(RECIPIENT, newKey())]) {
      const answer = await registering({ ...keyRegistration(PROVIDER, newKey()), proof: proof.proof });
      expect([answer.status, errorsOf(answer.body)]).toEqual([
        422,
        [expect.objectContaining({ pointer: '/body/proof' })],
      ]);
    }
    const own = newKey();
    const other = { ...keyRegistration(PROVIDER, own), proof: keyRegistration(RECIPIENT, own).proof };
    expect((await registering(other)).status).toBe(422);
  });

  it('is registered once, and not again after it was revoked', async () => {
    const { signingKey } = await register(PROVIDER, newKey(), STEWARD);
    expect((await registering(keyRegistration(PROVIDER, signingKey), STEWARD)).status).toBe(409);
    const revoke = () =>
      ask('recordAgencyEvent', STEWARD, {
        ...about(PROVIDER),
        ...event('agency-key-revoked', keyRevocation(signingKey)),
        ...key(nextKey()),
      });
    expect((await revoke()).status).toBe(201);
    expect((await revoke()).status).toBe(409);
    expect((await registering(keyRegistration(PROVIDER, signingKey), STEWARD)).status).toBe(409);
  });

  it('must not come with its private part', async () => {
    const own = newKey();
    const jwk = own.export({ format: 'jwk' });
    const answer = await registering({ ...keyRegistration(PROVIDER, own), key: jwk });
    expect(answer.status).toBe(400);
    expect(answer.body + output.text()).not.toContain(jwk.d);
  });

  it('is not changed by a change of the agency, which stewards alone record', async () => {
    const { signingKey } = await register(PROVIDER);
    const change = event('agency-changed', {
      occurredOn: '2026-01-01',
      name: 'New',
      kind: 'regulator',
      reason: 'Merger',
    });
    expect(
      (await ask('recordAgencyEvent', provider, { ...about(PROVIDER), ...change, ...key(nextKey()) })).status,
    ).toBe(403);
    expect(
      (await ask('recordAgencyEvent', STEWARD, { ...about(PROVIDER), ...change, ...key(nextKey()) })).status,
    ).toBe(201);
    expect((await ask('recordTransfer', provider, signed(signingKey, transfer()))).status).toBe(201);
  });
});

describe('lines', () => {
  const lineOf = (signingKey: ReturnType<typeof newKey>, append: SignedAppend, changes: object = {}) => ({
    idempotencyKey: append.idempotencyKey,
    kind: append.kind,
    ...(append.subject !== undefined && { subject: append.subject }),
    body: append.body,
    signature: signAppend(signingKey, append, Date.now()),
    ...changes,
  });
  const send = async (...lines: object[]) => {
    const { body } = await ask('recordEntries', provider, {
      body: lines.map((line) => JSON.stringify(line)).join('\n'),
    });
    return body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };

  it('are signed one by one, as each would be by itself', async () => {
    const { signingKey } = await register(PROVIDER);
    const append = transfer();
    const [good, bad, replayed] = await send(
      lineOf(signingKey, append),
      lineOf(signingKey, transfer(), { body: transferBody({ purposeText: 'Another' }) }),
      lineOf(signingKey, append, { idempotencyKey: nextKey() }),
    );
    expect([good.status, good.answer?.signedWith]).toEqual([201, keyIdOf(signingKey)]);
    for (const { problem } of [bad, replayed])
      expect([problem.status, problem.errors]).toEqual([
        403,
        [{ pointer: '/signature/value', detail: 'does not verify' }],
      ]);
    // The same as alone, and so the same entry.
    const alone = await ask('recordTransfer', provider, signed(signingKey, append));
    expect(JSON.parse(alone.body)).toEqual(good.answer);
  });

  it('are not signed together', async () => {
    const { signingKey } = await register(PROVIDER);
    const { headers } = signed(signingKey, transfer());
    const body = JSON.stringify(lineOf(signingKey, transfer()));
    const { contentDigest } = await import('../../core/http-signature/digest.ts');
    const answer = await ask('recordEntries', provider, {
      body,
      headers: { ...headers, 'content-digest': contentDigest(Buffer.from(body)) },
    });
    expect([answer.status, slugOf(answer.body)]).toEqual([403, 'signature-refused']);
  });
});
