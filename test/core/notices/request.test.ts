import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readSignatures } from '../../../core/http-signature/input.ts';
import { keyIdOf, signBytes } from '../../../core/http-signature/keys.ts';
import { isSignedBy, requestComponents } from '../../../core/http-signature/message.ts';
import { noticesOfChange } from '../../../core/lifecycle/notices.ts';
import { obligationsOf } from '../../../core/lifecycle/obligations.ts';
import { NOTHING_UPSTREAM } from '../../../core/lifecycle/upstream.ts';
import type { EntryId, Instant } from '../../../core/model/scalars.ts';
import { keyObjectOf } from '../../../core/model/signing.ts';
import { webhookRequest } from '../../../core/notices/request.ts';
import { newKey, publicKeyOf } from '../../support/signing.ts';
import { opened, stateAfter } from '../lifecycle/specs.ts';

const key = newKey();
const publicKey = keyObjectOf(publicKeyOf(key));
const [notice] = noticesOfChange(opened().transferId, [], {
  by: '0'.repeat(32) as EntryId,
  owed: obligationsOf(stateAfter([]), NOTHING_UPSTREAM),
});
const URL_TOLD = 'https://intake.example.org/amanat';
const NOW = Date.parse('2026-01-02T03:04:05.678Z');

const made = async (now = NOW) => {
  if (!notice) throw new Error('nothing is owed');
  const posting = { url: URL_TOLD, notice, at: '2026-01-01T00:00:00.000Z' as Instant, source: '/amanat/dev' };
  return webhookRequest(posting, now, publicKey, async (message) => signBytes(key, message));
};

const verify = (url: string, headers: Readonly<Record<string, string>>) => {
  const signature = readSignatures(headers['Signature-Input'] ?? '', headers['Signature'] ?? '').get(
    'amanat',
  );
  return signature !== undefined && isSignedBy(publicKey, signature, requestComponents('POST', url, headers));
};

describe('what a webhook is told', () => {
  it('is the notice as a cloud event, under its id', async () => {
    const { headers, body } = await made();
    expect(JSON.parse(Buffer.from(body).toString())).toEqual({
      specversion: '1.0',
      id: notice?.noticeId,
      source: '/amanat/dev',
      type: 'amanat.obligation-notice',
      subject: opened().transferId,
      time: '2026-01-01T00:00:00.000Z',
      datacontenttype: 'application/json',
      data: notice,
    });
    expect(headers).toMatchObject({
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': notice?.noticeId,
      'content-digest': `sha-256=:${createHash('sha256').update(body).digest('base64')}:`,
    });
  });

  it('is signed over whom it is for and all that it says', async () => {
    const { url, headers } = await made();
    expect(verify(url, headers)).toBe(true);
    expect(headers['Signature-Input']).toContain(`keyid="${keyIdOf(publicKey)}"`);
    expect(headers['Signature-Input']).toContain(`created=${Math.floor(NOW / 1000)}`);
    expect(verify('https://other.example.org/amanat', headers)).toBe(false);
    for (const name of ['content-type', 'content-digest', 'webhook-id'])
      expect([name, verify(url, { ...headers, [name]: `${headers[name]}x` })]).toEqual([name, false]);
  });

  it('is the same body each time, signed anew', async () => {
    const [first, second] = [await made(), await made(NOW + 60_000)];
    expect(second.body).toEqual(first.body);
    expect(second.headers['Signature']).not.toBe(first.headers['Signature']);
    expect(verify(second.url, second.headers)).toBe(true);
  });
});
