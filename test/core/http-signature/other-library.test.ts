import { createPublicKey } from 'node:crypto';
import { createSigner, createVerifier, httpbis } from 'http-message-signatures';
import { expect, test } from 'vitest';
import { contentDigest } from '../../../core/http-signature/digest.ts';
import { readSignatures } from '../../../core/http-signature/input.ts';
import { algorithmOf, keyIdOf } from '../../../core/http-signature/keys.ts';
import { isSignedBy, requestComponents } from '../../../core/http-signature/message.ts';
import { APPEND_TAG, COVERED, checkProfile } from '../../../core/signing/profile.ts';
import { appendHeaders } from '../../../core/signing/sender.ts';
import { newKey } from '../../support/signing.ts';

const url = 'https://api.example.org/prod/v1/transfers';
const body = '{"a":1}';

test.each(['Ed25519', 'P-256'] as const)('what another library signs with %s is good here', async (kind) => {
  const key = newKey(kind);
  const algorithm = algorithmOf(key) ?? '';
  const headers: Record<string, string> = {
    'Content-Digest': contentDigest(Buffer.from(body)),
    'Idempotency-Key': 'k-1',
  };
  const signed = await httpbis.signMessage(
    {
      key: createSigner(key, algorithm, keyIdOf(key)),
      fields: [...COVERED],
      params: ['created', 'keyid', 'alg', 'tag'],
      paramValues: { tag: APPEND_TAG },
    },
    { method: 'POST', url, headers },
  );
  const [read] = readSignatures(
    String(signed.headers['Signature-Input']),
    String(signed.headers['Signature']),
  ).values();
  if (!read) throw new Error('it signed nothing');
  checkProfile(read.input);
  expect(isSignedBy(createPublicKey(key), read, requestComponents('POST', url, headers))).toBe(true);
  const other = requestComponents('POST', `${url}/`, headers);
  expect(isSignedBy(createPublicKey(key), read, other)).toBe(false);
});

test.each(['Ed25519', 'P-256'] as const)(
  'what is signed here with %s is good for another library',
  async (kind) => {
    const key = newKey(kind);
    const headers = appendHeaders(key, { url, body, idempotencyKey: 'k-1' }, Date.now());
    const verify = (sent: Record<string, string>) =>
      httpbis.verifyMessage(
        {
          keyLookup: async () => ({
            id: keyIdOf(key),
            algs: [algorithmOf(key) ?? ''],
            verify: createVerifier(createPublicKey(key), algorithmOf(key) ?? ''),
          }),
        },
        { method: 'POST', url, headers: sent },
      );
    expect(await verify(headers)).toBe(true);
    expect(await verify({ ...headers, 'Idempotency-Key': 'k-2' })).toBe(false);
  },
);
