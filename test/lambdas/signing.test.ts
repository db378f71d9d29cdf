import { describe, expect, it } from 'vitest';
import type { AppendKindName } from '../../core/api/appends.ts';
import { keyIdOf } from '../../core/http-signature/keys.ts';
import { parseEntry } from '../../core/model/entry.ts';
import type { SignedAppend } from '../../core/signing/request.ts';
import { signAppend } from '../../core/signing/request.ts';
import { readEntry } from '../../lambdas/store/entries.ts';
import { keyRegistration, keyRevocation, newKey, signed } from '../support/signing.ts';
import { PROVIDER, RECIPIENT, transferBody } from '../support/transfers.ts';
import { LEDGER } from './environment.ts';
import { API, AUDITOR, type Claims, STEWARD } from './events.ts';
import { ask, key, output, provider, recipient, SECRET, tables } from './recording.ts';

/** As the sequencer does once an entry is in the log. */
const sequenced = (entryId: string) =>
  tables.put(LEDGER, { pk: { S: `ENTRY#${entryId}` }, sk: { S: 'INDEX' }, index: { N: '1' } });

let count = 0;
const nextKey = () => `signing-${++count}`;

const about = (agencyId: string) => ({ params: { agencyId } });
const event = (kind: string, body: object) => ({ body: { kind, body } });

async function register(agencyId: string, signingKey = newKey(), by: Claims = provider) {
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

const transfer = (changes: Partial<SignedAppend> = {}): SignedAppend => ({
  kind: 'transfer-recorded',
  subject: undefined,
  body: transferBody(),
  idempotencyKey: nextKey(),
  api: API,
  ...changes,
});

const slugOf = (body: string) => String(JSON.parse(body).type).split('/').at(-1);
const errorsOf = (body: string) => JSON.parse(body).errors;

describe('a signed append', () => {
  it.each(['Ed25519', 'P-256'] as const)('is taken, and kept with its %s signature', async (kind) => {
    const { signingKey } = await register(PROVIDER, newKey(kind));
    const append = transfer();
    const answer = await ask('recordTransfer', provider, signed(signingKey, append));
    expect(answer.status, answer.body).toBe(201);
    const { entryId, signedWith } = JSON.parse(answer.body);
    expect(signedWith).toBe(keyIdOf(signingKey));
    const stored = await readEntry(entryId);
    expect(stored?.entry.signature).toEqual({
      input: expect.stringContaining(`keyid="${signedWith}"`),
      value: expect.stringMatching(/^.{86}==$/),
      api: API,
      idempotencyKey: append.idempotencyKey,
    });
    expect(parseEntry(stored?.bytes ?? new Uint8Array())).toEqual(stored?.entry);
  });

  it('gets the first answer when it is sent again, however it is signed then', async () => {
    const { signingKey } = await register(PROVIDER, newKey('P-256'));
    const append = transfer();
    const first = await ask('recordTransfer', provider, signed(signingKey, append));
    const again = await ask('recordTransfer', provider, signed(signingKey, append, Date.now() - 60_000));
    expect(again).toEqual(first);
    expect(
      await ask('recordTransfer', provider, {
        ...signed(signingKey, append),
        headers: key(append.idempotencyKey).headers,
      }),
    ).toEqual(first);
  });

  it('may bear other signatures, that are not ours', async () => {
    const { signingKey } = await register(PROVIDER);
    const { body, headers } = signed(signingKey, transfer());
    const both = {
      ...headers,
      'signature-input': `proxy=("date");created=1;keyid="p", ${headers['signature-input']}`,
      signature: `proxy=:AA==:, ${headers.signature}`,
    };
    expect((await ask('recordTransfer', provider, { body, headers: both })).status).toBe(201);
  });

  it('may be an event', async () => {
    const made = JSON.parse(
      (await ask('recordTransfer', provider, { body: transferBody(), ...key(nextKey()) })).body,
    );
    const { signingKey } = await register(RECIPIENT, newKey(), recipient);
    const append = {
      kind: 'transfer-acknowledged',
      subject: made.transferId,
      body: { occurredOn: '2024-03-12', storedAt: 'Vault 3' },
      idempotencyKey: nextKey(),
      api: API,
    } as const;
    const answer = await ask('recordTransferEvent', recipient, {
      params: { transferId: made.transferId },
      ...signed(signingKey, append),
    });
    expect([answer.status, answer.body]).toEqual([201, expect.stringContaining(keyIdOf(signingKey))]);
  });
});

describe('a signature is refused', () => {
  type Sent = ReturnType<typeof signed>;
  const changed = (changes: Record<string, string>) => (sent: Sent) => ({
    ...sent,
    headers: { ...sent.headers, ...changes },
  });
  const edited = (name: keyof Sent['headers'], from: string | RegExp, to: string) => (sent: Sent) => ({
    ...sent,
    headers: { ...sent.headers, [name]: sent.headers[name].replace(from, to) },
  });

  it.each<[string, (sent: Sent) => Sent | Record<string, unknown>, string, RegExp]>([
    [
      'of another body',
      (sent) => ({ ...sent, body: sent.body.replace('120000', '120001') }),
      'Content-Digest',
      /as it is sent/,
    ],
    [
      'without a digest',
      ({ body, headers: { 'content-digest': _, ...headers } }) => ({ body, headers }),
      'Content-Digest',
      /as it is sent/,
    ],
    [
      'under another Idempotency-Key',
      changed({ 'idempotency-key': 'another' }),
      'Signature',
      /does not verify/,
    ],
    ['for another host', changed({ host: 'other.example.org' }), 'Signature', /does not verify/],
    ['by another key id', edited('signature-input', /keyid="."?/, 'keyid="A'), 'Signature-Input', /no key/],
    [
      'with another time',
      edited('signature-input', /created=(\d+)\d\d/, 'created=$100'),
      'Signature',
      /does not verify/,
    ],
    [
      'without the tag',
      edited('signature-input', ';tag="amanat-append"', ''),
      'Signature-Input',
      /one signature with the tag/,
    ],
    ['that covers less', edited('signature-input', ' "@path"', ''), 'Signature-Input', /must cover just/],
    [
      'that covers more',
      edited('signature-input', ' "@path"', ' "@path" "date"'),
      'Signature-Input',
      /must cover just/,
    ],
    [
      'that covers something twice',
      edited('signature-input', ' "@path"', ' "@method"'),
      'Signature-Input',
      /twice/,
    ],
    [
      'that ends by itself',
      edited('signature-input', ';tag', ';expires=9999999999;tag'),
      'Signature-Input',
      /expires/,
    ],
    [
      'with something in it',
      edited('signature-input', ';tag', `;nonce="${SECRET}";tag`),
      'Signature-Input',
      /nonce/,
    ],
    ['that is none', edited('signature', /:.*:/, `"${SECRET}"`), 'Signature', /byte sequence/],
    ['that is too short', edited('signature', /:.*:/, ':AAAA:'), 'Signature', /no form/],
    ['that is another', edited('signature', /:..../, ':AAAA'), 'Signature', /does not verify/],
    [
      'without its input',
      ({ body, headers: { 'signature-input': _, ...headers } }) => ({ body, headers }),
      'Signature',
      /same labels/,
    ],
    [
      'that stands there twice',
      (sent) =>
        changed({
          'signature-input': `${sent.headers['signature-input']}, b${sent.headers['signature-input']}`,
          signature: `${sent.headers.signature}, b${sent.headers.signature}`,
        })(sent),
      'Signature-Input',
      /one signature/,
    ],
  ])('%s', async (_, make, header, detail) => {
    const { signingKey } = await register(PROVIDER);
    const answer = await ask('recordTransfer', provider, make(signed(signingKey, transfer())));
    expect([answer.status, slugOf(answer.body)]).toEqual([403, 'signature-refused']);
    expect(errorsOf(answer.body)).toEqual([{ header, detail: expect.stringMatching(detail) }]);
    expect(answer.body + output.text()).not.toContain(SECRET);
  });

  const refusedWith = async (sent: object, detail: RegExp, by: Claims = provider) => {
    const answer = await ask('recordTransfer', by, sent);
    expect([answer.status, slugOf(answer.body)]).toEqual([403, 'signature-refused']);
    expect(errorsOf(answer.body)[0].detail).toMatch(detail);
  };

  it('of a body that is not canonical, though the digest is right', async () => {
    const { signingKey } = await register(PROVIDER);
    const append = transfer();
    const spaced = JSON.stringify(append.body, null, 1);
    const { headers } = signed(signingKey, append);
    const { contentDigest } = await import('../../core/http-signature/digest.ts');
    const digest = contentDigest(Buffer.from(spaced));
    await refusedWith({ body: spaced, headers: { ...headers, 'content-digest': digest } }, /canonical JSON/);
  });

  it('of a body that leaves something to a default', async () => {
    const { signingKey } = await register(PROVIDER);
    await refusedWith(
      signed(signingKey, transfer({ body: transferBody({ onward: undefined }) })),
      /canonical JSON/,
    );
  });

  it.each([-301, 301])('made %i s from now', async (seconds) => {
    const { signingKey } = await register(PROVIDER);
    await refusedWith(signed(signingKey, transfer(), Date.now() + seconds * 1000), /within 300 seconds/);
  });

  it('by the key of another agency', async () => {
    const { signingKey } = await register(RECIPIENT, newKey(), recipient);
    await refusedWith(signed(signingKey, transfer()), /no key/);
  });

  it('at another spelling of the path', async () => {
    const { signingKey } = await register(PROVIDER);
    await refusedWith({ ...signed(signingKey, transfer()), path: '/v1/%74ransfers' }, /the plain one/);
  });

  it('by nobody’s key', () => refusedWith(signed(newKey(), transfer()), /no key/));

  it('of one who speaks for no agency', async () => {
    const { signingKey } = await register(PROVIDER);
    await refusedWith(signed(signingKey, transfer()), /only what an agency/, STEWARD);
  });

  it('by a key that was revoked, at once, while the one after it goes on', async () => {
    const { signingKey } = await register(PROVIDER);
    const next = newKey();
    const registration = {
      kind: 'agency-key-registered',
      subject: PROVIDER,
      body: keyRegistration(PROVIDER, next),
      idempotencyKey: nextKey(),
      api: API,
    } as const;
    const added = await ask('recordAgencyEvent', provider, {
      ...about(PROVIDER),
      ...signed(signingKey, registration),
    });
    expect(added.status, added.body).toBe(201);
    expect((await ask('recordTransfer', provider, signed(signingKey, transfer()))).status).toBe(201);
    const revocation = {
      ...registration,
      kind: 'agency-key-revoked',
      body: keyRevocation(signingKey),
      idempotencyKey: nextKey(),
    } as const;
    const revoked = await ask('recordAgencyEvent', provider, {
      ...about(PROVIDER),
      ...signed(signingKey, revocation),
    });
    expect(revoked.status, revoked.body).toBe(201);
    await refusedWith(signed(signingKey, transfer()), /revoked/);
    // Not yet in the log: whoever reads the log could not check it.
    const early = await ask('recordTransfer', provider, signed(next, transfer()));
    expect([early.status, slugOf(early.body)]).toEqual([503, 'try-again']);
    sequenced(JSON.parse(added.body).entryId);
    expect((await ask('recordTransfer', provider, signed(next, transfer()))).status).toBe(201);
  });

  it('under an Idempotency-Key that seems to hold personal data, for it would be kept', async () => {
    const { signingKey } = await register(PROVIDER);
    const append = transfer({ idempotencyKey: 'row/35202-1234567-1' });
    const answer = await ask('recordTransfer', provider, signed(signingKey, append));
    expect([answer.status, slugOf(answer.body)]).toEqual([422, 'personal-data-refused']);
    expect(answer.body + output.text()).not.toContain('35202');
    expect(
      (await ask('recordTransfer', provider, { body: transferBody(), ...key(append.idempotencyKey) })).status,
    ).toBe(201);
  });
});

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
