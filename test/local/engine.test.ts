import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, isEngine } from '../../local/engine/dynamodb-local.ts';
import { findJava, majorVersion } from '../../local/engine/java.ts';
import { serveLoopback } from '../../local/loopback.ts';

describe('Java', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-java-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const install = async (path: string, says: string) => {
    await writeFile(path, `#!/bin/sh\necho '${says}' >&2\n`);
    await chmod(path, 0o755);
  };

  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "21" 2023-09-19', 21],
    ['openjdk version "25-ea" 2025-09-16', 25],
    ['java version "1.8.0_392"', 8],
    ['something else', undefined],
  ])('%s is version %s', (output, version) => {
    expect(majorVersion(output)).toBe(version);
  });

  it('that is missing is one line that says how to get it', async () => {
    const error = await findJava({ PATH: folder }).catch((fault: Error) => fault);
    expect(error).toMatchObject({
      name: 'Fault',
      message: expect.stringMatching(/Java 17.*there is none.*apt install/),
    });
    expect((error as Error).message).not.toContain('\n');
  });

  it('that is too old is one line that says how to get another', async () => {
    await install(join(folder, 'java'), 'java version "11.0.2"');
    await expect(findJava({ PATH: `${folder}:/usr/bin:/bin` })).rejects.toThrow(/is Java 11\. Install/);
  });

  it('of JAVA_HOME comes before that of the PATH', async () => {
    await mkdir(join(folder, 'bin'));
    await install(join(folder, 'bin', 'java'), 'openjdk version "21.0.1"');
    expect(await findJava({ PATH: '/usr/bin:/bin', JAVA_HOME: folder })).toBe(join(folder, 'bin', 'java'));
    await expect(findJava({ PATH: '/usr/bin', JAVA_HOME: join(folder, 'no') })).rejects.toThrow(/JAVA_HOME/);
  });
});

describe('the port of an engine', () => {
  it('is none that a system gives to whoever asks for any', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, freePort));
    expect(Math.max(...ports)).toBeLessThan(32_768);
    // Several that start at once do not all try the same.
    expect(new Set(ports).size).toBeGreaterThan(40);
  });

  it('is not taken for the engine’s when somebody else answers there, or nobody', async () => {
    const other = await serveLoopback(async (_request, response) => {
      response.writeHead(404).end('Not Found');
    });
    expect(await isEngine(other.url)).toBe(false);
    await other.stop();
    expect(await isEngine(other.url)).toBe(false);
  });
});

describe('the keeper', () => {
  const KEEPER = fileURLToPath(new URL('../../local/engine/keeper.ts', import.meta.url));
  const isAlive = (pid: number) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };

  it('ends its command when whoever started it is killed', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const keeper = spawn(process.execPath, [${JSON.stringify(KEEPER)}, process.execPath, '--eval',
        'process.stdout.write(String(process.pid)); setInterval(() => undefined, 1000)'],
        { stdio: ['pipe', 'inherit', 'inherit'], detached: true });
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ['--eval', script]);
    const [told] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(told.toString());
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });

  it('ends as its command does', async () => {
    const keeper = spawn(process.execPath, [KEEPER, process.execPath, '--eval', 'process.exit(7)'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    expect((await once(keeper, 'exit'))[0]).toBe(7);
  });
});
