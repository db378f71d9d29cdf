/**
 * What it takes to verify a whole log: `npm run bench:verify`, or with the sizes to be measured behind it. A generated
 * log is served on loopback by one process, without compression, and verified by another as `amanat verify` does it:
 * by its tiles alone, and with every entry and its place in the index. Server and verifier share the machine.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { runVerify } from '../cli/verify/run.ts';
import { ENTRY_BYTES, LOG_KEY, serveGenerated } from './support/generated-log.ts';
import { note, print, tenths, title, whole } from './support/table.ts';

const SIZES = [10_000, 100_000, 1_000_000];

/** What a process of its own is told to do, and what it answers. */
type Task = { readonly serve: number } | { readonly verify: string; readonly token?: string };
interface Served {
  readonly url: string;
}
interface Verified {
  readonly code: number;
  readonly seconds: number;
  /** Of the processor, which on a busy machine says more. */
  readonly cpuSeconds: number;
  /** The most memory that it had at any time. */
  readonly megabytes: number;
}

async function main(sizes: readonly number[]): Promise<void> {
  title('Verifying a whole log');
  note(`entries of ${ENTRY_BYTES} bytes, served on loopback by another process; 8 parts at once`);
  const rows: string[][] = [];
  for (const size of sizes.length > 0 ? sizes : SIZES) {
    const server = start();
    const { url } = await ask<Served>(server, { serve: size });
    for (const [what, task] of [
      ['tiles', { verify: url }],
      ['tiles, entries and index', { verify: url, token: 'auditor' }],
    ] as const) {
      const { code, seconds, cpuSeconds, megabytes } = await ask<Verified>(start(), task);
      if (code !== 0) throw new Error(`the log of ${size} does not verify: exit code ${code}`);
      rows.push([
        what,
        whole(size),
        tenths(seconds),
        whole(size / seconds),
        tenths(cpuSeconds),
        whole(megabytes),
      ]);
    }
    server.kill();
  }
  print(['verified', 'entries', 'seconds', 'entries/s', 'CPU seconds', 'MB at most'], rows);
}

const start = (): ChildProcess =>
  fork(import.meta.filename, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });

async function ask<Answer>(child: ChildProcess, task: Task): Promise<Answer> {
  child.send(task);
  const [answer] = (await once(child, 'message')) as [Answer];
  return answer;
}

async function perform(task: Task): Promise<void> {
  if ('serve' in task) {
    tell({ url: await serveGenerated(task.serve) });
    return;
  }
  const started = performance.now();
  const code = await runVerify({
    url: task.verify,
    key: LOG_KEY,
    parallel: 8,
    timeout: 30,
    ...(task.token && { token: task.token }),
  });
  const seconds = (performance.now() - started) / 1_000;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  tell({ code, seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1_024 });
  process.disconnect();
}

const tell = (answer: Served | Verified): void => void process.send?.(answer);

if (process.send) process.once('message', (task: Task) => void perform(task));
else await main(process.argv.slice(2).map(Number));
