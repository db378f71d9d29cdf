import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { canonicalBytes } from '../../../core/canonical.ts';
import { encodeBundle } from '../../../core/log/bundles.ts';
import { formatNote, parseNote } from '../../../core/log/note.ts';
import { signerOf } from '../../core/log/keys.ts';
import { newFile, newPath, verify } from './running.ts';
import {
  entryIdAt,
  exampleEntries,
  exampleEntry,
  LOG_KEY,
  logSigner,
  ORIGIN,
  ServedLog,
  WITNESS_KEYS,
  witnesses,
} from './served-log.ts';

/** More than two tiles of level 0, so that there is a partial one at each of two levels. */
const SIZE = 600;
const ENTRIES = exampleEntries(SIZE);

let log: ServedLog;
afterEach(() => log?.close());

const serve = async (count = SIZE, cosigners = witnesses) => {
  log = await ServedLog.of(ENTRIES.slice(0, count), cosigners);
  return log;
};
const asAuditor = (more = {}) => verify({ url: log.url, token: log.token, key: LOG_KEY, ...more });

/** A log of the same entries but one, which stands at another place or is another. */
const forkedAt = (place: number, count = SIZE) =>
  ENTRIES.slice(0, count).map((bytes, i) =>
    i === place
      ? canonicalBytes(exampleEntry(place, { recordedAt: '2026-11-02T10:00:00.000Z' as never }))
      : bytes,
  );

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

/** A fault that a test makes, and what must come of it. */
interface Case {
  readonly what: string;
  readonly make: () => Promise<unknown> | unknown;
  readonly options?: object;
  readonly code: number;
  readonly line: string;
}

const flipped = (bytes: Uint8Array, at: number) => {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};
const tile = (path: string) => log.tiles.get(path) as Uint8Array;

const CASES: readonly Case[] = [
  {
    what: 'an altered tile of leaves',
    make: () => log.instead.set('/log/tile/0/000', flipped(tile('tile/0/000'), 40)),
    options: { token: undefined },
    code: 17,
    line: 'FAILED tile: tile/1/000.p/2 is not what follows from the tiles below it',
  },
  {
    what: 'an altered partial tile of leaves',
    make: () => log.instead.set('/log/tile/0/002.p/88', flipped(tile('tile/0/002.p/88'), 40)),
    options: { token: undefined },
    code: 18,
    line: `FAILED root: the leaves of the log of size ${SIZE} do not lead to the root that was signed`,
  },
  {
    what: 'an altered tile above',
    make: () => log.instead.set('/log/tile/1/000.p/2', flipped(tile('tile/1/000.p/2'), 0)),
    code: 17,
    line: 'FAILED tile: tile/1/000.p/2 is not what follows from the tiles below it',
  },
  {
    what: 'a tile that is too short',
    make: () => log.instead.set('/log/tile/0/001', tile('tile/0/001').subarray(32)),
    code: 17,
    line: 'FAILED tile: the tile 0/1 has 8160 bytes, not 8192',
  },
  {
    what: 'a tile that is not there',
    make: () => log.instead.set('/log/tile/0/001', { problem: 'not-found' }),
    code: 17,
    line: 'FAILED tile: tile/0/001 is not there',
  },
  {
    what: 'a tile at which the server fails',
    make: () => log.instead.set('/log/tile/0/001', { problem: 'internal-error' }),
    code: 6,
    line: 'FAILED broken: the API fails at tile/0/001: what the ledger holds there may be damaged',
  },
  {
    what: 'an altered leaf: an entry that was changed',
    make: () => log.instead.set('/log/tile/entries/001', encodeBundle(forkedAt(300).slice(256, 512))),
    code: 20,
    line: 'FAILED leaf: the entry at place 300 is not the one whose hash is in the log there',
  },
  {
    what: 'swapped entries',
    make: () => {
      const swapped = [...ENTRIES];
      [swapped[3], swapped[4]] = [swapped[4] as Uint8Array, swapped[3] as Uint8Array];
      log.instead.set('/log/tile/entries/000', encodeBundle(swapped.slice(0, 256)));
    },
    code: 20,
    line: 'FAILED leaf: the entry at place 3 is not the one whose hash is in the log there',
  },
  {
    what: 'a truncated bundle',
    make: () => log.instead.set('/log/tile/entries/000', log.bundle(0, 256).subarray(0, -10)),
    code: 19,
    line: 'FAILED bundle: ends within entry 255',
  },
  {
    what: 'a bundle that lacks an entry',
    make: () => log.instead.set('/log/tile/entries/000', log.bundle(0, 255)),
    code: 19,
    line: 'FAILED bundle: does not hold exactly 256 entries',
  },
  {
    what: 'a bundle with an extra entry',
    make: () =>
      log.instead.set(
        '/log/tile/entries/002.p/88',
        encodeBundle([...ENTRIES.slice(512), ENTRIES[0] as Uint8Array]),
      ),
    code: 19,
    line: 'FAILED bundle: does not hold exactly 88 entries',
  },
  {
    what: 'an entry in the log twice',
    make: () => log.hold([...ENTRIES.slice(0, 500), ENTRIES[7] as Uint8Array]),
    code: 22,
    line: `FAILED duplicate: the entry ${entryIdAt(7)} stands at place 7, and again at 500`,
  },
  {
    what: 'something in the log that is no entry',
    make: () => log.hold([...ENTRIES.slice(0, 5), Buffer.from(`{"entryId":"${entryIdAt(5)}"}`)]),
    code: 21,
    line: 'FAILED entry: what stands at place 5 is no entry in canonical JSON',
  },
  {
    what: 'an entry in another spelling',
    make: () => log.hold([Buffer.from(JSON.stringify(exampleEntry(0), null, 1).replace(/\n */g, ''))]),
    code: 21,
    line: 'FAILED entry: what stands at place 0 is no entry in canonical JSON',
  },
  {
    what: 'an index that has an entry elsewhere',
    make: () =>
      log.instead.set(
        '/v1/entries?from=256&limit=256',
        log.places(256, 256).replace('"index":300', '"index":301'),
      ),
    code: 23,
    line: `FAILED index: it has the entry ${entryIdAt(300)} of place 300 at 301`,
  },
  {
    what: 'an index that lacks an entry',
    make: () =>
      log.instead.set(
        '/v1/entries?from=256&limit=256',
        log.places(256, 256).replace('"index":300', '"index":null'),
      ),
    code: 23,
    line: `FAILED index: it lacks the entry ${entryIdAt(300)} of place 300`,
  },
  {
    what: 'an index that has another entry in a place',
    make: () =>
      log.instead.set(
        '/v1/entries?from=256&limit=256',
        log.places(256, 256).replace(entryIdAt(300), entryIdAt(999)),
      ),
    code: 23,
    line: `FAILED index: it has another entry at place 300 than ${entryIdAt(300)}`,
  },
  {
    what: 'an index that ends too early',
    make: () => log.instead.set('/v1/entries?from=512&limit=88', log.places(512, 87)),
    code: 23,
    line: 'FAILED index: it tells of 87 entries from place 512 on, where the log has 88',
  },
  {
    what: 'a checkpoint with another root',
    make: async () => {
      const { tiles, entries } = log;
      await log.hold(forkedAt(599));
      for (const [path, bytes] of tiles) log.instead.set(`/log/${path}`, bytes);
      log.instead.set('/log/tile/0/002.p/88', encodeTile(entries));
    },
    options: { token: undefined },
    code: 18,
    line: `FAILED root: the leaves of the log of size ${SIZE} do not lead to the root that was signed`,
  },
  {
    what: 'a log that has another key',
    make: () => log.hold(ENTRIES, [], signerOf(ORIGIN, 'note', 'another seed')),
    code: 11,
    line: `FAILED key: not signed by the log ${ORIGIN}`,
  },
  {
    what: 'the checkpoint of another log',
    make: () => log.hold(ENTRIES, [], signerOf('log.example/other')),
    code: 11,
    line: 'FAILED key: no key is known for the log log.example/other',
  },
  {
    what: 'a signature that does not verify',
    make: () => {
      log.checkpoint = log.checkpoint.replace(`\n${SIZE}\n`, `\n${SIZE - 1}\n`);
    },
    code: 12,
    line: `FAILED signature: the signature of ${ORIGIN} does not verify`,
  },
  {
    what: 'a cosignature that does not verify',
    make: () => {
      const { text, signatures } = parseNote(log.checkpoint);
      const altered = signatures.map((one, i) =>
        i === 1 ? { ...one, signature: flipped(one.signature, 20) } : one,
      );
      log.checkpoint = formatNote({ text, signatures: altered });
    },
    options: { witness: WITNESS_KEYS, quorum: 1 },
    code: 12,
    line: 'FAILED signature: the signature of witness.example/w1 does not verify',
  },
  {
    what: 'missing cosignatures',
    make: () => log.hold(ENTRIES, witnesses.slice(1)),
    options: { witness: WITNESS_KEYS },
    code: 13,
    line: 'FAILED witnesses: 1 of 2 cosignatures asked for',
  },
  {
    what: 'a checkpoint that is none',
    make: () => {
      log.checkpoint = 'all is well\n';
    },
    code: 10,
    line: 'FAILED format: no empty line between text and signatures',
  },
  {
    what: 'no checkpoint yet',
    make: () => log.instead.set('/log/checkpoint', { problem: 'not-found' }),
    code: 4,
    line: 'FAILED refused: the API answers 404: There is no such thing, or it is not yours to see',
  },
  {
    what: 'a token that has run out',
    make: () => undefined,
    options: { token: 'old' },
    code: 4,
    line: 'FAILED refused: the token is not valid, or has run out: run again with a new one',
  },
  {
    what: 'a token of somebody else',
    make: () => log.instead.set('/log/tile/entries/000', { problem: 'forbidden' }),
    code: 4,
    line: 'FAILED refused: this token may not read that: an auditor’s is needed',
  },
  {
    what: 'a redirect',
    make: () =>
      log.instead.set('/log/tile/0/000', (_, response) =>
        response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      ),
    code: 5,
    line: 'FAILED answer: the answer is a redirect, which is not followed',
  },
  {
    what: 'a body without end',
    make: () =>
      log.instead.set('/log/tile/0/000', (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        };
        response.on('drain', more);
        more();
      }),
    code: 5,
    line: 'FAILED answer: the answer is longer than 33554432 bytes',
  },
  {
    what: 'an answer of another form',
    make: () => log.instead.set('/v1/entries?from=0&limit=256', '{"items":[{"entryId":"x","index":"0"}]}'),
    code: 5,
    line: 'FAILED answer: the answer of GET /v1/entries does not fit its schema',
  },
  {
    what: 'words that would move the cursor of a terminal',
    make: () =>
      log.instead.set('/log/checkpoint', (_, response) =>
        response
          .writeHead(418, { 'content-type': 'application/problem+json' })
          .end(
            JSON.stringify({ type: 'x', title: `\u001b[2J\u202e${'long '.repeat(200)}\nOK`, status: 418 }),
          ),
      ),
    code: 4,
    line: `FAILED refused: ${`the API answers 418: ?[2J?${'long '.repeat(200)}`.slice(0, 400)}…`,
  },
];

/** The last tile of leaves as it honestly is. */
function encodeTile(entries: readonly Uint8Array[]): Uint8Array {
  const honest = ServedLog.tilesOf(entries).get('tile/0/002.p/88');
  return honest as Uint8Array;
}

describe('a log that is not whole', { timeout: 60_000 }, () => {
  test.each(CASES)('is found out by $what', async ({ make, options, code, line }) => {
    await serve();
    await make();
    const state = newPath();
    const ended = await asAuditor({ state, ...options });
    expect({ code: ended.code, line: ended.line }).toEqual({ code, line });
    // Nothing is kept of what was not verified.
    expect(() => readFileSync(state)).toThrow('ENOENT');
  });

  test('is found out when it was rolled back', async () => {
    await serve(210);
    const state = newPath();
    await asAuditor({ state });
    const { verifiedAt } = JSON.parse(readFileSync(state, 'utf8')) as { verifiedAt: string };
    await log.hold(ENTRIES.slice(0, 163));
    expect(await asAuditor({ state })).toMatchObject({
      code: 14,
      line:
        `FAILED rollback: the log has size 163, and the log that was verified on ${verifiedAt} had 210: ` +
        'it was rolled back, or shows an old checkpoint',
    });
  });

  test.each([163, 400])('is found out when it was forked, at size %i', async (size) => {
    await serve(163);
    const state = newPath();
    await asAuditor({ state });
    const { verifiedAt } = JSON.parse(readFileSync(state, 'utf8')) as { verifiedAt: string };
    await log.hold(forkedAt(100, size));
    expect(await asAuditor({ state })).toMatchObject({
      code: 15,
      line:
        `FAILED consistency: the log does not begin with the log of size 163 that was verified on ${verifiedAt}: ` +
        'it was forked or rewritten',
    });
  });

  test('is not read at all where the log has changed its key since', async () => {
    await serve(100);
    const state = newPath();
    await verify({ url: log.url, state });
    await log.hold(ENTRIES.slice(0, 100), [], signerOf(ORIGIN, 'note', 'another seed'));
    expect(await verify({ url: log.url, state })).toMatchObject({ code: 11 });
    expect(log.asked.filter((path) => path === '/log/vkey')).toHaveLength(1);
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
