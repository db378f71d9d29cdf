import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { environment } from '../environment.ts';
import { backOff } from './client.ts';
import { LedgerCorrupt } from './corrupt.ts';

/**
 * Everything that speaks to the archive: a bucket under Object Lock, where what is put stays as it is for years,
 * whoever asks. Three verbs, and none of them changes or deletes.
 */
export const s3 = new S3Client({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
});

/** Puts an object under a key that is free. False when it is taken, be it by this very call's lost attempt. */
export async function putIfAbsent(key: string, body: Uint8Array | string): Promise<boolean> {
  const put = { Bucket: bucket(), Key: key, Body: Buffer.from(body), IfNoneMatch: '*' };
  for (let attempt = 1; ; attempt++) {
    try {
      await s3.send(new PutObjectCommand(put));
      return true;
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (name === 'PreconditionFailed') return false;
      // Another put of the same key is under way: what comes of it, the next attempt is told.
      if (name !== 'ConditionalRequestConflict' || attempt === 4) throw error;
      await backOff(attempt);
    }
  }
}

/**
 * Puts an object that is the same whoever puts it. False when it was there already.
 * @throws LedgerCorrupt when something else is there
 */
export async function keepObject(key: string, body: Uint8Array | string): Promise<boolean> {
  if (await putIfAbsent(key, body)) return true;
  const kept = await getObject(key);
  if (!kept || !Buffer.from(body).equals(kept)) throw new LedgerCorrupt(key, 'holds something else');
  return false;
}

/** An object with the moment at which it was put. */
export interface KeptObject {
  readonly body: Uint8Array;
  readonly keptAt: Date;
}

/** The object of a key; `undefined` when there is none. */
export async function findObject(key: string): Promise<KeptObject | undefined> {
  try {
    const { Body, LastModified } = await s3.send(new GetObjectCommand({ Bucket: bucket(), Key: key }));
    const body = await Body?.transformToByteArray();
    return body && { body, keptAt: LastModified ?? new Date() };
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
}

export const getObject = async (key: string): Promise<Uint8Array | undefined> =>
  (await findObject(key))?.body;

export interface ListOptions {
  /** Only keys behind this one. */
  readonly after?: string;
  /** Only keys up to this one. */
  readonly upTo?: string;
  readonly limit?: number;
}

/** Keys that begin with `prefix`, in order. */
export const listKeys = async (prefix: string, options: ListOptions = {}): Promise<string[]> =>
  (await listObjects(prefix, options)).map(({ key }) => key);

export interface ListedObject {
  readonly key: string;
  readonly keptAt: Date;
}

/** {@link listKeys}, each with the moment at which the object was put. */
export async function listObjects(prefix: string, options: ListOptions = {}): Promise<ListedObject[]> {
  const { after, upTo, limit = Number.POSITIVE_INFINITY } = options;
  const objects: ListedObject[] = [];
  let token: string | undefined;
  do {
    const answer = await s3.send(
      new ListObjectsV2Command({
        Bucket: bucket(),
        Prefix: prefix,
        MaxKeys: Math.min(1_000, limit - objects.length),
        ...(token === undefined ? {} : { ContinuationToken: token }),
        ...(after === undefined || token !== undefined ? {} : { StartAfter: after }),
      }),
    );
    for (const { Key, LastModified } of answer.Contents ?? []) {
      if (Key === undefined) continue;
      if (upTo !== undefined && Key > upTo) return objects;
      objects.push({ key: Key, keptAt: LastModified ?? new Date() });
    }
    token = answer.NextContinuationToken;
  } while (token !== undefined && objects.length < limit);
  return objects;
}

const bucket = () => environment('ARCHIVE_BUCKET');
