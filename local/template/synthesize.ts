import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Fault } from '../fault.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
/** What the synthesized app follows from, its bundles included. */
const SOURCES = [
  'bin',
  'lib',
  'lambdas',
  'core',
  'cdk.json',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
];
/** Kept besides the one in use, for going back and forth between branches. */
const KEPT = 5;

export interface Assembly {
  /** The folder of the cloud assembly: templates, asset manifests and bundles. */
  readonly folder: string;
  /** Whether it was there already. */
  readonly cached: boolean;
}

/**
 * Synthesizes the CDK app with its bundles, unless the same sources have been synthesized before.
 * @param cacheFolder holds one assembly for each state of the sources
 * @throws {Fault} with the app's own words when it fails
 */
export async function synthesize(cacheFolder: string): Promise<Assembly> {
  await mkdir(cacheFolder, { recursive: true });
  const sources = await sourcesHash();
  const folder = join(cacheFolder, `assembly-${sources}`);
  if (await exists(join(folder, 'manifest.json'))) return { folder, cached: true };
  // Under another name until complete: an interrupted run must not be taken for the real thing.
  const draft = await mkdtemp(join(cacheFolder, 'draft-'));
  try {
    await runApp(draft);
    // Somebody was editing meanwhile: what was made is of neither state.
    if ((await sourcesHash()) !== sources) return await synthesize(cacheFolder);
    await rename(draft, folder).catch(async (error: unknown) => {
      // Another start was faster.
      if (!(await exists(join(folder, 'manifest.json')))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await removeOld(cacheFolder, folder);
  return { folder, cached: false };
}

async function runApp(outputFolder: string): Promise<void> {
  const { context } = JSON.parse(await readFile(join(PROJECT, 'cdk.json'), 'utf8')) as { context?: object };
  const child = spawn(process.execPath, [join(PROJECT, 'bin/amanat.ts')], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      // Bundling runs `npx` and `esbuild` of this project, on this very Node.
      PATH: [join(PROJECT, 'node_modules/.bin'), process.env['PATH']].join(
        process.platform === 'win32' ? ';' : ':',
      ),
      CDK_OUTDIR: outputFolder,
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
  if (code !== 0) throw new Fault(`the CDK app does not synthesize:\n${output.trimEnd()}`);
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
