import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

/** The program in `../go`, built; or what keeps it from being built here. */
export type Program = { readonly path: string } | { readonly missing: string };

declare module 'vitest' {
  interface ProvidedContext {
    program: Program;
  }
}

const SOURCE = resolve(import.meta.dirname, '../go');
/** Whatever Go there is: none is fetched for this. */
const ENVIRONMENT = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly', GOWORK: 'off' };

const go = (...args: string[]) =>
  promisify(execFile)('go', args, { cwd: SOURCE, env: ENVIRONMENT, timeout: 240_000 });

/** Builds the Go program once for all tests. Only what this machine lacks is a reason to go without. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const missing = await obstacle();
  if (missing !== undefined) {
    process.stderr.write(`conformance is skipped: ${missing}\n`);
    project.provide('program', { missing });
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'amanat-conformance-'));
  const path = join(folder, 'conformance');
  await go('vet', './...');
  await go('build', '-buildvcs=false', '-o', path, '.');
  project.provide('program', { path });
  return () => rm(folder, { recursive: true, force: true });
}

async function obstacle(): Promise<string | undefined> {
  try {
    await go('version');
  } catch {
    return 'Go is not installed';
  }
  try {
    await go('mod', 'download');
    return undefined;
  } catch {
    return 'the Go modules of test/conformance/go cannot be had, or this Go is too old for them';
  }
}
