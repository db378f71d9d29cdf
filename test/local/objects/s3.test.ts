import { hash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  NoSuchKey,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Loopback } from '../../../local/loopback.ts';
import { Buckets } from '../../../local/objects/buckets.ts';
import { startS3 } from '../../../local/objects/server.ts';

const ARCHIVE = 'amanat-dev-log-archive0a1b2c3d';
const OTHER = 'amanat-dev-log-other';
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

describe('S3 on this machine, as the AWS SDK speaks with it', () => {
  let folder: string;
  let server: Loopback;
  let s3: S3Client;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-s3-'));
    server = await startS3(await Buckets.open(folder, [ARCHIVE, OTHER]), CREDENTIALS);
    vi.stubEnv('AWS_ENDPOINT_URL_S3', server.url);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    s3 = new S3Client({ maxAttempts: 1 });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    s3.destroy();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const put = (Key: string, Body: string | Uint8Array, more: Partial<PutObjectCommandInput> = {}) =>
    s3.send(new PutObjectCommand({ Bucket: ARCHIVE, Key, Body, IfNoneMatch: '*', ...more }));
  const get = async (Key: string, Bucket = ARCHIVE) =>
    (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToByteArray();
  const list = async (input: Partial<ListObjectsV2CommandInput> = {}) =>
    s3.send(new ListObjectsV2Command({ Bucket: ARCHIVE, ...input }));
  const keys = async (input: Partial<ListObjectsV2CommandInput> = {}) =>
    ((await list(input)).Contents ?? []).map(({ Key }) => Key);

  it('keeps what is put, byte for byte, in a file that cannot be written', async () => {
    const content = Buffer.from([0, 255, 10, 13, 0x80]);
    const { ETag } = await put('answers/first', content);
    const found = await s3.send(new GetObjectCommand({ Bucket: ARCHIVE, Key: 'answers/first' }));
    expect(await found.Body?.transformToByteArray()).toEqual(new Uint8Array(content));
    expect(found).toMatchObject({ ETag, ContentLength: 5, LastModified: expect.any(Date) });
    const path = join(folder, ARCHIVE, 'answers/first');
    expect(await readFile(path)).toEqual(content);
    expect((await stat(path)).mode & 0o777).toBe(0o400);
    await put('answers/empty', '');
    expect(await get('answers/empty')).toEqual(new Uint8Array());
  });

  it('takes the checksums of the client at their word only when they are right', async () => {
    await put('sums/sha256', 'x', { ChecksumAlgorithm: 'SHA256' });
    await expect(put('sums/crc32', 'x', { ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject({
      name: 'BadDigest',
    });
    await expect(put('sums/md5', 'x', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' })).rejects.toMatchObject({
      name: 'BadDigest',
    });
    await expect(put('sums/sha1', 'x', { ChecksumAlgorithm: 'SHA1' })).rejects.toMatchObject({
      name: 'NotImplemented',
    });
    expect(await keys({ Prefix: 'sums/' })).toEqual(['sums/sha256']);
  });

  it('reads one range of an object', async () => {
    await put('ranges/five', '01234');
    const read = async (Range: string) => {
      const found = await s3.send(new GetObjectCommand({ Bucket: ARCHIVE, Key: 'ranges/five', Range }));
      return [await found.Body?.transformToString(), found.ContentRange];
    };
    expect(await read('bytes=1-2')).toEqual(['12', 'bytes 1-2/5']);
    expect(await read('bytes=3-99')).toEqual(['34', 'bytes 3-4/5']);
    await expect(read('bytes=5-9')).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  describe('a presigned put', () => {
    const content = Buffer.from('the very bytes');
    const sum = (bytes: Uint8Array) => hash('sha256', bytes, 'base64');
    const presign = async (Key: string, expiresIn = 60) => {
      const command = new PutObjectCommand({
        Bucket: ARCHIVE,
        Key,
        ContentLength: content.length,
        ChecksumSHA256: sum(content),
        IfNoneMatch: '*',
      });
      const signed = new Set(['content-length', 'if-none-match', 'x-amz-checksum-sha256']);
      return getSignedUrl(s3, command, { expiresIn, signableHeaders: signed, unhoistableHeaders: signed });
    };
    const send = async (url: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
      const answer = await fetch(url, {
        method: 'PUT',
        body,
        headers: { 'if-none-match': '*', 'x-amz-checksum-sha256': sum(content), ...headers },
      });
      return [answer.status, /<Code>(\w+)/.exec(await answer.text())?.[1]];
    };

    it('stores the bytes that were signed for, once', async () => {
      const url = await presign('presigned/a');
      expect(await send(url, content)).toEqual([200, undefined]);
      expect(await get('presigned/a')).toEqual(new Uint8Array(content));
      expect(await send(url, content)).toEqual([412, 'PreconditionFailed']);
    });

    it('stores nothing else, under no other key, and not later', async () => {
      const url = await presign('presigned/b');
      const other = Buffer.from('THE VERY BYTES');
      expect(await send(url, other)).toEqual([400, 'BadDigest']);
      expect(await send(url, other, { 'x-amz-checksum-sha256': sum(other) })).toEqual([
        403,
        'SignatureDoesNotMatch',
      ]);
      expect(await send(url, Buffer.from('longer than it'))).toEqual([400, 'BadDigest']);
      expect(await send(url, Buffer.from('short'))).toEqual([403, 'SignatureDoesNotMatch']);
      expect(await send(url.replace('presigned/b', 'presigned/c'), content)).toEqual([
        403,
        'SignatureDoesNotMatch',
      ]);
      expect(await send(url.replace('local%2F', 'other%2F'), content)).toEqual([403, 'InvalidAccessKeyId']);
      expect(await send(await presign('presigned/b', 0), content)).toEqual([403, 'AccessDenied']);
      expect(await keys({ Prefix: 'presigned/' })).toEqual(['presigned/a']);
    });
  });

  it('never replaces an object', async () => {
    await put('once', 'first');
    await expect(put('once', 'second')).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    await expect(put('once', 'third', { IfNoneMatch: undefined })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(s3.send(new DeleteObjectCommand({ Bucket: ARCHIVE, Key: 'once' }))).rejects.toMatchObject({
      name: 'MethodNotAllowed',
    });
    expect(Buffer.from((await get('once')) ?? []).toString()).toBe('first');
  });

  it('lets one of many win that put the same key at once', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 16 }, (_, number) => put('raced', `content ${number}`)),
    );
    const won = outcomes.flatMap(({ status }, number) => (status === 'fulfilled' ? [number] : []));
    expect(won).toHaveLength(1);
    expect(Buffer.from((await get('raced')) ?? []).toString()).toBe(`content ${won[0]}`);
    expect(await readdir(join(folder, '.drafts'))).toEqual([]);
  });

  it('says that there is no such key, or bucket', async () => {
    for (const key of ['none', 'none/at/all', 'once/more', 'answers'])
      await expect(get(key)).rejects.toBeInstanceOf(NoSuchKey);
    await expect(get('once', OTHER)).rejects.toBeInstanceOf(NoSuchKey);
    for (const bucket of ['no-such-bucket', '.drafts', '..'])
      await expect(get('once', bucket)).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  it.each([
    '../outside',
    'a/../../outside',
    'a/./b',
    '.hidden',
    'a/.hidden',
    '/absolute',
    'a//b',
    'folder/',
    'a\\b',
    'nul\0',
    'line\nbreak',
    'x'.repeat(256),
    `${'long/'.repeat(220)}x`,
  ])('refuses a key that is no plain path: %j', async (key) => {
    await expect(put(key, 'x')).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(get(key)).rejects.toMatchObject({ name: 'InvalidRequest' });
    expect((await readdir(folder)).sort()).toEqual(['.drafts', ARCHIVE, OTHER].sort());
  });

  it('refuses a key that goes on from an object, or ends at a folder of others', async () => {
    await put('way/object', 'x');
    for (const key of ['way/object/more', 'way/object/even/more', 'way'])
      await expect(put(key, 'x')).rejects.toMatchObject({ name: 'InvalidRequest' });
    expect(await keys({ Prefix: 'way' })).toEqual(['way/object']);
    expect(await readdir(join(folder, '.drafts'))).toEqual([]);
  });

  it('refuses what it does not have rather than pass it over', async () => {
    const refused: Promise<unknown>[] = [
      list({ Delimiter: '/' }),
      s3.send(new GetObjectCommand({ Bucket: ARCHIVE, Key: 'once', Range: 'bytes=-1' })),
      s3.send(new GetObjectCommand({ Bucket: ARCHIVE, Key: 'once', VersionId: '1' })),
      s3.send(
        new PutObjectTaggingCommand({
          Bucket: ARCHIVE,
          Key: 'once',
          Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] },
        }),
      ),
      put('streamed', new Uint8Array(), {
        Body: Readable.from([Buffer.from('x')]),
        ContentLength: 1,
      }),
    ];
    for (const call of refused) await expect(call).rejects.toMatchObject({ name: 'NotImplemented' });
  });

  describe('lists', () => {
    const all = [
      'b-1',
      'b.p/1',
      'b.p/10',
      'b.p/9',
      'b/x',
      'bé',
      'b\u{ff5e}',
      'b\u{1f600}',
      'c&<d>"',
      'z/ü/1',
    ];
    beforeAll(async () => {
      for (const key of all.toReversed()) await put(`listed/${key}`, 'x');
    });
    const listed = async (input: Partial<ListObjectsV2CommandInput> = {}) =>
      (await keys({ Prefix: 'listed/', ...input })).map((key) => key?.slice('listed/'.length));

    it('in the order of the bytes of the keys, folders among files', async () => {
      expect(await listed()).toEqual(all);
    });

    it('what begins with a prefix, which may end anywhere', async () => {
      expect(await listed({ Prefix: 'listed/b.' })).toEqual(['b.p/1', 'b.p/10', 'b.p/9']);
      expect(await listed({ Prefix: 'listed/b.p/1' })).toEqual(['b.p/1', 'b.p/10']);
      expect(await listed({ Prefix: 'listed/b.p/1/' })).toEqual([]);
    });

    it('what comes after a key, which need not be there', async () => {
      for (const [index, key] of all.entries())
        expect(await listed({ StartAfter: `listed/${key}` })).toEqual(all.slice(index + 1));
      expect(await listed({ StartAfter: 'listed/b.p/5' })).toEqual(all.slice(all.indexOf('b.p/9')));
      expect(await listed({ StartAfter: 'listed/b.p' })).toEqual(all.slice(1));
    });

    it('page by page, with sizes', async () => {
      const first = await list({ Prefix: 'listed/', MaxKeys: 3 });
      expect(first).toMatchObject({ KeyCount: 3, IsTruncated: true, MaxKeys: 3, Name: ARCHIVE });
      expect(first.Contents?.[0]).toMatchObject({
        Key: 'listed/b-1',
        Size: 1,
        LastModified: expect.any(Date),
      });
      const pages: number[] = [];
      const seen: (string | undefined)[] = [];
      const pager = paginateListObjectsV2(
        { client: s3, pageSize: 3 },
        { Bucket: ARCHIVE, Prefix: 'listed/' },
      );
      for await (const { Contents = [] } of pager) {
        pages.push(Contents.length);
        seen.push(...Contents.map(({ Key }) => Key?.slice('listed/'.length)));
      }
      expect(seen).toEqual(all);
      expect(pages).toEqual([3, 3, 3, 1]);
      expect(await list({ Prefix: 'listed/', MaxKeys: all.length })).toMatchObject({ IsTruncated: false });
      expect(await list({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false });
    });
  });
});

describe('a folder of buckets', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-buckets-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('forgets at the start what was not finished, and keeps what was', async () => {
    const before = await Buckets.open(folder, ['one']);
    await before.putIfAbsent('one', 'kept', Buffer.from('x'));
    const draft = join(folder, '.drafts', 'half');
    await writeFile(draft, 'ha');
    await chmod(draft, 0o400);
    const after = await Buckets.open(folder, ['one', 'two']);
    expect(await readdir(join(folder, '.drafts'))).toEqual([]);
    expect(String(await after.read('one', 'kept', 0, 9))).toBe('x');
    expect(await after.putIfAbsent('two', 'kept', Buffer.from('y'))).toBe(true);
  });

  it('shows nothing of an object that could not be written', async () => {
    const buckets = await Buckets.open(folder, ['three']);
    await rm(join(folder, '.drafts'), { recursive: true });
    await expect(buckets.putIfAbsent('three', 'a/b', Buffer.from('x'))).rejects.toThrow(/ENOENT/);
    expect(await readdir(join(folder, 'three'))).toEqual([]);
    await mkdir(join(folder, '.drafts'));
  });

  it('lists as sorting all keys by their bytes would, whatever the keys', async () => {
    const Name = fc.string({
      unit: fc.constantFrom('a', 'b', '-', '0', 'é', '\u{ff5e}', '\u{1f600}'),
      minLength: 1,
      maxLength: 3,
    });
    const Key = fc.array(Name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(Key, { maxLength: 12 }), Key, Key, async (wanted, prefix, after) => {
        const bucket = `listed-${run++}`;
        const buckets = await Buckets.open(folder, [bucket]);
        const stored: string[] = [];
        for (const key of wanted)
          await buckets.putIfAbsent(bucket, key, Buffer.from(key)).then(
            () => stored.push(key),
            () => undefined,
          );
        const expected = stored
          .filter(
            (key) =>
              key.startsWith(prefix.slice(0, 1)) && Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0,
          )
          .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const found: string[] = [];
        for await (const { key } of buckets.list(bucket, prefix.slice(0, 1), after)) found.push(key);
        expect(found).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});
