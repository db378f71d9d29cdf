import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Incident } from '../../core/api/answers.ts';
import type { EpochKeys } from '../../core/fingerprint/keys.ts';
import { encodeSample } from '../../core/fingerprint/sample.ts';
import { TraceAnswer, TracePending } from '../../core/trace/answer.ts';
import { type Loopback, readAll, serveLoopback } from '../../local/loopback.ts';
import { people, type Row, testKeys } from '../core/fingerprint/files.ts';
import { sampleOf } from '../core/fingerprint/samples.ts';
import { incidentBody, leakBody, PROVIDER } from '../support/transfers.ts';
import { uploaded } from '../support/upload.ts';
import { endpoints } from './endpoints.ts';
import { fileOf, handOver, SETS, sha } from './support/fingerprinting.ts';
import { inspector } from './support/inspecting.ts';
import { AUDITOR, createWorld, registerExamples, type Speaker, STEWARD, type World } from './world.ts';

const SECOND: Speaker = { ...AUDITOR, sub: 'auditor-2' };
const TRANSFERS = 12;

let world: World;
let keys: EpochKeys;
let lambda: Loopback;
let isDeaf = false;
/** The events of calls that nobody waits for. */
const rung: { readonly function: string; readonly event: object }[] = [];

beforeAll(async () => {
  lambda = await serveLoopback(async (request, response) => {
    const event = JSON.parse(String(await readAll(request, 1_000_000))) as object;
    // Whoever publishes rings too.
    if (!isDeaf && 'accepted' in event)
      rung.push({ function: String(request.url).split('/')[3] ?? '', event });
    response.writeHead(isDeaf ? 500 : 202).end();
  });
  world = await createWorld({
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    AWS_LAMBDA_FUNCTION_NAME: 'itself',
    INVESTIGATE_FUNCTION: 'investigate',
  });
  await registerExamples(world);
  keys = await testKeys('a', '2024', PROVIDER);
  for (let n = 0; n < TRANSFERS; n++)
    await handOver(world, fileOf(keys, people(n * 100, n * 100 + 400)), n > 0);
  // So large that no more than its beginning is read to weigh it.
  const frame = fileOf(keys, people(0, 100_000), { kind: 'frame' });
  const recorded = await world.ask('recordFrame', STEWARD, {
    body: {
      ...{ holder: PROVIDER, extractedAt: '2026-01-31T00:00:00.000Z', sha256: sha(frame) },
      ...{ rows: 100_000, fieldSets: [...SETS], epoch: '2024' },
    },
  });
  const frameId = String(recorded.json['frameId']);
  expect(await uploaded(world, 'requestFrameUpload', STEWARD, { frameId }, frame)).toBe(200);
  await world.settle();
});
beforeEach(() => {
  rung.length = 0;
  isDeaf = false;
  requestsMayTake(0);
});
afterAll(async () => {
  world.tables.client.destroy();
  await lambda.stop();
});

/** Whatever takes longer goes on in the background. */
function requestsMayTake(requestSeconds: number, workers = 1): void {
  const limits = { minimumRows: 50, tracesPerDay: 30, subjectsPerDay: 2, requestSeconds, workers };
  process.env['TRACING'] = JSON.stringify(limits);
}

async function openIncident(): Promise<string> {
  const opened = await world.ask('openIncident', AUDITOR, { body: incidentBody() });
  return String(opened.json['incidentId']);
}

async function bring(incidentId: string, rows: readonly Row[]): Promise<string> {
  const bytes = encodeSample(sampleOf(rows, [keys]));
  const sha256 = sha(bytes);
  expect(await uploaded(world, 'requestSampleUpload', AUDITOR, { incidentId }, bytes, { sha256 })).toBe(200);
  const body = { occurredOn: '2026-02-01', sampleSha256: sha256, reason: 'Rows seized' };
  const approval = { kind: 'trace-approved', body };
  await world.ask('recordIncidentEvent', SECOND, { params: { incidentId }, body: approval });
  return sha256;
}

const trace = (incidentId: string, sha256: string, key: string) =>
  world.ask('runTrace', AUDITOR, {
    params: { incidentId },
    body: leakBody({ sample: { sha256 } }),
    key,
  });
const answerOf = (incidentId: string, traceId: string) =>
  world.ask('getTrace', AUDITOR, { params: { incidentId, traceId } });
const typeOf = ({ json }: Awaited<ReturnType<typeof trace>>) => String(json['type']).split('/').at(-1);

/** Calls the function as often as it is rung for; `files` is how many a call has time for. */
async function work(files = Number.POSITIVE_INFINITY): Promise<number> {
  const { handler } = await import('../../lambdas/investigate.ts');
  let calls = 0;
  for (; rung.length > 0; calls++) {
    const [{ event }] = rung.splice(0, 1) as [(typeof rung)[number]];
    let left = files;
    const remaining = () => (left-- > 0 ? 900_000 : 0);
    await handler(event, { getRemainingTimeInMillis: remaining } as Context);
  }
  return calls;
}

describe('a trace that takes longer than a request may', () => {
  it('is accepted, gone on with in parts, and answers what it would have at once', async () => {
    const incidentId = await openIncident();
    const sha256 = await bring(incidentId, people(250, 900));
    const accepted = await trace(incidentId, sha256, 'long-1');
    expect(accepted.status, accepted.text).toBe(202);
    const { traceId, files, compared } = TracePending.parse(accepted.json);
    expect([files, compared]).toEqual([TRANSFERS + 1, 0]);
    expect(accepted.headers['location']).toBe(`/v1/incidents/${incidentId}/traces/${traceId}`);
    expect(rung.map((each) => each.function)).toEqual(['investigate']);
    // Asking rings nobody while somebody may be at it.
    expect((await answerOf(incidentId, traceId)).status).toBe(202);
    expect(rung).toHaveLength(1);

    // One call that has time for five files, and then rings for the next.
    const { handler } = await import('../../lambdas/investigate.ts');
    let left = 5;
    const remaining = () => (left-- > 0 ? 900_000 : 0);
    await handler(rung.splice(0, 1)[0]?.event ?? {}, { getRemainingTimeInMillis: remaining } as Context);
    expect(rung).toMatchObject([{ function: 'itself' }]);
    expect(TracePending.parse((await answerOf(incidentId, traceId)).json).compared).toBe(5);
    expect(await work(6)).toBeGreaterThan(1);

    const answered = await answerOf(incidentId, traceId);
    expect(answered.status, answered.text).toBe(200);
    const repeated = await trace(incidentId, sha256, 'long-1');
    expect([repeated.status, repeated.text]).toEqual([201, answered.text]);
    requestsMayTake(100);
    const atOnce = await trace(incidentId, sha256, 'short-1');
    expect(atOnce.status, atOnce.text).toBe(201);
    const answer = TraceAnswer.parse(answered.json);
    expect(TraceAnswer.parse(atOnce.json)).toEqual({ ...answer, traceId: expect.any(String) });
    expect(answer.content?.notCompared.map(({ code }) => code)).toEqual(['file-absent']);
    expect(answer.content?.transfers).toHaveLength(TRANSFERS - 1);
  });

  it('counts from when it was accepted, is listed until it is answered, and then like others', async () => {
    const incidentId = await openIncident();
    const sha256 = await bring(incidentId, people(10_000, 10_300));
    const { traceId } = TracePending.parse((await trace(incidentId, sha256, 'long-2')).json);
    const nearly = await bring(incidentId, people(10_000, 10_301));
    expect(typeOf(await trace(incidentId, nearly, 'nearly'))).toBe('sample-refused');
    await world.settle();
    const read = async () =>
      Incident.parse((await world.ask('getIncident', AUDITOR, { params: { incidentId } })).json);
    expect((await read()).pending).toMatchObject([{ traceId, files: TRANSFERS + 1 }]);
    // Of another incident too, where only the views tell of it.
    const other = await openIncident();
    const again = await bring(other, people(10_000, 10_302));
    expect(typeOf(await trace(other, again, 'nearly-2'))).toBe('sample-refused');
    await work();
    await world.settle();
    const { pending, traces } = await read();
    expect([pending, traces.map((each) => each.traceId)]).toEqual([[], [traceId]]);
  });

  it('goes on from what is kept, after a crash and by two at once', async () => {
    const incidentId = await openIncident();
    const sha256 = await bring(incidentId, people(150_000, 150_200));
    const { traceId } = TracePending.parse((await trace(incidentId, sha256, 'long-6')).json);
    const [{ event }] = rung.splice(0, 1) as [(typeof rung)[number]];
    const { handler } = await import('../../lambdas/investigate.ts');
    let left = 4;
    const crashing = () => {
      if (left-- === 0) throw new Error('out of memory');
      return 900_000;
    };
    await expect(handler(event, { getRemainingTimeInMillis: crashing } as Context)).rejects.toThrow('memory');
    const { compared } = TracePending.parse((await answerOf(incidentId, traceId)).json);
    expect(compared).toBeGreaterThan(0);
    expect(compared).toBeLessThan(TRANSFERS + 1);
    const patient = { getRemainingTimeInMillis: () => 900_000 } as Context;
    await Promise.all([handler(event, patient), handler(event, patient)]);
    expect((await answerOf(incidentId, traceId)).status).toBe(200);
    await world.settle();
    const incident = await world.ask('getIncident', AUDITOR, { params: { incidentId } });
    expect(Incident.parse(incident.json).traces.map((each) => each.traceId)).toEqual([traceId]);
  });

  it('is gone on with when the request is repeated, where nobody could be told before', async () => {
    const incidentId = await openIncident();
    const sha256 = await bring(incidentId, people(20_000, 20_200));
    isDeaf = true;
    expect(typeOf(await trace(incidentId, sha256, 'long-3'))).toBe('try-again');
    isDeaf = false;
    const accepted = await trace(incidentId, sha256, 'long-3');
    const { traceId } = TracePending.parse(accepted.json);
    await work();
    expect((await answerOf(incidentId, traceId)).status).toBe(200);
    const otherwise = await world.ask('runTrace', AUDITOR, {
      params: { incidentId },
      body: leakBody({ sample: { sha256 }, note: 'other' }),
      key: 'long-3',
    });
    expect(typeOf(otherwise)).toBe('idempotency-key-reused');
  });

  it('says why it came to nothing: the sample is gone', async () => {
    const incidentId = await openIncident();
    const sha256 = await bring(incidentId, people(30_000, 30_200));
    const { traceId } = TracePending.parse((await trace(incidentId, sha256, 'long-4')).json);
    const { folderOf } = await endpoints();
    rmSync(join(folderOf(process.env['FINGERPRINT_BUCKET'] ?? ''), 'samples', sha256));
    await work();
    const refused = await answerOf(incidentId, traceId);
    expect([refused.status, typeOf(refused)]).toEqual([422, 'sample-refused']);
    await world.settle();
    const incident = await world.ask('getIncident', AUDITOR, { params: { incidentId } });
    expect(Incident.parse(incident.json)).toMatchObject({
      pending: [],
      refusals: [{ traceId, refusal: 'sample-refused', principal: { sub: 'auditor-1' } }],
    });
  });

  it('says why it came to nothing: the incident was closed', async () => {
    const incidentId = await openIncident();
    const sha256 = await bring(incidentId, people(40_000, 40_200));
    const { traceId } = TracePending.parse((await trace(incidentId, sha256, 'long-5')).json);
    const body = { occurredOn: '2026-02-02', outcome: 'Given up' };
    await world.ask('recordIncidentEvent', AUDITOR, {
      params: { incidentId },
      body: { kind: 'incident-closed', body },
    });
    await work();
    expect(typeOf(await answerOf(incidentId, traceId))).toBe('conflict');
    expect((await answerOf(await openIncident(), traceId)).status).toBe(404);
  });

  describe('that several compare at once', () => {
    const WORKERS = 4;
    const PATIENT = { getRemainingTimeInMillis: () => 900_000 } as Context;
    let rows = 160_000;
    beforeEach(() => requestsMayTake(0, WORKERS));

    /** A trace whose first call has told the others, and their events. @param unseen done before the views show it */
    async function begun(key: string, unseen?: () => Promise<void>) {
      const incidentId = await openIncident();
      // Nobody is asked about twice.
      rows += 1_000;
      const sha256 = await bring(incidentId, people(rows, rows + 300));
      await unseen?.();
      const { traceId } = TracePending.parse((await trace(incidentId, sha256, key)).json);
      const [{ event }] = rung.splice(0, 1) as [(typeof rung)[number]];
      const { handler } = await import('../../lambdas/investigate.ts');
      return { incidentId, sha256, traceId, event, handler };
    }
    const tracesOf = async (incidentId: string) => {
      await world.settle();
      const incident = await world.ask('getIncident', AUDITOR, { params: { incidentId } });
      return Incident.parse(incident.json).traces.map((each) => each.traceId);
    };

    it('gives each an even share, and whoever ends last gives the answer that one alone would', async () => {
      const { incidentId, sha256, traceId, event, handler } = await begun('spread-1');
      await handler(event, PATIENT);
      const told = rung.splice(0);
      expect(told.map((each) => each.function)).toEqual(['itself', 'itself', 'itself']);
      expect(told.map((each) => each.event)).toEqual(
        [1, 2, 3].map((nth) => ({ ...event, share: { of: WORKERS, from: [nth] } })),
      );
      const compared = [TracePending.parse((await answerOf(incidentId, traceId)).json).compared];
      for (const other of told.toReversed()) {
        expect((await answerOf(incidentId, traceId)).status).toBe(202);
        // In a process of its own, which has no file in memory that others read.
        vi.resetModules();
        const { handler: another } = await import('../../lambdas/investigate.ts');
        await another(other.event, PATIENT);
        compared.push(Number((await answerOf(incidentId, traceId)).json['compared']));
      }
      expect(compared).toEqual([4, 7, 10, Number.NaN]);
      expect(rung).toEqual([]);
      const answered = await answerOf(incidentId, traceId);
      expect(answered.status, answered.text).toBe(200);
      requestsMayTake(100);
      const atOnce = await trace(incidentId, sha256, 'spread-at-once');
      const answer = TraceAnswer.parse(answered.json);
      expect(TraceAnswer.parse(atOnce.json)).toEqual({ ...answer, traceId: expect.any(String) });
    });

    it('outlasts a crash of any of them, and events that come twice', async () => {
      const { incidentId, traceId, event, handler } = await begun('spread-2');
      let left = 2;
      const crashing = () => {
        if (left-- <= 0) throw new Error('out of memory');
        return 900_000;
      };
      const crash = { getRemainingTimeInMillis: crashing } as Context;
      await expect(handler(event, crash)).rejects.toThrow('memory');
      const [crashed, ...others] = rung.splice(0) as [(typeof rung)[number], ...(typeof rung)[number][]];
      left = 1;
      await expect(handler(crashed.event, crash)).rejects.toThrow('memory');
      for (const other of others) await handler(other.event, PATIENT);
      expect((await answerOf(incidentId, traceId)).status).toBe(202);
      // Lambda tries both again. The first tells the others once more, and then all come at once.
      await handler(event, PATIENT);
      expect((await answerOf(incidentId, traceId)).status).toBe(202);
      const again = rung.splice(0).map((each) => each.event);
      expect(again).toHaveLength(WORKERS - 1);
      await Promise.all([crashed.event, ...again].map((each) => handler(each, PATIENT)));
      expect((await answerOf(incidentId, traceId)).status).toBe(200);
      for (const late of [event, ...again]) await handler(late, PATIENT);
      expect(rung).toEqual([]);
      expect(await tracesOf(incidentId)).toEqual([traceId]);
    });

    it('lets each go on with its own share when its time is up', async () => {
      const { incidentId, traceId, event } = await begun('spread-3');
      rung.push({ function: 'investigate', event });
      expect(await work(2)).toBeGreaterThan(WORKERS + 2);
      expect((await answerOf(incidentId, traceId)).status).toBe(200);
      expect(await tracesOf(incidentId)).toEqual([traceId]);
    });

    it('leaves to the first what nobody else could be told of', async () => {
      const { incidentId, traceId, event, handler } = await begun('spread-4');
      isDeaf = true;
      await handler(event, PATIENT);
      expect((await answerOf(incidentId, traceId)).status).toBe(200);
    });

    it('is begun again by whoever asks, once nobody has been at it for long', async () => {
      const { incidentId, traceId, event, handler } = await begun('spread-5');
      await handler(event, PATIENT);
      rung.length = 0;
      expect((await answerOf(incidentId, traceId)).status).toBe(202);
      expect(rung).toEqual([]);
      const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 17 * 60_000);
      const asked = await answerOf(incidentId, traceId);
      later.mockRestore();
      expect(asked.status).toBe(202);
      expect(rung).toEqual([{ function: 'investigate', event }]);
      await work();
      expect((await answerOf(incidentId, traceId)).status).toBe(200);
    });

    it.each([
      ['recorded since', false],
      ['that the views did not show yet', true],
    ])('is about the same frames for all who share it, and about none %s', async (_, before) => {
      const frame = { holder: PROVIDER, extractedAt: '2026-02-28T00:00:00.000Z', sha256: 'f'.repeat(64) };
      const record = async () => {
        const recorded = await world.ask('recordFrame', STEWARD, {
          body: { ...frame, rows: 1, fieldSets: [...SETS], epoch: '2024' },
        });
        expect(recorded.status, recorded.text).toBe(201);
      };
      const { incidentId, traceId, event, handler } = await begun(
        `frame-${before}`,
        before ? record : undefined,
      );
      await handler(event, PATIENT);
      if (!before) await record();
      await world.settle();
      await work();
      const { content } = TraceAnswer.parse((await answerOf(incidentId, traceId)).json);
      const seen = [content?.frames, content?.framesNotCompared].map((those) => those?.length ?? 0);
      // By the second time the frame of the first is known, and its file is absent.
      expect(seen).toEqual([1, before ? 1 : 0]);
    });
  });

  it('leaves a ledger that holds up under inspection', async () => {
    await world.settle();
    const { done, findings } = await (await inspector()).inspect();
    expect([done, findings]).toEqual([true, []]);
  });
});
