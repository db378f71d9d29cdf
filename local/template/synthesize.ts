import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Fault } from '../fault.ts';

/** The CDK apps that run here: each is the file of its name under `bin/`. */
export const APPS = ['amanat', 'witness'] as const;

const PROJECT = resolve(import.meta.dirname, '../..');
/** What the synthesized apps follow from, their bundles included. */
const SOURCES = [
  'bin',
  'lib',
  'lambdas',
  'core',
  'cdk.json',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
  // How they are laid out.
  'local/template/run-apps.ts',
];
/** Kept besides the one in use, for going back and forth between branches. */
const KEPT = 5;

export interface Assemblies {
  /** The folder of an app's cloud assembly: templates, asset manifests and bundles. */
  readonly folders: Readonly<Record<(typeof APPS)[number], string>>;
  /** Whether they were there already. */
  readonly cached: boolean;
}

/**
 * Synthesizes the CDK apps with their bundles, unless the same sources have been synthesized before.
 * @param cacheFolder holds the assemblies for each state of the sources
 * @throws {Fault} with an app's own words when it fails
 */
export async function synthesize(cacheFolder: string): Promise<Assemblies> {
  await mkdir(cacheFolder, { recursive: true });
  const sources = await sourcesHash();
  const folder = join(cacheFolder, `assembly-${sources}`);
  const folders = { amanat: join(folder, 'amanat'), witness: join(folder, 'witness') };
  if (await exists(folder)) return { folders, cached: true };
  // Under another name until complete: an interrupted run must not be taken for the real thing.
  const draft = await mkdtemp(join(cacheFolder, 'draft-'));
  try {
    await runApps(draft);
    // Somebody was editing meanwhile: what was made is of neither state.
    if ((await sourcesHash()) !== sources) return await synthesize(cacheFolder);
    await rename(draft, folder).catch(async (error: unknown) => {
      // Another start was faster.
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await removeOld(cacheFolder, folder);
  return { folders, cached: false };
}

async function runApps(outputFolder: string): Promise<void> {
  const { context } = JSON.parse(await readFile(join(PROJECT, 'cdk.json'), 'utf8')) as { context?: object };
  const child = spawn(process.execPath, [join(PROJECT, 'local/template/run-apps.ts'), outputFolder], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      // Bundling runs `npx` and `esbuild` of this project, on this very Node.
      PATH: [join(PROJECT, 'node_modules/.bin'), process.env['PATH']].join(
        process.platform === 'win32' ? ';' : ':',
      ),
      CDK_CONTEXT_JSON: JSON.stringify(context ?? {}),
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  if (code !== 0) throw new Fault(`the CDK apps do not synthesize:\n${output.trimEnd()}`);
}

/** Changes with any source's path or content. */
async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const path of (await Promise.all(SOURCES.map((source) => filesOf(join(PROJECT, source))))).flat()) {
    const content = await readFile(path);
    hash.update(`${relative(PROJECT, path)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 32);
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).sort();
  return (await Promise.all(names.map((name) => filesOf(join(path, name))))).flat();
}

async function removeOld(cacheFolder: string, current: string): Promise<void> {
  const names = (await readdir(cacheFolder)).filter((name) => name.startsWith('assembly-'));
  const byAge = await Promise.all(
    names.map(async (name) => {
      const folder = join(cacheFolder, name);
      return { folder, at: (await stat(folder).catch(() => undefined))?.mtimeMs ?? 0 };
    }),
  );
  const old = byAge
    .filter(({ folder }) => folder !== current)
    .sort((a, b) => b.at - a.at)
    .slice(KEPT);
  await Promise.all(old.map(({ folder }) => rm(folder, { recursive: true, force: true })));
}

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;
