import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { type Loopback, readAll, serveLoopback } from '../loopback.ts';
import { BadKey, type Buckets, type StoredObject } from './buckets.ts';
import { S3Error } from './error.ts';
import { type Credentials, checkPresigned } from './presigned.ts';
import { xmlDocument } from './xml.ts';

/** S3 takes 5 GB; whoever runs locally holds it in memory. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_KEYS = 1000;
/** What of a listing there is here; `x-id` only repeats the operation's name. */
const LIST_PARAMETERS = ['list-type', 'prefix', 'start-after', 'max-keys', 'continuation-token', 'x-id'];

const SIGNING_PARAMETERS: ReadonlySet<string> = new Set([
  'X-Amz-Algorithm',
  'X-Amz-Content-Sha256',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
]);

interface Request {
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly message: IncomingMessage;
}

/**
 * Four verbs of S3, path-style: PutObject for what is not there yet, GetObject, HeadObject and ListObjectsV2. Of an object its
 * bytes are kept, and nothing else that a request may say of it. Nobody's signature is looked at but that of presigned
 * requests: these come from others than the functions.
 */
export function startS3(buckets: Buckets, credentials: Credentials): Promise<Loopback> {
  return serveLoopback(async (message, response) => {
    try {
      const request = readRequest(message);
      if (request.query.has('X-Amz-Signature')) checkPresigned(message, credentials);
      await answer(buckets, request, response);
    } catch (error) {
      const known = error instanceof BadKey ? new S3Error(400, 'InvalidRequest', error.message) : error;
      if (!(known instanceof S3Error)) throw error;
      sendXml(response, known.status, 'Error', { Code: known.code, Message: known.message });
    }
  });
}

/** By hand, since `URL` would make another key of `a/../b` before anybody could refuse it. */
function readRequest(message: IncomingMessage): Request {
  const [path = '', query = ''] = (message.url ?? '').split(/\?(.*)/s);
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { bucket: decode(bucket), key: decode(key), query: new URLSearchParams(query), message };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error(400, 'InvalidURI', 'the path is not percent-encoded UTF-8');
  }
}

async function answer(buckets: Buckets, request: Request, response: ServerResponse): Promise<void> {
  const { bucket, key, query, message } = request;
  if (!buckets.has(bucket)) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
  if (message.method === 'GET' && key === '' && query.get('list-type') === '2')
    return sendXml(response, 200, 'ListBucketResult', await list(buckets, request));
  // A query asks for a version, a tag, a retention: none of it is here. Those of a signature were looked at.
  const isPlain = [...query.keys()].every((name) => name === 'x-id' || SIGNING_PARAMETERS.has(name));
  if (!isPlain || key === '') throw new S3Error(501, 'NotImplemented', 'there is no such operation here');
  if (message.method === 'GET' || message.method === 'HEAD') return get(buckets, request, response);
  if (message.method === 'PUT') return put(buckets, request, response);
  throw new S3Error(405, 'MethodNotAllowed', 'what is stored here stays as it is');
}

async function put(
  buckets: Buckets,
  { bucket, key, message }: Request,
  response: ServerResponse,
): Promise<void> {
  if (message.headers['if-none-match'] !== '*')
    throw new S3Error(403, 'AccessDenied', 'only what is not there yet is stored: If-None-Match must be *');
  if (String(message.headers['content-encoding'] ?? '').includes('aws-chunked'))
    throw new S3Error(501, 'NotImplemented', 'the content must come as it is, not in signed chunks');
  const content = await readAll(message, MOST_BYTES);
  if (content === undefined) throw new S3Error(400, 'EntityTooLarge', 'the object is too large');
  refuseDamage(message, content);
  if (!(await buckets.putIfAbsent(bucket, key, content)))
    throw new S3Error(412, 'PreconditionFailed', 'At least one of the pre-conditions did not hold');
  response.writeHead(200, { etag: etagOf(key, content.length) }).end();
}

async function get(
  buckets: Buckets,
  { bucket, key, message }: Request,
  response: ServerResponse,
): Promise<void> {
  const asked = message.headers.range === undefined ? undefined : readRange(message.headers.range);
  const found = await buckets.look(bucket, key);
  if (found === undefined) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
  const { size, modified } = found;
  const { from, to } = { from: asked?.from ?? 0, to: Math.min(asked?.to ?? size, size - 1) };
  if (asked && from > to) throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable');
  const length = to - from + 1;
  const content = message.method === 'HEAD' ? undefined : await buckets.read(bucket, key, from, length);
  response.writeHead(asked ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-length': length,
    'last-modified': modified.toUTCString(),
    etag: etagOf(key, size),
    ...(asked && { 'content-range': `bytes ${from}-${to}/${size}` }),
  });
  response.end(content);
}

/** One range, from a first byte to a last. */
function readRange(text: string): { from: number; to: number } {
  const [, from, to] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  if (from === undefined || to === undefined)
    throw new S3Error(501, 'NotImplemented', 'a range is from one byte to another here');
  return { from: Number(from), to: Number(to) };
}

async function list(buckets: Buckets, { bucket, query }: Request) {
  const unknown = [...query.keys()].filter((name) => !LIST_PARAMETERS.includes(name));
  if (unknown.length > 0)
    throw new S3Error(501, 'NotImplemented', `no listing by ${unknown.join(', ')} here`);
  const prefix = query.get('prefix') ?? '';
  const token = query.get('continuation-token');
  const most = Math.min(MOST_KEYS, readCount(query.get('max-keys') ?? String(MOST_KEYS)));
  const after = token === null ? (query.get('start-after') ?? '') : keyOfToken(token);
  const found: StoredObject[] = [];
  let more = false;
  for await (const object of buckets.list(bucket, prefix, after)) {
    more = found.length === most;
    if (more) break;
    found.push(object);
  }
  const last = found.at(-1)?.key;
  return {
    Name: bucket,
    Prefix: prefix,
    MaxKeys: most,
    KeyCount: found.length,
    IsTruncated: more && most > 0,
    ...(more && last !== undefined && { NextContinuationToken: tokenOf(last) }),
    Contents: found.map(({ key, size, modified }) => ({
      Key: key,
      LastModified: modified.toISOString(),
      Size: size,
      StorageClass: 'STANDARD',
    })),
  };
}

function readCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new S3Error(400, 'InvalidArgument', 'max-keys is not a number');
  return Number(text);
}

const tokenOf = (lastKey: string): string => Buffer.from(lastKey).toString('base64url');
const keyOfToken = (token: string): string => Buffer.from(token, 'base64url').toString();

/** The checksums that clients send along; one of another kind is refused rather than believed. */
function refuseDamage({ headers }: IncomingMessage, content: Buffer): void {
  const checks: Readonly<Record<string, () => string>> = {
    'x-amz-checksum-crc32': () => {
      const sum = Buffer.alloc(4);
      sum.writeUInt32BE(crc32(content));
      return sum.toString('base64');
    },
    'x-amz-checksum-sha256': () => hash('sha256', content, 'base64'),
    'content-md5': () => hash('md5', content, 'base64'),
  };
  for (const [name, value] of Object.entries(headers)) {
    if (name !== 'content-md5' && !name.startsWith('x-amz-checksum-')) continue;
    const check = checks[name];
    if (check === undefined) throw new S3Error(501, 'NotImplemented', `${name} is not known here`);
    if (check() !== value) throw new S3Error(400, 'BadDigest', `the content does not have this ${name}`);
  }
}

/** Clients compare it and no more. What lies under a key never changes, so the key says as much as the bytes would. */
const etagOf = (key: string, size: number): string => `"${crc32(key).toString(16)}-${size}"`;

function sendXml(
  response: ServerResponse,
  status: number,
  name: string,
  content: Parameters<typeof xmlDocument>[1],
): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(xmlDocument(name, content));
}
