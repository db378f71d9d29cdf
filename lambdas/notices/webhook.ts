import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { isIP } from 'node:net';
import type { WebhookRequest } from '../../core/notices/request.ts';
import { AddressRefused, guardedLookup, isAllowed } from './addresses.ts';

/**
 * What came of telling a webhook.
 *
 * - `taken`: it has it
 * - `failed`: it may take it another time
 * - `refused`: it will not, or may not be told; nothing changes that but a change of the webhook
 */
export type Verdict =
  | { readonly kind: 'taken' }
  | { readonly kind: 'failed' | 'refused'; readonly why: string };

const LATEST_MS = 10_000;
const GONE = 410;

/**
 * Posts a notice to whoever answers at its URL, who may be hostile: no answer is waited for longer than some seconds,
 * nothing but its status is read, no redirection followed, and no address told that is not public.
 */
export async function post(request: WebhookRequest): Promise<Verdict> {
  try {
    const status = await statusOf(request);
    if (status >= 200 && status < 300) return { kind: 'taken' };
    return { kind: status === GONE ? 'refused' : 'failed', why: `status ${status}` };
  } catch (error) {
    const refused = error instanceof AddressRefused;
    return { kind: refused ? 'refused' : 'failed', why: refused ? 'address not allowed' : codeOf(error) };
  }
}

function statusOf({ url, headers, body }: WebhookRequest): Promise<number> {
  const target = new URL(url);
  const host = target.hostname.replace(/^\[|\]$/g, '');
  // What is an address already is not looked up.
  if (isIP(host) !== 0 && !isAllowed(host)) throw new AddressRefused();
  const send = target.protocol === 'http:' ? overHttp : overHttps;
  return new Promise((resolve, reject) => {
    const sent = send(target, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      lookup: guardedLookup,
      // A connection of its own: none that was made before the name led elsewhere.
      agent: false,
      signal: AbortSignal.timeout(LATEST_MS),
    });
    sent.once('response', (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The kind of failure, without what a server may have put into it. */
function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
