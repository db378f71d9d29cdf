import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { ApiSpec } from '../template/api.ts';
import { isBinary } from './event.ts';
import { type GatewayRequest, headerOf } from './request.ts';
import type { Reply } from './responses.ts';

/** Headers of a function's answer that API Gateway keeps to itself, and those that it passes on under another name. */
const DROPPED = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const REMAPPED = new Set(['date', 'server', 'www-authenticate']);

/**
 * What a function of a Lambda proxy integration answered, as an answer to be sent; nothing when it does not have the
 * shape that API Gateway wants.
 */
export function replyOf(answer: unknown, request: GatewayRequest, api: ApiSpec): Reply | undefined {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return undefined;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = answer as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  if (body !== undefined && body !== null && typeof body !== 'string') return undefined;
  const sent = headersOf(headers, multiValueHeaders);
  if (sent === undefined) return undefined;
  const text = body ?? '';
  const decoded = isBase64Encoded === true && wantsBinary(sent, request, api);
  return { status, headers: sent, body: Buffer.from(text, decoded ? 'base64' : 'utf8') };
}

/** Base64 is undone only for media types that the API holds to be binary, by the client's `Accept` or the answer's own. */
function wantsBinary(headers: Reply['headers'], request: GatewayRequest, api: ApiSpec): boolean {
  const accepted = headerOf(request, 'accept')?.split(',')[0];
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return isBinary(api, accepted) || isBinary(api, type);
}

function headersOf(single: unknown, multiple: unknown): [string, string][] | undefined {
  const found: [string, unknown][] = [];
  for (const [source, isMultiple] of [
    [multiple, true],
    [single, false],
  ] as const) {
    if (source === undefined || source === null) continue;
    if (typeof source !== 'object' || Array.isArray(source)) return undefined;
    for (const [name, value] of Object.entries(source)) {
      if (isMultiple && !Array.isArray(value)) return undefined;
      // A name in both: the values of the multiple one count.
      if (!isMultiple && found.some(([known]) => known.toLowerCase() === name.toLowerCase())) continue;
      for (const item of Array.isArray(value) ? value : [value]) found.push([name, item]);
    }
  }
  const headers: [string, string][] = [];
  for (const [name, value] of found) {
    if (!['string', 'number', 'boolean'].includes(typeof value) || !isSendable(name, String(value)))
      return undefined;
    const lower = name.toLowerCase();
    if (DROPPED.has(lower)) continue;
    headers.push([REMAPPED.has(lower) ? `x-amzn-remapped-${lower}` : name, String(value)]);
  }
  if (!headers.some(([name]) => name.toLowerCase() === 'content-type'))
    headers.push(['content-type', 'application/json']);
  return headers;
}

function isSendable(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
