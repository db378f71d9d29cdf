import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Alarm, alarmsOf } from './alarms.ts';
import { type ApiSpec, apiOf } from './api.ts';
import { bucketsOf } from './buckets.ts';
import { type Schedule, type StreamMapping, schedulesOf, streamMappingsOf } from './events.ts';
import { assetsOf, type FunctionSpec, functionsOf } from './functions.ts';
import { type KmsKey, keysOf } from './keys.ts';
import { physicalOf } from './physical.ts';
import { App, type JsonObject, type Template } from './resolve.ts';
import { busesOf, type Rule, rulesOf } from './rules.ts';
import { type TableInput, tablesOf } from './tables.ts';

/** What of a synthesized app runs locally. */
export interface Deployment {
  readonly tables: readonly TableInput[];
  readonly keys: readonly KmsKey[];
  /** The names of buckets. */
  readonly buckets: readonly string[];
  readonly functions: readonly FunctionSpec[];
  readonly api: ApiSpec;
  readonly streamMappings: readonly StreamMapping[];
  readonly schedules: readonly Schedule[];
  readonly alarms: readonly Alarm[];
  /** The names of event buses. */
  readonly buses: readonly string[];
  readonly rules: readonly Rule[];
}

/** Reads a cloud assembly: all its templates, and where its bundles are. */
export async function readDeployment(folder: string): Promise<Deployment> {
  const names = await readdir(folder);
  const templates: Record<string, Template> = {};
  const assets = new Map<string, string>();
  for (const name of names.sort()) {
    if (name.endsWith('.template.json'))
      templates[name.replace(/\.template\.json$/, '')] = await readJson<Template>(join(folder, name));
    if (name.endsWith('.assets.json'))
      for (const [hash, path] of assetsOf(await readJson<JsonObject>(join(folder, name)), folder))
        assets.set(hash, path);
  }
  return deploymentOf(templates, assets);
}

/** @param assets the folders of bundles by the hash that a template names them by */
export function deploymentOf(
  templates: Readonly<Record<string, Template>>,
  assets: ReadonlyMap<string, string>,
): Deployment {
  const app = new App(templates, physicalOf);
  return {
    tables: tablesOf(app),
    keys: keysOf(app),
    buckets: bucketsOf(app),
    functions: functionsOf(app, assets),
    api: apiOf(app),
    streamMappings: streamMappingsOf(app),
    schedules: schedulesOf(app),
    alarms: alarmsOf(app),
    buses: busesOf(app),
    rules: rulesOf(app),
  };
}

/** What several apps have together: all but their APIs, which are served one by one. */
export const together = (deployments: readonly Deployment[]): Omit<Deployment, 'api'> => ({
  tables: deployments.flatMap(({ tables }) => tables),
  keys: deployments.flatMap(({ keys }) => keys),
  buckets: deployments.flatMap(({ buckets }) => buckets),
  functions: deployments.flatMap(({ functions }) => functions),
  streamMappings: deployments.flatMap(({ streamMappings }) => streamMappings),
  schedules: deployments.flatMap(({ schedules }) => schedules),
  alarms: deployments.flatMap(({ alarms }) => alarms),
  buses: deployments.flatMap(({ buses }) => buses),
  rules: deployments.flatMap(({ rules }) => rules),
});

const readJson = async <T>(path: string): Promise<T> => JSON.parse(await readFile(path, 'utf8')) as T;
