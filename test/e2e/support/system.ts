import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readRunning } from '../../../local/data/running.ts';
import type { Identity } from '../../../local/issuer/identity.ts';
import { loadKeys } from '../../../local/issuer/keys.ts';
import { requestToken } from '../../../local/issuer/token.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
const READY_WITHIN_MS = 150_000;

export interface StartOptions {
  /** The data folder; one of its own, removed by `stop`, when left out. */
  readonly data?: string;
  /** 0, any that is free, when left out. */
  readonly port?: number;
  /** Record the worked scenario before it is ready. Not when left out. */
  readonly scenario?: boolean;
  readonly fresh?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningSystem {
  /** Of the API: `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly data: string;
  readonly pid: number;
  /** What it has printed so far. */
  readonly output: () => string;
  /** A bearer token, as `npm run token` gets one; the same identity gets the same token again. */
  token(as: Identity): Promise<string>;
  /** Asks the API as somebody. `as: undefined` sends no token. */
  call(as: Identity | undefined, path: string, init?: RequestInit): Promise<Response>;
  /** Ends it in order (SIGTERM) and removes the data folder if it was made here. */
  stop(): Promise<void>;
  /** Ends it as a crash of the machine would (SIGKILL); the data folder stays. */
  kill(): Promise<void>;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts the whole system as `npm start` does, in a process of its own.
 * @throws {Error} with what it printed when it does not get ready
 */
export async function startSystem(options: StartOptions = {}): Promise<RunningSystem> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'amanat-e2e-')));
  const child = spawnStart({ ...options, data });
  const output = collect(child);
  const url = await ready(child, output);
  const tokens = new Map<string, Promise<string>>();
  const token = (as: Identity): Promise<string> => {
    const key = JSON.stringify(as);
    const known = tokens.get(key) ?? fetchToken(data, as);
    tokens.set(key, known);
    return known;
  };
  return {
    url,
    data,
    pid: child.pid ?? 0,
    output: () => output.stdout + output.stderr,
    token,
    call: async (as, path, init = {}) => {
      const headers = new Headers(init.headers);
      if (as !== undefined) headers.set('authorization', `Bearer ${await token(as)}`);
      return fetch(url + path, { ...init, headers });
    },
    stop: async () => {
      await end(child, 'SIGTERM');
      if (options.data === undefined) await rm(data, { recursive: true, force: true });
    },
    kill: () => end(child, 'SIGKILL'),
  };
}

/** Runs a start that is expected to end by itself. */
export async function startToItsEnd(options: StartOptions & { readonly data: string }): Promise<Ended> {
  const child = spawnStart(options);
  const output = collect(child);
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, ...output };
}

/** Runs one of the project's scripts, such as `local/token.ts`. */
export async function runScript(script: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(PROJECT, script), ...args], { cwd: PROJECT });
  const output = collect(child);
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, ...output };
}

function spawnStart({
  data,
  port = 0,
  scenario = false,
  fresh = false,
  env = {},
}: StartOptions & { data: string }) {
  const args = ['--data', data, '--port', String(port)];
  if (!scenario) args.push('--no-scenario');
  if (fresh) args.push('--fresh');
  return spawn(process.execPath, [join(PROJECT, 'local/start.ts'), ...args], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (chunk: Buffer) => {
      output[name] += chunk.toString();
    });
  return output;
}

async function ready(child: ChildProcess, output: { stdout: string; stderr: string }): Promise<string> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const url = /^ready (http:\/\/127\.0\.0\.1:\d+)$/m.exec(output.stdout)?.[1];
    if (url !== undefined) return url;
    await new Promise((done) => setTimeout(done, 50));
  }
  await end(child, 'SIGKILL');
  throw new Error(`the system did not get ready:\n${output.stdout}${output.stderr}`);
}

async function fetchToken(data: string, as: Identity): Promise<string> {
  const [running, keys] = await Promise.all([readRunning(data), loadKeys(data)]);
  if (running === undefined || keys === undefined) throw new Error(`no system has run on ${data}`);
  return requestToken(running.issuer, running.audience, keys, as);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('close', done));
  child.kill(signal);
  await ended;
}
