import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endOrphans } from '../../../local/data/orphans.ts';

/** A process whose command line is that of an engine on the folder. */
function pretender(databaseFolder: string) {
  return spawn(process.execPath, [
    '--eval',
    'setInterval(() => undefined, 1000)',
    '--',
    'DynamoDBLocal.jar',
    '-dbPath',
    databaseFolder,
    '-disableTelemetry',
  ]);
}

describe('an engine that a killed run left behind', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-orphans-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is ended, and none of another folder', async () => {
    const [ours, theirs] = [pretender(folder), pretender(`${folder}-other`)];
    try {
      await Promise.all([once(ours, 'spawn'), once(theirs, 'spawn')]);
      const ended = once(ours, 'exit');
      expect(await endOrphans(folder)).toBe(1);
      expect((await ended)[1]).toBe('SIGKILL');
      expect(theirs.exitCode ?? theirs.signalCode).toBeNull();
    } finally {
      theirs.kill('SIGKILL');
    }
  });

  it('is usually not there', async () => {
    expect(await endOrphans(folder)).toBe(0);
  });
});
