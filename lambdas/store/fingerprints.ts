import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { FingerprintSource } from '../../core/fingerprint/types.ts';
import type { Instant, Sha256, TraceId } from '../../core/model/scalars.ts';
import { environment } from '../environment.ts';

/**
 * Everything that speaks to the bucket of fingerprints. An object's key ends in the SHA-256 of its bytes, and it is put
 * once: `files/` of hand-overs and frames, `samples/` of leaks for as long as a trace may need them, `sketches/` by
 * which samples are compared. Under `parts/` is what traces in the background have come to, by their ids.
 */
const s3 = new S3Client({
  maxAttempts: 3,
  // Files and samples are held against their digests here, with what S3 would say of them not trusted: once is enough.
  responseChecksumValidation: 'WHEN_REQUIRED',
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 25_000, throwOnRequestTimeout: true },
});

export type Shelf = 'files' | 'samples' | 'sketches';

/** A request that whoever holds it may make, once, until it expires. */
export interface Ticket {
  readonly url: string;
  /** To be sent as they are: they are part of what was signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: Instant;
}

const TICKET_SECONDS = 3_600;
const SIGNED = new Set(['content-length', 'if-none-match', 'x-amz-checksum-sha256']);

/** Lets whoever holds the ticket put an object of this digest and length, and no other. */
export async function ticketFor(shelf: Shelf, sha256: Sha256, bytes: number, now: Date): Promise<Ticket> {
  const checksum = Buffer.from(sha256, 'hex').toString('base64');
  const command = new PutObjectCommand({
    ...at(shelf, sha256),
    ContentLength: bytes,
    ChecksumSHA256: checksum,
    IfNoneMatch: '*',
  });
  // As headers, not hoisted into the query: S3 then checks what is really sent.
  const url = await getSignedUrl(s3, command, {
    expiresIn: TICKET_SECONDS,
    signingDate: now,
    signableHeaders: SIGNED,
    unhoistableHeaders: SIGNED,
  });
  return {
    url,
    headers: { 'if-none-match': '*', 'x-amz-checksum-sha256': checksum },
    expiresAt: new Date(now.getTime() + TICKET_SECONDS * 1000).toISOString() as Instant,
  };
}

/** Puts an object, if it is not there. */
export async function keepObject(shelf: Shelf, sha256: Sha256, content: Uint8Array): Promise<void> {
  try {
    const checksum = Buffer.from(sha256, 'hex').toString('base64');
    const body = { Body: content, ChecksumSHA256: checksum, IfNoneMatch: '*' };
    await s3.send(new PutObjectCommand({ ...at(shelf, sha256), ...body }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'PreconditionFailed')) throw error;
  }
}

/** Bytes of an object; undefined where there is none. */
export async function sizeOf(shelf: Shelf, sha256: Sha256): Promise<number | undefined> {
  try {
    return (await s3.send(new HeadObjectCommand(at(shelf, sha256)))).ContentLength;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** A whole object, whose digest is the caller's to compare; undefined where there is none. */
export const readObject = async (shelf: Shelf, sha256: Sha256): Promise<Uint8Array | undefined> =>
  (await readUpTo(shelf, sha256, Number.POSITIVE_INFINITY))?.bytes;

/** {@link readObject}, but of one that is larger than so many bytes the size alone. To ask for it first takes as long. */
export async function readUpTo(
  shelf: Shelf,
  sha256: Sha256,
  mostBytes: number,
): Promise<{ readonly size: number; readonly bytes?: Uint8Array } | undefined> {
  try {
    const { Body, ContentLength: size = 0 } = await s3.send(new GetObjectCommand(at(shelf, sha256)));
    if (!(Body instanceof Readable)) throw new Error('an object came without its bytes');
    if (size <= mostBytes) return { size, bytes: await Body.transformToByteArray() };
    Body.destroy();
    return { size };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** What a trace in the background has come to, by transfer or frame. Kept for a day, and no longer than it is needed. */
const partKey = (traceId: TraceId, id: string) => `parts/${traceId}/${id}`;

/** Keeps what one file said; once it is there, whoever finds the same again changes nothing. */
export async function keepPart(traceId: TraceId, id: string, content: Uint8Array): Promise<void> {
  try {
    await s3.send(new PutObjectCommand({ ...named(partKey(traceId, id)), Body: content, IfNoneMatch: '*' }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'PreconditionFailed')) throw error;
  }
}

export async function readPart(traceId: TraceId, id: string): Promise<Uint8Array | undefined> {
  try {
    // Nobody else has its digest.
    const part = { ...named(partKey(traceId, id)), ChecksumMode: 'ENABLED' as const };
    const { Body } = await s3.send(new GetObjectCommand(part));
    return await Body?.transformToByteArray();
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** The ids of which there are parts, and when the last of them was kept. */
export async function listParts(traceId: TraceId): Promise<{ ids: Set<string>; last: Date | undefined }> {
  const [ids, prefix]: [Set<string>, string] = [new Set(), partKey(traceId, '')];
  let last: Date | undefined;
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({
        Bucket: environment('FINGERPRINT_BUCKET'),
        Prefix: prefix,
        ...(token !== undefined && { ContinuationToken: token }),
      }),
    );
    for (const { Key = '', LastModified } of page.Contents ?? []) {
      ids.add(Key.slice(prefix.length));
      if (LastModified && (!last || LastModified > last)) last = LastModified;
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return { ids, last };
}

/** An object that is read in parts. */
export const partsOf = (shelf: Shelf, sha256: Sha256, size: number): FingerprintSource => ({
  size,
  read: async (offset, length) => {
    const end = Math.min(offset + length, size) - 1;
    if (end < offset) return new Uint8Array();
    const range = { ...at(shelf, sha256), Range: `bytes=${offset}-${end}` };
    const { Body } = await s3.send(new GetObjectCommand(range));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  },
});

const at = (shelf: Shelf, sha256: Sha256) => named(`${shelf}/${sha256}`);
const named = (key: string) => ({ Bucket: environment('FINGERPRINT_BUCKET'), Key: key });

/** Without the right to list a bucket, S3 tells of no key whether it is there. The trace function has that right. */
const isAbsence = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'NoSuchKey' || error.name === 'NotFound');
