import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** What a program took. */
export interface Taken {
  readonly seconds: number;
  /** Of all its threads; NaN where the system does not tell. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly stdout: string;
}

/** Linux counts CPU time in hundredths of a second. */
const TICKS = 100;

/** Runs a program to its end, and watches what it takes. @throws Error when it fails */
export async function run(command: string, args: readonly string[]): Promise<Taken> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr, peakBytes, cpuSeconds] = ['', '', Number.NaN, Number.NaN];
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const watch = setInterval(() => {
    peakBytes = peakOf(child.pid) ?? peakBytes;
    cpuSeconds = cpuOf(child.pid) ?? cpuSeconds;
  }, 20);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command} ${args[0]} answered ${code}: ${stderr}`);
  return { seconds: (performance.now() - started) / 1000, cpuSeconds, peakBytes, stdout };
}

/** The most memory that it ever had, in the kernel's words; undefined once it is gone. */
function peakOf(pid = 0): number | undefined {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(told(`/proc/${pid}/status`)) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

function cpuOf(pid = 0): number | undefined {
  // The fields after the name, which may hold anything, in brackets: user and system time are the 12th and 13th.
  const fields = told(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks > 0 ? ticks / TICKS : undefined;
}

function told(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
