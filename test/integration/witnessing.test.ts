import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cosignText, formatSignatures, parseNote } from '../../core/log/note.ts';
import { signerOf } from '../core/log/keys.ts';
import { at } from '../core/log/trees.ts';
import { Killed } from './support/faults.ts';
import { NAMES, WitnessedLog } from './support/witnessed-log.ts';
import { type Conduct, honestly } from './support/witnesses.ts';

let log: WitnessedLog;
beforeAll(async () => {
  log = await WitnessedLog.start();
});
beforeEach(() => log.renew());
afterEach(() => log.end());
afterAll(() => log.stop());

const witness = (n: number) => at(log.witnesses, n);

const rowKey = (size: number) => `COSIGNATURE#${String(size).padStart(20, '0')}#00000000`;

describe('cosignatures', () => {
  it('come from all witnesses, once, and are shown with the checkpoint', async () => {
    await log.grow(3);
    expect(await log.published()).toBeUndefined();
    expect(await log.run()).toMatchObject({
      tally: { cosigned: 3 },
      metrics: { CosignaturesCollected: 3, WitnessAway: 0, WitnessLag: 0 },
    });
    expect(await log.cosigned()).toEqual({ 3: NAMES });
    expect((await log.published())?.cosignatures.map(({ name }) => name).sort()).toEqual(NAMES);
    expect(await log.run()).toMatchObject({ tally: {}, metrics: { CosignaturesCollected: 0 } });
    expect(log.askedFrom).toEqual([[0], [0], [0]]);
  });

  it('are asked for from where each witness is, over small logs and large ones', async () => {
    await log.grow(3);
    await log.run();
    await log.grow(300);
    await log.run();
    await log.grow(257);
    await log.grow(1);
    await log.run();
    expect(await log.cosigned()).toEqual({ 3: NAMES, 303: NAMES, 561: NAMES });
    expect(log.askedFrom).toEqual([1, 2, 3].map(() => [0, 3, 303]));
  });

  it('are asked for where there is no checkpoint yet, of nobody', async () => {
    expect(await log.run()).toEqual({ tally: {}, metrics: {}, critical: [] });
    expect(log.askedFrom).toEqual([[], [], []]);
  });

  it('that a witness gave, and of which the answer was lost, are given again', async () => {
    await log.grow(2);
    witness(0).conduct = async ({ honest }, response) => {
      await honest();
      response.destroy();
    };
    expect(await log.run()).toMatchObject({ tally: { cosigned: 2, away: 1 } });
    witness(0).conduct = honestly;
    expect(await log.run()).toMatchObject({ tally: { cosigned: 1 } });
    expect(witness(0).askedFrom).toEqual([0, 0, 2]);
    expect(await log.cosigned()).toEqual({ 2: NAMES });
  });

  it('that a witness gave to a run that was killed at any of its calls, are given again', async () => {
    for (let call = 0; ; call++) {
      await log.grow(1);
      log.faults.killAt(call);
      const end = await log.collect().then(
        () => 'done',
        (error: unknown) => (error instanceof Killed ? 'killed' : error),
      );
      log.faults.revive();
      expect((await log.run()).critical).toEqual([]);
      expect((await log.cosigned())[call + 1]).toEqual(NAMES);
      if (end === 'done') {
        expect(call).toBeGreaterThan(4);
        break;
      }
      expect(end).toBe('killed');
    }
  });
});

describe('a witness that is away', () => {
  const away: Conduct = async (_, response) => void response.destroy();

  it('is told of and delays nobody, and comes in when it is back', async () => {
    await log.grow(2);
    witness(2).conduct = away;
    expect(await log.run()).toMatchObject({
      tally: { cosigned: 2, away: 1 },
      metrics: { CosignaturesCollected: 2, WitnessAway: 1, WitnessLag: 0 },
      critical: [],
    });
    await log.grow(2);
    await log.run();
    witness(2).conduct = honestly;
    expect(await log.run()).toMatchObject({ tally: { cosigned: 1 }, metrics: { WitnessAway: 0 } });
    expect(await log.cosigned()).toEqual({ 2: NAMES.slice(0, 2), 4: NAMES });
  });

  it('with another leaves the log at the last checkpoint that had the quorum, however long', async () => {
    await log.grow(2);
    await log.run();
    for (const n of [1, 2]) witness(n).conduct = away;
    // More than one look at the cosignatures takes in, so that the second ends amid those of the size with the quorum.
    for (let size = 3; size <= 200; size++)
      await log.put({ pk: { S: 'LOG' }, sk: { S: rowKey(size) }, line: { S: '— nobody AAAA\n' } });
    await log.grow(300);
    expect(await log.run()).toMatchObject({ metrics: { WitnessAway: 2, WitnessLag: 300 } });
    expect((await log.published())?.size).toBe(2);
    witness(1).conduct = honestly;
    expect(await log.run()).toMatchObject({ metrics: { WitnessAway: 1, WitnessLag: 0 } });
    expect((await log.published())?.size).toBe(302);
    // So far behind that the ledger was not searched for it: it was asked where it is.
    expect(witness(1).askedFrom.slice(-2)).toEqual([0, 2]);
  });

  it('only by being slow keeps the others from nothing', async () => {
    await log.grow(2);
    witness(2).conduct = () => new Promise(() => {});
    const running = log.collect(1_500);
    await vi.waitFor(async () => expect(await log.cosigned()).toEqual({ 2: NAMES.slice(0, 2) }), {
      timeout: 1_400,
      interval: 50,
    });
    expect(await running).toMatchObject({
      outcomes: [{ kind: 'cosigned' }, { kind: 'cosigned' }, { kind: 'away', why: 'TimeoutError' }],
    });
  });

  it('for having forgotten what it cosigned, is not asked to vouch for more', async () => {
    await log.grow(2);
    await log.run();
    await witness(0).forget();
    await log.grow(2);
    expect(await log.run()).toMatchObject({ tally: { cosigned: 2, away: 1 }, critical: [] });
    expect(await log.cosigned()).toEqual({ 2: NAMES, 4: NAMES.slice(1) });
    expect(witness(0).askedFrom).toEqual([2]);
  });
});

describe('a witness that is hostile', () => {
  const saying =
    (status: number, body: string | Uint8Array): Conduct =>
    async (_, response) =>
      void response.writeHead(status).end(body);
  const noteIn = (body: string) => body.slice(body.indexOf('\n\n') + 2);

  it.each<[string, Conduct]>([
    ['garbage', saying(200, Buffer.of(0xff, 0, 1, 2))],
    ['nothing', saying(200, '')],
    ['a page', saying(200, '<html>Sign in</html>')],
    ['a size that is none', saying(409, 'many\n')],
    ['that the log is not known', saying(404, '')],
    ['that the signature is bad', saying(403, '')],
    ['that it is unwell', saying(500, '')],
    ['more than anybody would read', saying(200, 'a'.repeat(100_000))],
    [
      'the cosignature of another witness',
      async ({ body }, response) => {
        const { text } = parseNote(noteIn(body));
        const other = await cosignText(text, signerOf('witness.example/b', 'cosignature'), 1);
        response.writeHead(200).end(formatSignatures([other]));
      },
    ],
    [
      'a cosignature by another key of its name',
      async ({ body }, response) => {
        const { text } = parseNote(noteIn(body));
        const own = await cosignText(text, signerOf('witness.example/a', 'cosignature'), 1);
        response.writeHead(200).end(formatSignatures([own]));
      },
    ],
    [
      'its cosignature with a letter changed',
      async ({ honest }, response) => {
        const { body } = await honest();
        response.writeHead(200).end(body.replace(/.(?=...\n$)/, (letter) => (letter === 'A' ? 'B' : 'A')));
      },
    ],
  ])('and says %s is as good as away', async (_, conduct) => {
    await log.grow(2);
    witness(0).conduct = conduct;
    expect(await log.run()).toMatchObject({ tally: { cosigned: 2, away: 1 }, critical: [] });
    expect(await log.cosigned()).toEqual({ 2: NAMES.slice(1) });
  });

  it('and hands out an earlier cosignature of its own is as good as away', async () => {
    await log.grow(2);
    let earlier = '';
    witness(0).conduct = async ({ honest }, response) => {
      earlier = (await honest()).body;
      response.writeHead(200).end(earlier);
    };
    await log.run();
    await log.grow(2);
    witness(0).conduct = async (_, response) => void response.writeHead(200).end(earlier);
    expect(await log.run()).toMatchObject({ tally: { cosigned: 2, away: 1 } });
    expect(await log.cosigned()).toEqual({ 2: NAMES, 4: NAMES.slice(1) });
  });

  it('and brings others along has only its own line kept', async () => {
    await log.grow(2);
    witness(0).conduct = async ({ honest, body }, response) => {
      const { text } = parseNote(noteIn(body));
      const stranger = await cosignText(text, signerOf('stranger', 'cosignature'), 1);
      response.writeHead(200).end(formatSignatures([stranger]) + (await honest()).body);
    };
    expect(await log.run()).toMatchObject({ tally: { cosigned: 3 } });
    expect(await log.cosigned()).toEqual({ 2: NAMES });
  });
});

it('runs that overlap, with witnesses that come and go, raise no alarm and end with all cosignatures', async () => {
  const conducts: Record<string, Conduct> = {
    honest: honestly,
    away: async (_, response) => void response.destroy(),
    unwell: async (_, response) => void response.writeHead(503).end(),
    lost: async ({ honest }, response) => {
      await honest();
      response.destroy();
    },
    slow: async (asked, response) => {
      await new Promise((resolve) => setTimeout(resolve, 20 * Math.random()));
      await honestly(asked, response);
    },
  };
  const step = fc.record({
    conduct: fc.array(fc.constantFrom(...Object.keys(conducts)), { minLength: 3, maxLength: 3 }),
    grown: fc.integer({ min: 0, max: 3 }),
    runs: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
      await log.useNewLedger();
      for (const witness of log.witnesses) await witness.forget();
      await log.grow(1);
      for (const { conduct, grown, runs } of steps) {
        log.witnesses.forEach((witness, n) => {
          witness.conduct = conducts[at(conduct, n)] ?? honestly;
        });
        const growing = grown > 0 ? log.grow(grown) : undefined;
        const all = await Promise.all(Array.from({ length: runs }, () => log.collect(400)));
        await growing;
        for (const { outcomes } of all.flatMap((one) => one ?? []))
          expect(outcomes.filter(({ kind }) => kind === 'contradicts')).toEqual([]);
      }
      for (const witness of log.witnesses) witness.conduct = honestly;
      const last = await log.collect();
      expect((await log.cosigned())[last?.size ?? 0]).toEqual(NAMES);
    }),
    { numRuns: 10 },
  );
});
