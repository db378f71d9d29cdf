import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Alarms } from './alarms.ts';
import { CACHE_FOLDER, readApps } from './apps.ts';
import { Cleanups } from './cleanups.ts';
import { type Lock, lockFolder } from './data/lock.ts';
import { endOrphans } from './data/orphans.ts';
import { type Running, readRunning, writeRunning } from './data/running.ts';
import { type EndpointsOptions, startEndpoints } from './endpoints.ts';
import { databaseFolder, startEngine } from './engine/dynamodb-local.ts';
import { findJava } from './engine/java.ts';
import { NOTICES_FILE, type OnEvent } from './events/bus.ts';
import { Fault } from './fault.ts';
import type { Surroundings } from './functions/environment.ts';
import { Functions } from './functions/functions.ts';
import { localized } from './functions/localized.ts';
import { type GatewayPort, refuseTakenPort, takePort } from './gateway/server.ts';
import type { Identity } from './issuer/identity.ts';
import { Clock } from './schedules/clock.ts';
import { Pumps } from './streams/pumps.ts';
import { ensureTables } from './tables.ts';
import { REGION } from './template/resolve.ts';

export interface SystemOptions {
  /** Of the API; 0 for any that is free. */
  readonly port: number;
  /** Holds all state, and the keys. */
  readonly dataFolder: string;
  /** Keep the tables in memory: faster by far, and gone at the end. For benchmarks and drills. */
  readonly inMemory?: boolean;
  /** Puts something between the functions and a service. */
  readonly between?: EndpointsOptions['between'];
  readonly onInvoke?: Surroundings['onInvoke'];
  readonly onInvoked?: Surroundings['onInvoked'];
  /** Throw away what the data folder holds. */
  readonly fresh: boolean;
  /** Told of each step when it is done. */
  readonly onStep: (step: string) => void;
  /** Told, in a line for a person, of what goes wrong while it runs. */
  readonly report: (line: string) => void;
  /** Told of what is put on the event bus. */
  readonly onEvent?: OnEvent;
}

export interface System {
  /** Of the API: `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly issuer: string;
  /** Of the witness's API. */
  readonly witness: string;
  /** Of the local DynamoDB. */
  readonly engine: string;
  readonly logFolder: string;
  /** What a function finds in its environment, by the name of its file. */
  environment(this: void, label: string): Readonly<Record<string, string>>;
  /** Settled when the engine has ended by itself: nothing works any more. */
  readonly broken: Promise<void>;
  /** Has what is owed looked at now, as it is each day. @throws {Fault} when that fails */
  remind(this: void): Promise<void>;
  token(identity: Identity): Promise<string>;
  /** Ends everything in order; what was accepted stays. */
  stop(): Promise<void>;
}

/** All of state that a data folder has; nothing else in it is touched. */
const STATE = [
  'engine',
  'objects',
  'positions',
  'failures',
  'logs',
  'keys.json',
  'kms.json',
  'running.json',
  NOTICES_FILE,
];
const HEALTHY_WITHIN_MS = 30_000;

/**
 * Brings the whole system up on one machine, as its CDK apps describe it.
 * @throws {Fault} when something stands in the way that a person can mend
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const cleanups = new Cleanups();
  const stop = () => cleanups.run();
  try {
    return { ...(await bringUp(options, cleanups)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp(options: SystemOptions, cleanups: Cleanups): Promise<Omit<System, 'stop'>> {
  const { dataFolder, report, onStep, onEvent = () => undefined } = options;
  await Promise.all([findJava(), refuseTakenPort(options.port)]);
  cleanups.add(await takeFolder(options));
  // Java takes its time to start, and so does synthesizing: both at once.
  const [engine, apps] = await settled([
    startEngine({ folder: join(dataFolder, 'engine'), onDisk: !options.inMemory }).then((started) => {
      cleanups.add(() => started.stop());
      onStep('DynamoDB Local');
      return started;
    }),
    readApps(options, cleanups),
  ]);
  const { all, issuer } = apps;

  const streams = await ensureTables(engine.endpoint, REGION, all.tables);
  onStep(`${all.tables.length} tables`);

  const endpoints = await startEndpoints(
    {
      dataFolder,
      deployment: all,
      engine: engine.endpoint,
      find: (name) => functions.find(name),
      report,
      onEvent,
      ...(options.between && { between: options.between }),
    },
    cleanups,
  );
  // Taken before any function starts, since the log's are told where the witness is.
  const witness = await takePortAgain(await readRunning(dataFolder));
  cleanups.add(() => witness.stop());

  const logFolder = join(dataFolder, 'logs');
  const functions = new Functions(
    localized(all.functions, { issuer: issuer.url, witness: witness.url, keys: endpoints.keys }),
    {
      logFolder,
      cacheFolder: join(CACHE_FOLDER, 'compiled'),
      variables: endpoints.variables,
      onMetrics: new Alarms(all.alarms, report).hear,
      ...(options.onInvoke && { onInvoke: options.onInvoke }),
      ...(options.onInvoked && { onInvoked: options.onInvoked }),
    },
    report,
  );
  cleanups.add(() => functions.stop());

  const pumps = new Pumps({
    mappings: all.streamMappings,
    streams,
    functions: functions.get,
    endpoint: engine.endpoint,
    folder: dataFolder,
    report,
  });
  cleanups.add(() => pumps.stop());
  const clock = new Clock(all.schedules, functions.get, report);
  cleanups.add(() => clock.stop());

  witness.serve(apps.witness.api, functions.get);
  const gateway = await takePort(options.port);
  gateway.serve(apps.ledger.api, functions.get, pumps.wake);
  cleanups.add(() => gateway.stop());
  await healthy(gateway.url);
  // Not before: all at once they would keep the one that says so from starting.
  functions.warm();
  onStep(`${all.functions.length} functions${apps.assembly.cached ? '' : ', newly bundled'}`);

  await writeRunning(dataFolder, {
    url: gateway.url,
    issuer: issuer.url,
    witness: witness.url,
    audience: apps.audience,
    lambda: endpoints.lambda,
    pid: process.pid,
  });
  return {
    url: gateway.url,
    issuer: issuer.url,
    witness: witness.url,
    engine: engine.endpoint,
    logFolder,
    environment: (label) => ({
      ...functions.get(label).spec.environment,
      ...endpoints.variables,
      AWS_REGION: REGION,
    }),
    broken: engine.ended,
    remind: async () => {
      const { kind } = await functions.get('remind').invoke('{}');
      if (kind !== 'answer') throw new Fault(`what is owed was not looked at (${kind})`);
    },
    token: apps.token,
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

/** The witness's port of before, so that what was told of it stays true; another when it is taken. */
function takePortAgain(before: Running | undefined): Promise<GatewayPort> {
  const port = before === undefined ? 0 : Number(new URL(before.witness).port);
  return takePort(port).catch(() => takePort(0));
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
async function settled<T extends readonly unknown[]>(
  work: {
    [K in keyof T]: Promise<T[K]>;
  },
): Promise<T> {
  const results = await Promise.allSettled(work);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return results.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as unknown as T;
}
