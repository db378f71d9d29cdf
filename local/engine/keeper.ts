/**
 * Runs one command for as long as whoever started this lives, and stops it then: `node keeper.ts COMMAND ARGS…`.
 * The parent's end shows as the end of our standard input, which the kernel closes even on `kill -9`.
 */
import { spawn } from 'node:child_process';

const KILL_AFTER_MS = 3000;

const [command, ...args] = process.argv.slice(2);
if (command === undefined) throw new TypeError('keeper.ts needs a command');

const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.once('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 0)));

let stopping = false;
function stop(): void {
  if (stopping) return;
  stopping = true;
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
}

process.stdin.once('end', stop).once('error', stop).resume();
// Ctrl-C reaches every process of the terminal at once; only the parent decides when it is our turn.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', stop);
