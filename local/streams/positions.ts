import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** How far a mapping has come in each shard of a stream. */
export interface Position {
  readonly streamArn: string;
  /** Shard → the last record that is dealt with, or `end` for a closed shard that is read to its end. */
  readonly shards: Record<string, string>;
}

/**
 * Keeps a mapping's position in a file. A crash may lose the last writes, never make them up: what is then delivered
 * again is what Lambda too may deliver twice.
 */
export class PositionFile {
  readonly #path: string;
  #position: Position;

  /** @param streamArn a position in any other stream, of a table made anew, counts for nothing */
  constructor(path: string, streamArn: string) {
    this.#path = path;
    const kept = read(path);
    this.#position = kept?.streamArn === streamArn ? kept : { streamArn, shards: {} };
  }

  of(shard: string): string | undefined {
    return this.#position.shards[shard];
  }

  /** Whether anything of the stream has been dealt with yet. */
  get isNew(): boolean {
    return Object.keys(this.#position.shards).length === 0;
  }

  move(shard: string, to: string): void {
    this.#position.shards[shard] = to;
    mkdirSync(dirname(this.#path), { recursive: true });
    const next = `${this.#path}.next`;
    writeFileSync(next, JSON.stringify(this.#position), { mode: 0o600 });
    renameSync(next, this.#path);
  }

  /** Forgets shards that the stream no longer has. */
  keepOnly(shards: readonly string[]): void {
    for (const shard of Object.keys(this.#position.shards))
      if (!shards.includes(shard)) delete this.#position.shards[shard];
  }
}

function read(path: string): Position | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const { streamArn, shards } = value as Partial<Position>;
    return typeof streamArn === 'string' && typeof shards === 'object' ? { streamArn, shards } : undefined;
  } catch {
    return undefined;
  }
}
