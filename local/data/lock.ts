import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../fault.ts';

export interface Lock {
  release(): void;
}

/** Whether some process has the folder. */
export function isLocked(folder: string): boolean {
  if (!existsSync(join(folder, 'lock'))) return false;
  try {
    lockFolder(folder).release();
    return false;
  } catch (error) {
    if (error instanceof Fault) return true;
    throw error;
  }
}

/**
 * Takes a data folder for this process alone. The lock is SQLite's on a file of its own, which is the kernel's: it goes
 * with the process, `kill -9` included, so there is none to be stale and none to race for.
 * @throws {Fault} when another process has the folder
 */
export function lockFolder(folder: string): Lock {
  const database = new DatabaseSync(join(folder, 'lock'), { timeout: 500 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch {
    database.close();
    throw new Fault(
      `${folder} is in use: another \`npm start\` runs on it. Stop that one, or choose another folder with --data DIR`,
    );
  }
  return { release: () => database.close() };
}
