import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Error } from './error.ts';

/** Whose requests are let in. There is one on this machine. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Refuses a presigned request that is not what was signed, or too late: AWS Signature Version 4, by query parameters.
 * Headers that were signed (length, checksum) must come along as they were; what the body holds, the checksum says.
 * @throws S3Error
 */
export function checkPresigned(message: IncomingMessage, credentials: Credentials, now = Date.now()): void {
  const [path = '', search = ''] = (message.url ?? '').split(/\?(.*)/s);
  const query = new URLSearchParams(search);
  const [date = '', scope = ''] = [query.get('X-Amz-Date'), scopeOf(query, credentials)].map(String);
  const expires = momentOf(date) + Number(query.get('X-Amz-Expires')) * 1000;
  if (!(now < expires)) throw new S3Error(403, 'AccessDenied', 'Request has expired');
  const signed = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  const request = [
    message.method ?? '',
    path,
    canonicalQuery(query),
    ...signed.map((name) => `${name}:${String(message.headers[name] ?? '').trim()}`),
    '',
    signed.join(';'),
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, hash('sha256', request)].join('\n');
  const key = scope
    .split('/')
    .reduce<Buffer>((before, part) => hmac(before, part), Buffer.from(`AWS4${credentials.secretAccessKey}`));
  const expected = hmac(key, toSign);
  const given = Buffer.from(query.get('X-Amz-Signature') ?? '', 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new S3Error(403, 'SignatureDoesNotMatch', 'The request is not the one that was signed');
}

function scopeOf(query: URLSearchParams, { accessKeyId }: Credentials): string {
  const [id, ...scope] = (query.get('X-Amz-Credential') ?? '').split('/');
  if (id !== accessKeyId) throw new S3Error(403, 'InvalidAccessKeyId', 'nobody here has this access key');
  return scope.join('/');
}

/** `20260131T101500Z`. */
const momentOf = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

const canonicalQuery = (query: URLSearchParams): string =>
  [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');

/** As RFC 3986 has it; `encodeURIComponent` leaves five characters as they are that are reserved there. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
