import { describe, expect, it } from 'vitest';
import { keyIdOf } from '../../core/http-signature/keys.ts';
import { parseEntry } from '../../core/model/entry.ts';
import { readEntry } from '../../lambdas/store/entries.ts';
import { keyRegistration, keyRevocation, newKey, signed } from '../support/signing.ts';
import { PROVIDER, RECIPIENT, transferBody } from '../support/transfers.ts';
import { API, type Claims, STEWARD } from './events.ts';
import { ask, key, output, provider, recipient, SECRET } from './recording.ts';
import { about, errorsOf, nextKey, register, sequenced, slugOf, transfer } from './signed.ts';

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
    [
      'by another key id',
      edited('signature-input', /keyid="[^"]*"/, `keyid="${keyIdOf(newKey())}"`),
      'Signature-Input',
      /no key/,
    ],
    [
      'with another time',
      (sent) => {
        const [, created] = /created=(\d+)/.exec(sent.headers['signature-input']) ?? [];
        return edited('signature-input', `${created}`, `${Number(created) - 60}`)(sent);
      },
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

  // A second more ahead, since the clock goes on until it is looked at.
  it.each([-301, 302])('made %i s from now', async (seconds) => {
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
