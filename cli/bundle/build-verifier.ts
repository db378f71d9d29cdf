import { resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../..');

/**
 * The verifier as one file, which needs nothing but Node 20 or later. The same release gives the same bytes on any
 * machine: esbuild and all that goes in are pinned, and what is named in it is named from the project's folder on. It is
 * not minified, for people to read.
 */
export async function buildVerifier(): Promise<Uint8Array> {
  // Loaded when it is needed: no other command has to wait for it.
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: PROJECT,
    entryPoints: ['cli/bundle/verifier.ts'],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    charset: 'utf8',
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  if (!file) throw new Error('the verifier was not built');
  return file.contents;
}
