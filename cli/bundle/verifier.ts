// What is in each bundle as verify.mjs: Node runs it as it is, without a network and without anything installed.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UsageError } from '../failure.ts';
import { findingIn } from '../verify/finding.ts';
import { checkBundle } from './check.ts';

const USAGE = `node verify.mjs <case.zip or its unpacked folder> --key <log.vkey> [--witness <w.vkey> …] [--quorum <n>]

Exit codes: 0 verified, 2 it could not start, anything else: what the last line says.
This verifier may have come with what it verifies. Where that matters, take the one of the release of Amanat.`;

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      witness: { type: 'string', multiple: true },
      quorum: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [path, ...more] = positionals;
  if (values.help || path === undefined || more.length > 0) throw new UsageError(USAGE);
  const { key, witness, quorum } = values;
  if (quorum !== undefined && !/^\d{1,3}$/.test(quorum))
    throw new UsageError('--quorum takes a whole number');
  const trust = {
    ...(key !== undefined && { key }),
    ...(witness !== undefined && { witness }),
    ...(quorum !== undefined && { quorum: Number(quorum) }),
  };
  process.stdout.write(checkBundle(path, trust, readFileSync(fileURLToPath(import.meta.url))));
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  const finding = findingIn(error);
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  if (finding) process.stdout.write(`${finding.line}\n`);
  else if (isUsage) process.stderr.write(`${error.message}\n`);
  else throw error;
  process.exitCode = finding?.exitCode ?? 2;
}
