#!/usr/bin/env node
// The command line is TypeScript, which Node runs by itself from version 24 on. On an older one this launcher runs it
// with the Node that comes as a dependency, so that it must do with what every Node since 20 understands.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST = 24;
const main = new URL('./main.ts', import.meta.url);

if (Number.parseInt(process.versions.node, 10) >= OLDEST) await import(main.href);
else {
  const child = spawn(bundledNode(), [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both, and the child ends with its report: wait for it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
  });
}

function bundledNode() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node');
  } catch {
    return fail(
      `needs Node ${OLDEST} or later, or "npm ci" in ${fileURLToPath(new URL('..', import.meta.url))}`,
    );
  }
}

function fail(reason) {
  process.stderr.write(`amanat: ${reason}\n`);
  process.exit(2);
}
