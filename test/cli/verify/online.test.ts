import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { signerOf } from '../../core/log/keys.ts';
import { asAuditor, ENTRIES, forkedAt, log, SIZE, serve } from './example-log.ts';
import { newFile, newPath, verify } from './running.ts';
import { entryIdAt, LOG_KEY, logSigner, ORIGIN, WITNESS_KEYS } from './served-log.ts';

describe('a whole log', { timeout: 60_000 }, () => {
  test('is verified from its tiles by anyone, with its key', async () => {
    await serve();
    const { code, line, stdout, stderr } = await verify({ url: log.url, key: LOG_KEY });
    expect({ code, line }).toEqual({
      code: 0,
      line: `OK the tree of the log ${ORIGIN} of size ${SIZE} is whole`,
    });
    expect(stdout).toContain('entries    not read');
    expect(stderr).not.toContain('note');
    const tiles = ['0/000', '0/001', '0/002.p/88', '1/000.p/2'].map((tile) => `/log/tile/${tile}`);
    expect(log.asked.toSorted()).toEqual(['/log/checkpoint', ...tiles]);
  });

  test('is verified down to its entries and their index by an auditor', async () => {
    await serve();
    const { code, stdout } = await asAuditor({ witness: WITNESS_KEYS });
    expect(code).toBe(0);
    expect(stdout).toContain(`entries      ${SIZE} hashed and read, each once\n`);
    expect(stdout).toContain(`index        ${SIZE} places match\n`);
    expect(stdout.match(/cosigned by/g)).toHaveLength(2);
  });

  test.each([0, 1, 255, 256, 257, 512])('of %i entries is verified too', async (size) => {
    await serve(size);
    expect(await asAuditor()).toMatchObject({
      code: 0,
      line: `OK the log ${ORIGIN} of size ${size} is whole`,
    });
  });

  test('tells what is taken on trust where no key is given', async () => {
    await serve(3);
    const { code, stderr } = await verify({ url: log.url });
    expect(code).toBe(0);
    expect(stderr).toContain(`amanat: note: the key is the one that the log itself shows; compare it`);
    expect(stderr).toContain(LOG_KEY);
  });

  test('is read entry by entry where a bundle is too large', async () => {
    await serve(260);
    log.instead.set('/log/tile/entries/000', { problem: 'bundle-too-large' });
    expect(await asAuditor()).toMatchObject({ code: 0 });
    expect(log.asked.filter((path) => path.startsWith('/v1/entries/'))).toHaveLength(256);
    log.instead.set(`/v1/entries/${entryIdAt(17)}`, ENTRIES[18] ?? '');
    expect(await asAuditor()).toMatchObject({
      code: 20,
      line: 'FAILED leaf: the entry at place 17 is not the one whose hash is in the log there',
    });
    log.instead.set(`/v1/entries/${entryIdAt(17)}`, { problem: 'not-found' });
    expect(await asAuditor()).toMatchObject({
      code: 19,
      line: `FAILED bundle: entry ${entryIdAt(17)} is not there`,
    });
  });

  test('is read in parts of which only so many are under way', async () => {
    await serve();
    let [now, most] = [0, 0];
    for (const tile of ['0/000', '0/001', '0/002.p/88']) {
      const path = `/log/tile/${tile}`;
      log.instead.set(path, (_, response) => {
        most = Math.max(most, ++now);
        setTimeout(() => {
          now -= 1;
          response.end(log.tiles.get(path.slice('/log/'.length)));
        }, 30);
      });
    }
    await verify({ url: log.url, key: LOG_KEY, parallel: 2 });
    expect(most).toBe(2);
  });
});

describe('the state', { timeout: 60_000 }, () => {
  test('is kept, and compared with the next time', async () => {
    await serve(163);
    const state = newPath();
    const first = await asAuditor({ state });
    expect(first.stderr).toMatch(/nothing is kept in \S+ yet: this first time the log is trusted/);
    expect(first.stdout).toContain('before     nothing was kept: trusted on first use');
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({
      keys: [LOG_KEY],
      checkpoint: log.checkpoint,
    });

    await log.hold(ENTRIES.slice(0, 210));
    expect(await verify({ url: log.url, state })).toMatchObject({
      code: 0,
      line: `OK the tree of the log ${ORIGIN} of size 210 is whole, and begins with the log of size 163 that was verified before`,
    });
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ checkpoint: log.checkpoint });
  });

  test.each([1, 163, 256, 300, 512, 599])(
    'of size %i is compared with the log at that size',
    async (size) => {
      await serve(size);
      const state = newPath();
      expect(await asAuditor({ state })).toMatchObject({ code: 0 });
      await log.hold(ENTRIES);
      expect(await asAuditor({ state })).toMatchObject({ code: 0 });
      const kept = readFileSync(state, 'utf8');
      await log.hold(forkedAt(0));
      expect(await asAuditor({ state })).toMatchObject({ code: 15 });
      expect(readFileSync(state, 'utf8')).toBe(kept);
    },
  );

  test('that is none, is of another log, or was altered stops the command', async () => {
    await serve(3);
    for (const content of ['', '{}', '{"amanatVerify":1}', 'x'])
      expect(await asAuditor({ state: newFile(content) })).toMatchObject({ code: 2, stdout: '' });
    const state = newPath();
    await asAuditor({ state });
    const kept = readFileSync(state, 'utf8');
    expect(await asAuditor({ state: newFile(kept.replace('\\n3\\n', '\\n2\\n')) })).toMatchObject({
      code: 2,
    });

    const other = signerOf('log.example/other');
    await log.hold(ENTRIES.slice(0, 3), [], other);
    const key = newFile(`# of another log\n${LOG_KEY.replace(ORIGIN, 'x')}\n`);
    expect(await verify({ url: log.url, state, key })).toMatchObject({ code: 2 });
  });

  test('that cannot be written is said, though the log is verified', async () => {
    await serve(3);
    expect(await asAuditor({ state: '/nowhere/at/all' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the log is verified, but cannot be kept in /nowhere/at/all: ENOENT'),
    });
  });
});

describe('a server that does not answer', { timeout: 60_000 }, () => {
  test('is told from one that answers badly', async () => {
    await serve(3);
    log.instead.set('/log/checkpoint', (request) => request.socket.destroy());
    expect(await verify({ url: log.url, key: LOG_KEY })).toMatchObject({
      code: 3,
      line: `FAILED network: no answer from ${log.url}`,
    });
  });

  test('may not take its time for ever', async () => {
    await serve(3);
    log.instead.set('/log/checkpoint', (request, response) => {
      const drip = setInterval(() => response.write('x'), 20);
      request.socket.on('close', () => clearInterval(drip));
    });
    expect(await verify({ url: log.url, key: LOG_KEY, timeout: 0.2 })).toMatchObject({
      code: 3,
      line: `FAILED network: no whole answer in time from ${log.url}`,
    });
  });

  test('is left alone once something else was found', async () => {
    await serve();
    log.instead.set('/log/tile/0/000', { problem: 'not-found' });
    let open = 0;
    log.instead.set('/log/tile/0/001', (request) => {
      open += 1;
      request.socket.on('close', () => {
        open -= 1;
      });
    });
    const begun = performance.now();
    expect(await verify({ url: log.url, key: LOG_KEY })).toMatchObject({ code: 17 });
    expect(performance.now() - begun).toBeLessThan(5_000);
    await expect.poll(() => open).toBe(0);
  });
});

test('what cannot start says so', async () => {
  await serve(3);
  for (const [options, words] of [
    [{}, 'say what to verify'],
    [{ url: 'ftp://x' }, '--url must be an http or https address'],
    [{ url: log.url, key: newPath() }, 'is no verifier key, and no file that can be read: ENOENT'],
    [{ url: log.url, key: newFile('\n# nothing\n') }, 'holds no verifier key'],
    [{ url: log.url, key: newFile('hello') }, '(--key, --witness, --quorum)'],
    [{ url: log.url, key: String(WITNESS_KEYS[0]) }, 'is a key for a cosignature, not for a note'],
    [{ url: log.url, key: LOG_KEY, witness: [LOG_KEY] }, 'is a key for a note, not for a cosignature'],
    [{ url: log.url, key: LOG_KEY, witness: WITNESS_KEYS, quorum: 3 }, '3 of 2 witnesses is no quorum'],
  ] as const) {
    const { code, stdout, stderr } = await verify(options);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
  }
  expect(logSigner.key.name).toBe(ORIGIN);
});
