import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { openCheckpoint } from '../../core/log/checkpoint.ts';
import { LogError } from '../../core/log/error.ts';
import { policyOf } from '../../core/log/policy.ts';
import { errorCode, UsageError } from '../failure.ts';
import type { KeptHead } from './log.ts';

const State = z.strictObject({
  amanatVerify: z.literal(1),
  /** Verifier keys of the log. */
  keys: z.array(z.string()).min(1),
  /** The signed note, verbatim: with another of the log's it can convince others, too. */
  checkpoint: z.string(),
  verifiedAt: z.iso.datetime(),
});
type State = z.infer<typeof State>;

/** What an earlier verification kept. */
export interface Kept extends KeptHead {
  readonly origin: string;
  readonly keys: readonly string[];
}

/** Reads the state file; `undefined` when there is none yet. @throws UsageError when it is none, or was altered */
export function readState(path: string): Kept | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const { keys, checkpoint, verifiedAt } = State.parse(JSON.parse(text));
    const { origin, size, root } = openCheckpoint(checkpoint, policyOf(keys));
    return { origin, size, root, keys, verifiedAt };
  } catch (error) {
    if (!(error instanceof z.ZodError || error instanceof SyntaxError || error instanceof LogError))
      throw error;
    throw new UsageError(`${path} is not what a verification kept: name another file, or put it right`);
  }
}

/**
 * Keeps what was verified, in place of what was kept before. Killed at any point, the file holds the one or the
 * other.
 * @throws UsageError when it cannot be written
 */
export function writeState(path: string, kept: Omit<State, 'amanatVerify'>): void {
  const state: State = { amanatVerify: 1, ...kept };
  const beside = `${path}.${process.pid}.new`;
  try {
    const file = openSync(beside, 'wx', 0o644);
    try {
      writeFileSync(file, `${JSON.stringify(state, null, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(beside, { force: true });
    throw new UsageError(`the log is verified, but cannot be kept in ${path}: ${errorCode(error)}`);
  }
}

/** Without this, a crash of the machine could bring the file's old name back. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new UsageError(`cannot read ${path}: ${errorCode(error)}`);
  }
}
