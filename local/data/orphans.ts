import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Fault } from '../fault.ts';

const GONE_AFTER_MS = 10_000;

/**
 * Ends what is left of an engine on a database folder whose owner is gone; a second engine on it would corrupt it.
 * An engine ends with its owner by itself, so this finds one only when its keeper was killed too, or is not done yet.
 * Call it with the folder's lock held: whoever started the engine is then surely gone.
 * @returns how many there were
 * @throws {Fault} when one does not go
 */
export async function endOrphans(databaseFolder: string): Promise<number> {
  const orphans = await enginesOn(databaseFolder);
  // Safe at any moment: the engine loses no acknowledged write to it.
  for (const pid of orphans) signal(pid, 'SIGKILL');
  const deadline = Date.now() + GONE_AFTER_MS;
  while ((await enginesOn(databaseFolder)).length > 0) {
    if (Date.now() > deadline)
      throw new Fault(`a DynamoDB Local on ${databaseFolder} does not end: process ${orphans.join(', ')}`);
    await sleep(50);
  }
  return orphans.length;
}

/** The processes whose command line is that of an engine on the folder, its keeper among them. */
async function enginesOn(databaseFolder: string): Promise<number[]> {
  return (await processes())
    .filter(
      ({ pid, command }) =>
        pid !== process.pid &&
        command.includes('DynamoDBLocal.jar') &&
        command.includes(`-dbPath ${databaseFolder} `),
    )
    .map(({ pid }) => pid);
}

async function processes(): Promise<{ pid: number; command: string }[]> {
  if (process.platform === 'linux') return linuxProcesses();
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,command='], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || command === undefined ? [] : [{ pid: Number(pid), command: `${command} ` }];
  });
}

/** Not by `ps`, which small images lack. */
async function linuxProcesses(): Promise<{ pid: number; command: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid: Number(pid), command: line.replaceAll('\0', ' ') };
    }),
  );
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
