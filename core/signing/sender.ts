import type { KeyObject } from 'node:crypto';
import { contentDigest } from '../http-signature/digest.ts';
import { requestComponents, signatureHeaders, signMessage } from '../http-signature/message.ts';
import { APPEND_TAG, COVERED } from './profile.ts';

/** An append as it is about to be sent. */
export interface OutgoingAppend {
  /** The whole address, stage path included. */
  readonly url: string;
  /** Canonical JSON of the record, with its defaults. */
  readonly body: string;
  readonly idempotencyKey: string;
}

/** The headers by which an agency signs what it sends, the `Idempotency-Key` among them. @param now in milliseconds */
export function appendHeaders(
  key: KeyObject,
  { url, body, idempotencyKey }: OutgoingAppend,
  now: number,
): Record<string, string> {
  const headers = {
    'Idempotency-Key': idempotencyKey,
    'Content-Digest': contentDigest(new TextEncoder().encode(body)),
  };
  const signing = { components: COVERED, now, tag: APPEND_TAG };
  const signature = signMessage(key, signing, requestComponents('POST', url, headers));
  return { ...headers, ...signatureHeaders('sig', signature) };
}
