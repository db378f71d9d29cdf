import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { type Lock, lockFolder } from './data/lock.ts';
import { endOrphans } from './data/orphans.ts';
import { readRunning, writeRunning } from './data/running.ts';
import { databaseFolder, startEngine } from './engine/dynamodb-local.ts';
import { findJava } from './engine/java.ts';
import { Fault } from './fault.ts';
import { FunctionPool } from './functions/pool.ts';
import { refuseTakenPort, startGateway } from './gateway/server.ts';
import type { Identity } from './issuer/identity.ts';
import { type Issuer, startIssuer } from './issuer/issuer.ts';
import { loadOrMakeKeys } from './issuer/keys.ts';
import { requestToken } from './issuer/token.ts';
import { startLambdaApi } from './lambda-api.ts';
import { Clock } from './schedules/clock.ts';
import { Pump } from './streams/pump.ts';
import { ensureTables, LOCAL_CREDENTIALS } from './tables.ts';
import { type Deployment, readDeployment } from './template/deployment.ts';
import type { FunctionSpec } from './template/functions.ts';
import { REGION } from './template/resolve.ts';
import { type Assembly, synthesize } from './template/synthesize.ts';

export interface SystemOptions {
  /** Of the API; 0 for any that is free. */
  readonly port: number;
  /** Holds all state, and the keys. */
  readonly dataFolder: string;
  /** Keep the tables in memory: faster by far, and gone at the end. For benchmarks. */
  readonly inMemory?: boolean;
  /** Throw away what the data folder holds. */
  readonly fresh: boolean;
  /** Told of each step when it is done. */
  readonly onStep: (step: string) => void;
  /** Told, in a line for a person, of what goes wrong while it runs. */
  readonly report: (line: string) => void;
}

export interface System {
  /** Of the API: `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly issuer: string;
  /** Of the local DynamoDB. */
  readonly engine: string;
  readonly logFolder: string;
  /** Settled when the engine has ended by itself: nothing works any more. */
  readonly broken: Promise<void>;
  token(identity: Identity): Promise<string>;
  /** Ends everything in order; what was accepted stays. */
  stop(): Promise<void>;
}

/** Compiled code and synthesized assemblies: follows from the sources, so it is no state of any data folder. */
const CACHE_FOLDER = resolve(import.meta.dirname, '../node_modules/.cache/amanat');
/** All of state that a data folder has; nothing else in it is touched. */
const STATE = ['engine', 'positions', 'failures', 'logs', 'keys.json', 'running.json'];
const HEALTHY_WITHIN_MS = 30_000;

/** Runs cleanups in the opposite order of what they clean up. */
type Cleanups = (() => void | Promise<void>)[];

/**
 * Brings the whole system up on one machine, as its CDK app describes it.
 * @throws {Fault} when something stands in the way that a person can mend
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const cleanups: Cleanups = [];
  const stop = async () => {
    // The lock, taken first, goes last, whatever fails before.
    const failures: unknown[] = [];
    for (const cleanup of cleanups.splice(0).reverse())
      try {
        await cleanup();
      } catch (error) {
        failures.push(error);
      }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything stopped in order');
  };
  try {
    return { ...(await bringUp(options, cleanups)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp(options: SystemOptions, cleanups: Cleanups): Promise<Omit<System, 'stop'>> {
  const { dataFolder, report, onStep } = options;
  await Promise.all([findJava(), refuseTakenPort(options.port)]);
  cleanups.push(await takeFolder(options));
  // Java takes its time to start, and so does synthesizing: both at once.
  const [engine, { assembly, deployment, issuer, token }] = await settled([
    startEngine({ folder: join(dataFolder, 'engine'), onDisk: !options.inMemory }).then((started) => {
      cleanups.push(() => started.stop());
      onStep('DynamoDB Local');
      return started;
    }),
    readApp(options, cleanups),
  ]);

  const streams = await ensureTables(engine.endpoint, REGION, deployment.tables);
  onStep(`${deployment.tables.length} tables`);

  const logFolder = join(dataFolder, 'logs');
  const functions = startFunctions(deployment.functions, issuer.url, engine.endpoint, logFolder, report);
  cleanups.push(() => functions.stop());

  const pumps = startPumps(deployment, streams, functions.get, engine.endpoint, options);
  cleanups.push(() => pumps.stop());
  const clock = new Clock(deployment.schedules, functions.get, report);
  cleanups.push(() => clock.stop());

  const lambdaApi = await startLambdaApi((name) => functions.labelled.get(name));
  cleanups.push(() => lambdaApi.stop());

  const gateway = await startGateway(deployment.api, functions.get, options.port, pumps.wake);
  cleanups.push(() => gateway.stop());
  await healthy(gateway.url);
  // Not before: all at once they would keep the one that says so from starting.
  functions.warm();
  onStep(`${deployment.functions.length} functions${assembly.cached ? '' : ', newly bundled'}`);

  await writeRunning(dataFolder, {
    url: gateway.url,
    issuer: issuer.url,
    audience: audienceOf(deployment).audience,
    lambda: lambdaApi.url,
    pid: process.pid,
  });
  return {
    url: gateway.url,
    issuer: issuer.url,
    engine: engine.endpoint,
    logFolder,
    broken: engine.ended,
    token,
  };
}

/** Locks the data folder and clears what a killed run left behind. */
async function takeFolder({ dataFolder, fresh, report }: SystemOptions): Promise<() => void> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const lock: Lock = lockFolder(dataFolder);
  try {
    const orphans = await endOrphans(databaseFolder(join(dataFolder, 'engine')));
    if (orphans > 0) report('ended the DynamoDB Local that a killed run had left behind');
    if (fresh)
      await Promise.all(STATE.map((name) => rm(join(dataFolder, name), { recursive: true, force: true })));
    return () => lock.release();
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface RunningApp {
  readonly assembly: Assembly;
  readonly deployment: Deployment;
  readonly issuer: Issuer;
  readonly token: System['token'];
}

/** What of the system needs no tables: the CDK app, and an issuer of the tokens that its authorizer takes. */
async function readApp({ dataFolder, onStep }: SystemOptions, cleanups: Cleanups): Promise<RunningApp> {
  const assembly = await synthesize(CACHE_FOLDER);
  onStep(assembly.cached ? 'CDK app (unchanged)' : 'CDK app synthesized');
  const deployment = await readDeployment(assembly.folder);
  const [keys, before] = await Promise.all([loadOrMakeKeys(dataFolder), readRunning(dataFolder)]);
  const claims = audienceOf(deployment);
  const port = before && Number(new URL(before.issuer).port);
  const issuer = await startIssuer({ keys, ...claims, port });
  cleanups.push(() => issuer.stop());
  onStep('OpenID Connect issuer');
  const token: System['token'] = (as) => requestToken(issuer.url, claims.audience, keys, as);
  return { assembly, deployment, issuer, token };
}

/** Whose tokens the deployed authorizer takes: its audience and claim stay, its issuer is replaced by the local one. */
function audienceOf({ functions }: Deployment): { audience: string; rolesClaim: string } {
  const environment = functions.find(({ environment }) => environment['ISSUER'] !== undefined)?.environment;
  const audience = environment?.['AUDIENCE'];
  if (audience === undefined) throw new TypeError('no function of the app has an ISSUER and an AUDIENCE');
  return { audience, rolesClaim: environment?.['ROLES_CLAIM'] ?? 'roles' };
}

interface Functions {
  /** By ARN or name. */
  get(this: void, arnOrName: string): FunctionPool;
  /** By the name of its file. */
  readonly labelled: ReadonlyMap<string, FunctionPool>;
  /** Starts a process of each that has none yet. */
  warm(): void;
  stop(): void;
}

function startFunctions(
  specs: readonly FunctionSpec[],
  issuer: string,
  endpoint: string,
  logFolder: string,
  report: (line: string) => void,
): Functions {
  const surroundings = {
    logFolder,
    cacheFolder: join(CACHE_FOLDER, 'compiled'),
    variables: {
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  };
  const pools = new Map<string, FunctionPool>();
  for (const spec of specs) {
    const { ISSUER, JWKS_URI: _theirs, ...others } = spec.environment;
    const environment = ISSUER === undefined ? spec.environment : { ...others, ISSUER: issuer };
    const pool = new FunctionPool({ ...spec, environment }, surroundings, report);
    pools.set(spec.arn, pool).set(spec.name, pool);
  }
  return {
    labelled: new Map([...pools.values()].map((pool) => [pool.spec.label, pool])),
    get: (arnOrName) => {
      const pool = pools.get(arnOrName);
      if (pool === undefined) throw new TypeError(`the app has no function ${arnOrName}`);
      return pool;
    },
    warm: () => {
      for (const pool of pools.values()) pool.warm();
    },
    stop: () => {
      for (const pool of pools.values()) pool.stop();
    },
  };
}

function startPumps(
  { streamMappings }: Deployment,
  streams: ReadonlyMap<string, string>,
  functions: Functions['get'],
  endpoint: string,
  { dataFolder, report }: SystemOptions,
): { wake(this: void): void; stop(): Promise<void> } {
  const client = new DynamoDBStreamsClient({ endpoint, region: REGION, credentials: LOCAL_CREDENTIALS });
  const wake = () => {
    for (const pump of pumps) pump.wake();
  };
  const pumps: Pump[] = streamMappings.map((mapping) => {
    const streamArn = streams.get(mapping.tableName);
    if (streamArn === undefined) throw new TypeError(`the table ${mapping.tableName} has no stream`);
    const pool = functions(mapping.functionArn);
    return new Pump({ mapping, streamArn, client, pool, folder: dataFolder, report, onDelivered: wake });
  });
  return {
    wake,
    stop: async () => {
      // A batch that takes longer is delivered again at the next start.
      await Promise.race([Promise.all(pumps.map((pump) => pump.stop())), sleep(5000)]);
      client.destroy();
    },
  };
}

/** @throws {Fault} when the system does not say in time that it is well */
async function healthy(url: string): Promise<void> {
  const deadline = Date.now() + HEALTHY_WITHIN_MS;
  let last = 'no answer';
  while (Date.now() < deadline) {
    const response = await fetch(`${url}/healthz`).catch(() => undefined);
    if (response?.status === 200) return;
    if (response !== undefined) last = `${response.status} ${await response.text()}`;
    await sleep(100);
  }
  throw new Fault(`the system does not get well: GET /healthz says ${last}`);
}

/** Like `Promise.all`, but fails only when all have ended, so that what did start is known and can be stopped. */
async function settled<T extends readonly unknown[]>(work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const results = await Promise.allSettled(work);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return results.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as unknown as T;
}
