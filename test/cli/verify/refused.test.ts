import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatNote, parseNote } from '../../../core/log/note.ts';
import { signerOf } from '../../core/log/keys.ts';
import {
  asAuditor,
  type Case,
  ENTRIES,
  expectFound,
  flipped,
  forkedAt,
  log,
  SIZE,
  serve,
} from './example-log.ts';
import { newPath, verify } from './running.ts';
import { ORIGIN, WITNESS_KEYS, witnesses } from './served-log.ts';

const CASES: readonly Case[] = [
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
    what: 'no case where one has to be named',
    make: () => log.instead.set('/log/tile/entries/000', { problem: 'case-required' }),
    code: 4,
    line: 'FAILED refused: auditors name here the incident that they read for: --case',
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

describe('a log', { timeout: 60_000 }, () => {
  test.each(CASES)('is refused for $what', expectFound);

  test('is refused when it was rolled back', async () => {
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

  test.each([163, 400])('is refused when it was forked, at size %i', async (size) => {
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
