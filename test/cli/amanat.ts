import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { amanat as runAmanat } from '../../cli/amanat.ts';
import { captured } from './verify/running.ts';

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export type Environment = Readonly<Record<string, string>>;

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command line in a process of its own, which finds nothing in its environment but `env`. */
export const start = (args: readonly string[], env: Environment = {}): ChildProcess =>
  spawn(process.execPath, [main, ...args], { env: { PATH: process.env['PATH'], ...env } });

/** {@link start}, to its end. */
export async function spawned(args: readonly string[], env?: Environment): Promise<Ran> {
  const child = start(args, env);
  const read = (stream: ChildProcess['stdout']) => (stream ? text(stream) : '');
  const [stdout, stderr, [code]] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

/** Runs the command line in this process, where it takes a fraction of the time. */
export async function amanat(args: readonly string[], env: Environment = {}): Promise<Ran> {
  for (const name of Object.keys(process.env)) if (name.startsWith('AMANAT_')) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    return await captured(() => runAmanat(args));
  } finally {
    vi.unstubAllEnvs();
  }
}
