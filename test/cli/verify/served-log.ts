import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canonicalBytes } from '../../../core/canonical.ts';
import { encodeBundle } from '../../../core/log/bundles.ts';
import { signCheckpoint } from '../../../core/log/checkpoint.ts';
import { formatVerifierKey } from '../../../core/log/key.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '../../../core/log/merkle.ts';
import { cosignText, formatNote, parseNote, type Signer } from '../../../core/log/note.ts';
import { parsePath, tilePath } from '../../../core/log/paths.ts';
import { proveInclusion } from '../../../core/log/prove.ts';
import { formatReceipt } from '../../../core/log/receipt.ts';
import { tileHashReader } from '../../../core/log/tile-reader.ts';
import { appendTiles, EMPTY_TILE_EDGE, TILE_WIDTH } from '../../../core/log/tiles.ts';
import { type Entry, entryIdOf, transferIdOf } from '../../../core/model/entry.ts';
import type { EntryId, Instant } from '../../../core/model/scalars.ts';
import { Problem, type ProblemSlug } from '../../../core/problem.ts';
import { signerOf } from '../../core/log/keys.ts';
import { transferBody } from '../../support/transfers.ts';

export const ORIGIN = 'log.example/amanat';
export const logSigner = signerOf(ORIGIN);
export const LOG_KEY = formatVerifierKey(logSigner.key);
export const witnesses = ['w1', 'w2'].map((name) => signerOf(`witness.example/${name}`, 'cosignature'));
export const WITNESS_KEYS = witnesses.map(({ key }) => formatVerifierKey(key));
const AUDITOR = 'auditor';
const COSIGNED_AT = 1_790_000_000;

export const entryIdAt = (index: number): EntryId => entryIdOf('agency:numbering-authority', `key-${index}`);

/** The entry at a place of the example log, and its bytes. */
export function exampleEntry(index: number, changes: Partial<Entry> = {}): Entry {
  const entryId = entryIdAt(index);
  return {
    amanat: 1,
    entryId,
    kind: 'transfer-recorded',
    stream: 'transfer',
    subject: transferIdOf(entryId),
    version: 0,
    recordedAt: '2026-11-01T10:00:00.000Z' as Instant,
    principal: { sub: 'agency:numbering-authority', agency: 'numbering-authority' as never, roles: [] },
    flags: [],
    body: transferBody(),
    ...changes,
  };
}
export const exampleEntries = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, index) => canonicalBytes(exampleEntry(index)));

/** An answer in the place of the one that an honest server gives. */
export type Answer = RequestListener | Uint8Array | string | { readonly problem: ProblemSlug };

/**
 * A log that is served on loopback as the API serves one, and does so honestly, but for what a test puts in the place
 * of an answer.
 */
export class ServedLog {
  /** What is served under a path (with its query) in place of the honest answer. */
  readonly instead = new Map<string, Answer>();
  /** All paths that were asked for. */
  readonly asked: string[] = [];
  readonly tiles = new Map<string, Uint8Array>();
  readonly #server: Server;
  entries: readonly Uint8Array[] = [];
  size = 0;
  root: Uint8Array = new Uint8Array();
  checkpoint = '';

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      this.asked.push(path);
      if (
        /^\/(v1\/(?!public\/)|log\/tile\/entries\/)/.test(path) &&
        request.headers.authorization !== `Bearer ${AUDITOR}`
      )
        return refuse(response, 'unauthenticated');
      const answer = this.instead.get(path) ?? this.#honest(path);
      if (typeof answer === 'function') return answer(request, response);
      if (answer instanceof Uint8Array || typeof answer === 'string') return response.end(answer);
      return refuse(response, answer.problem);
    });
  }

  static async of(entries: readonly Uint8Array[], cosigners: readonly Signer[] = []): Promise<ServedLog> {
    const log = new ServedLog();
    await log.hold(entries, cosigners);
    await new Promise<void>((resolve) => log.#server.listen(0, '127.0.0.1', resolve));
    return log;
  }

  /** Serves the log of these entries from now on, whatever it served before. */
  async hold(
    entries: readonly Uint8Array[],
    cosigners: readonly Signer[] = [],
    signer = logSigner,
  ): Promise<void> {
    const { frontier } = appendLeaves(EMPTY_FRONTIER, entries.map(leafHash));
    for (const [path, bytes] of ServedLog.tilesOf(entries)) this.tiles.set(path, bytes);
    this.entries = entries;
    this.size = entries.length;
    this.root = rootOf(frontier);
    const origin = signer.key.name;
    const { text, signatures } = parseNote(
      await signCheckpoint({ origin, size: this.size, root: this.root }, signer),
    );
    const cosignatures = await Promise.all(cosigners.map((each) => cosignText(text, each, COSIGNED_AT)));
    this.checkpoint = formatNote({ text, signatures: [...signatures, ...cosignatures] });
  }

  /** The tiles of the log of these entries, by path. */
  static tilesOf(entries: readonly Uint8Array[]): Map<string, Uint8Array> {
    const { levels } = appendLeaves(EMPTY_FRONTIER, entries.map(leafHash));
    return new Map(appendTiles(EMPTY_TILE_EDGE, levels).tiles.map((tile) => [tilePath(tile), tile.bytes]));
  }

  async receipt(index: number): Promise<string> {
    const read = tileHashReader(this.size, (id) =>
      Promise.resolve(this.tiles.get(tilePath(id)) ?? new Uint8Array()),
    );
    const proof = await proveInclusion(index, this.size, read);
    return formatReceipt({ index, proof, checkpoint: this.checkpoint });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get token(): string {
    return AUDITOR;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #honest(path: string): Answer {
    if (path === '/log/checkpoint') return this.checkpoint;
    if (path === '/log/vkey') return `${LOG_KEY}\n`;
    if (path.startsWith('/log/')) return this.#resource(path.slice('/log/'.length));
    const { pathname, searchParams } = new URL(path, this.url);
    if (pathname === '/v1/entries')
      return this.places(Number(searchParams.get('from')), Number(searchParams.get('limit')));
    const entry = this.entries.find((bytes) => idIn(bytes) === pathname.slice('/v1/entries/'.length));
    return entry ?? { problem: 'not-found' };
  }

  #resource(path: string): Answer {
    const resource = parsePath(path);
    const held =
      resource.kind === 'tile'
        ? this.tiles.get(path)
        : this.bundle(resource.index * TILE_WIDTH, resource.width);
    return held ?? { problem: 'not-found' };
  }

  bundle(first: number, width: number): Uint8Array {
    return encodeBundle(this.entries.slice(first, first + width));
  }

  places(from: number, limit: number): string {
    const items = this.entries
      .slice(from, from + limit)
      .map((bytes, i) => ({ entryId: idIn(bytes), index: from + i }));
    return JSON.stringify({ items, size: this.size });
  }
}

const idIn = (bytes: Uint8Array): string =>
  /"entryId": ?"([0-9a-f]{32})"/.exec(Buffer.from(bytes).toString())?.[1] ?? '';

function refuse(response: ServerResponse, slug: ProblemSlug): void {
  const document = new Problem(slug).toDocument('0c4f7f7e');
  response
    .writeHead(document.status, { 'content-type': 'application/problem+json' })
    .end(JSON.stringify(document));
}
