import type { KeyObject } from 'node:crypto';
import { contentDigest } from '../http-signature/digest.ts';
import { signatureInput } from '../http-signature/input.ts';
import { algorithmOf, keyIdOf } from '../http-signature/keys.ts';
import { requestComponents, signatureBase, signatureHeaders } from '../http-signature/message.ts';
import { type Notice, owedUnder } from '../lifecycle/notices.ts';
import type { Instant } from '../model/scalars.ts';

/** What the signature of a notice covers: whom it is for, and all of what it says. */
export const COVERED = ['@method', '@target-uri', 'content-type', 'content-digest', 'webhook-id'] as const;
/** The `tag` by which it is told from other signatures. */
export const NOTICE_TAG = 'amanat-notice';

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Posting {
  readonly url: string;
  readonly notice: Notice;
  /** Since when the ledger has had it to tell. */
  readonly at: Instant;
  /** Who tells, as a URI reference. */
  readonly source: string;
}

/** The notice as an event of CloudEvents 1.0, in its structured JSON. */
export const cloudEvent = ({ notice, at, source }: Omit<Posting, 'url'>) => ({
  specversion: '1.0',
  id: notice.noticeId,
  source,
  type: 'amanat.obligation-notice',
  subject: owedUnder(notice),
  time: at,
  datacontenttype: 'application/json',
  data: notice,
});

/**
 * The request by which a webhook is told (Standard Webhooks, CloudEvents 1.0), signed as RFC 9421 has it.
 * @param now in milliseconds since 1970: each try is signed anew, so that a receiver may refuse old signatures
 * @param key the public half of the key that `sign` signs with
 */
export async function webhookRequest(
  posting: Posting,
  now: number,
  key: KeyObject,
  sign: (message: Uint8Array) => Promise<Uint8Array>,
): Promise<WebhookRequest> {
  const { url, notice } = posting;
  const body = new TextEncoder().encode(JSON.stringify(cloudEvent(posting)));
  const headers = {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'content-digest': contentDigest(body),
    'webhook-id': notice.noticeId,
    'user-agent': 'amanat',
  };
  const alg = algorithmOf(key);
  const input = signatureInput(COVERED, {
    created: Math.floor(now / 1000),
    keyid: keyIdOf(key),
    ...(alg && { alg }),
    tag: NOTICE_TAG,
  });
  const signature = await sign(signatureBase(input, requestComponents('POST', url, headers)));
  return { url, headers: { ...headers, ...signatureHeaders('amanat', { input, signature }) }, body };
}
