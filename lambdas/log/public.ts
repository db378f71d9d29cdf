import { gzipSync } from 'node:zlib';
import type { ROUTES } from '../../core/api/routes.ts';
import { LogError } from '../../core/log/error.ts';
import { formatVerifierKey } from '../../core/log/key.ts';
import { type LogResource, parsePath } from '../../core/log/paths.ts';
import { TILE_WIDTH } from '../../core/log/tiles.ts';
import { Problem } from '../../core/problem.ts';
import { header, type Request } from '../http/request.ts';
import { Answer } from '../http/serve.ts';
import { readCheckpoint } from '../store/checkpoints.ts';
import { findTile } from '../store/tiles.ts';
import { readBundle } from './bundle.ts';
import { logKey } from './key.ts';
import { publishedCheckpoint, shown } from './published.ts';

type Asked<O extends keyof typeof ROUTES> = Request<(typeof ROUTES)[O]>;

const TEXT = 'text/plain; charset=utf-8';
const BYTES = 'application/octet-stream';
/** What has an address here never changes. */
const FOR_EVER = 'max-age=31536000, immutable';
/** Lambda answers with at most 6 MB, and bytes take four thirds of their length in it. */
const MOST_BYTES = 4_400_000;

export async function getCheckpoint(): Promise<Answer> {
  const checkpoint = await publishedCheckpoint();
  if (!checkpoint) throw new Problem('not-found', 'no checkpoint has been published yet');
  return new Answer(200, checkpoint.text, { 'content-type': TEXT, 'cache-control': 'public, max-age=1' });
}

/** Of a size at or below the one that is shown; what is held back is shown to nobody under its size either. */
export async function getCheckpointOfSize({ params }: Asked<'getCheckpointOfSize'>): Promise<Answer> {
  const { size } = params;
  await published(size);
  const stored = await readCheckpoint(size);
  if (!stored) throw new Problem('not-found', 'the log was not signed at this size');
  const { text } = await shown(stored);
  return new Answer(200, text, { 'content-type': TEXT, 'cache-control': 'public, max-age=1' });
}

export async function getVerifierKey(): Promise<Answer> {
  const body = `${formatVerifierKey(await logKey())}\n`;
  return new Answer(200, body, { 'content-type': TEXT, 'cache-control': 'public, max-age=300' });
}

export async function getTile({ params }: Asked<'getTile'>): Promise<Answer> {
  const tile = await publishedPath(`tile/${params.tile}`);
  const bytes = tile.kind === 'tile' ? await findTile(tile) : undefined;
  // A partial tile of a higher level exists for the sizes at which the log was signed.
  if (!bytes) throw new Problem('not-found');
  return new Answer(200, bytes, { 'content-type': BYTES, 'cache-control': `public, ${FOR_EVER}` });
}

export async function getEntryBundle({ params, event }: Asked<'getEntryBundle'>): Promise<Answer> {
  const { index, width } = await publishedPath(`tile/entries/${params.bundle}`);
  const { bytes: bundle } = await readBundle(index, width);
  const zipped = /\bgzip\b/.test(header(event, 'accept-encoding') ?? '') ? gzipSync(bundle) : undefined;
  const body = zipped ?? bundle;
  if (body.length > MOST_BYTES) throw new Problem('bundle-too-large');
  return new Answer(200, body, {
    'content-type': BYTES,
    'cache-control': `private, ${FOR_EVER}`,
    vary: 'accept-encoding',
    ...(zipped && { 'content-encoding': 'gzip' }),
  });
}

/** The size that was published when last looked. It only ever grows, so what it covers stays covered. */
let covered = 0;

/** @throws Problem `not-found` unless a published checkpoint covers so many entries */
async function published(size: number): Promise<void> {
  if (size > covered) covered = Math.max(covered, (await publishedCheckpoint())?.size ?? 0);
  if (size > covered) throw new Problem('not-found');
}

/** What a path of the log names, if a published checkpoint covers it. @throws Problem `not-found` */
async function publishedPath(path: string): Promise<LogResource> {
  const resource = parsed(path);
  const level = resource.kind === 'tile' ? resource.level : 0;
  await published((resource.index * TILE_WIDTH + resource.width) * TILE_WIDTH ** level);
  return resource;
}

function parsed(path: string): LogResource {
  try {
    return parsePath(path);
  } catch (error) {
    if (error instanceof LogError) throw new Problem('not-found');
    throw error;
  }
}
