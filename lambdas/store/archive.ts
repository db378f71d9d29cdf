import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { environment } from '../environment.ts';

/**
 * Everything that speaks to the archive: a bucket under Object Lock, where what is put stays as it is for years,
 * whoever asks. Three verbs, and none of them changes or deletes.
 */
const s3 = new S3Client({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
});

/** Puts an object under a key that is free. False when it is taken, be it by this very call's lost attempt. */
export async function putIfAbsent(key: string, body: Uint8Array | string): Promise<boolean> {
  try {
    await s3.send(
      new PutObjectCommand({ Bucket: bucket(), Key: key, Body: Buffer.from(body), IfNoneMatch: '*' }),
    );
    return true;
  } catch (error) {
    // 409 is another put of the same key under way: what comes of it, a look at the key tells.
    if (error instanceof Error && error.name === 'PreconditionFailed') return false;
    throw error;
  }
}

/** The object of a key; `undefined` when there is none. */
export async function getObject(key: string): Promise<Uint8Array | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket(), Key: key }));
    return await Body?.transformToByteArray();
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
}

/** Keys that begin with `prefix`, in order, those after `after`; at most `limit` of them. */
export async function listKeys(
  prefix: string,
  options: { readonly after?: string; readonly limit?: number } = {},
): Promise<string[]> {
  const { after, limit = Number.POSITIVE_INFINITY } = options;
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const answer = await s3.send(
      new ListObjectsV2Command({
        Bucket: bucket(),
        Prefix: prefix,
        MaxKeys: Math.min(1_000, limit - keys.length),
        ...(token === undefined ? {} : { ContinuationToken: token }),
        ...(after === undefined || token !== undefined ? {} : { StartAfter: after }),
      }),
    );
    keys.push(...(answer.Contents ?? []).flatMap(({ Key }) => Key ?? []));
    token = answer.NextContinuationToken;
  } while (token !== undefined && keys.length < limit);
  return keys;
}

const bucket = () => environment('ARCHIVE_BUCKET');
