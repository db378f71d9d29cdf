import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Incident } from '../../core/api/answers.ts';
import type { EpochKeys } from '../../core/fingerprint/keys.ts';
import { encodeSample } from '../../core/fingerprint/sample.ts';
import { TraceAnswer } from '../../core/trace/answer.ts';
import { people, type Row, testKeys } from '../core/fingerprint/files.ts';
import { sampleOf } from '../core/fingerprint/samples.ts';
import { incidentBody, leakBody, PROVIDER, RECIPIENT, transferBody } from '../support/transfers.ts';
import { uploaded } from '../support/upload.ts';
import { fileOf, handOver, SETS, sha } from './support/fingerprinting.ts';
import {
  AUDITOR,
  agency,
  createWorld,
  registerExamples,
  type Speaker,
  STEWARD,
  type World,
} from './world.ts';

const SECOND: Speaker = { ...AUDITOR, sub: 'auditor-2' };
const THIRD: Speaker = { ...AUDITOR, sub: 'auditor-3' };

let world: World;
let keys: EpochKeys;
let incidentId: string;
beforeAll(async () => {
  world = await createWorld();
  await registerExamples(world);
  keys = await testKeys('a', '2024', PROVIDER);
  const opened = await world.ask('openIncident', AUDITOR, { body: incidentBody() });
  incidentId = String(opened.json['incidentId']);
});
afterAll(() => world.tables.client.destroy());

const sampleBytes = (rows: readonly Row[], rings = [keys]) => encodeSample(sampleOf(rows, rings));

async function bring(
  rows: readonly Row[] | Uint8Array,
  approver: Speaker | 'nobody' = SECOND,
): Promise<string> {
  const bytes = rows instanceof Uint8Array ? rows : sampleBytes(rows);
  const sha256 = sha(bytes);
  const { json } = await world.ask('requestSampleUpload', AUDITOR, {
    params: { incidentId },
    body: { sha256, bytes: bytes.length },
  });
  if (!json['stored'])
    expect(await uploaded(world, 'requestSampleUpload', AUDITOR, { incidentId }, bytes, { sha256 })).toBe(
      200,
    );
  if (approver !== 'nobody') await approve(sha256, approver);
  return sha256;
}

const approve = (sampleSha256: string, who: Speaker) =>
  world.ask('recordIncidentEvent', who, {
    params: { incidentId },
    body: {
      kind: 'trace-approved',
      body: { occurredOn: '2026-02-01', sampleSha256, reason: 'Rows seized under the order' },
    },
  });

const trace = (sha256: string, who = AUDITOR, key?: string, more: object = {}) =>
  world.ask('runTrace', who, {
    params: { incidentId },
    body: leakBody({ sample: { sha256 }, ...more }),
    ...(key && { key }),
  });

const problemOf = ({ status, json }: Awaited<ReturnType<typeof trace>>) => [
  status,
  String(json['type']).split('/').at(-1),
];

describe('a fingerprint file', () => {
  it('is brought by the provider alone, as the record commits to it, once', async () => {
    const file = fileOf(keys, people(0, 100));
    const transferId = await handOver(world, file, false);
    const ask = (who: Speaker, id = transferId) =>
      world.ask('requestFingerprintUpload', who, {
        params: { transferId: id },
        body: { bytes: file.length },
      });
    expect((await ask(agency(RECIPIENT))).status).toBe(403);
    const altered = Uint8Array.from(file);
    altered[file.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    expect(await uploaded(world, 'requestFingerprintUpload', agency(PROVIDER), { transferId }, altered)).toBe(
      400,
    );
    expect(await uploaded(world, 'requestFingerprintUpload', agency(PROVIDER), { transferId }, file)).toBe(
      200,
    );
    expect((await ask(agency(PROVIDER))).json).toEqual({ stored: true });
    const without = await world.ask('recordTransfer', agency(PROVIDER), { body: transferBody() });
    expect((await ask(agency(PROVIDER), String(without.json['transferId']))).status).toBe(409);
  });
});

describe('a trace by sample', () => {
  let narrow: string;
  let wide: string;
  let absent: string;
  let otherKind: string;
  let frameId: string;
  beforeAll(async () => {
    narrow = await handOver(world, fileOf(keys, people(1_000, 2_000)));
    wide = await handOver(world, fileOf(keys, people(0, 5_000)));
    absent = await handOver(world, fileOf(keys, people(0, 7)), false);
    otherKind = await handOver(world, fileOf(keys, people(0, 60), { kind: 'frame' }));
    const frame = fileOf(keys, people(0, 6_000), { kind: 'frame' });
    const body = {
      holder: PROVIDER,
      extractedAt: '2026-01-31T00:00:00.000Z',
      sha256: sha(frame),
      rows: 6_000,
      fieldSets: [...SETS],
      epoch: '2024',
    };
    const recorded = await world.ask('recordFrame', STEWARD, { body });
    frameId = String(recorded.json['frameId']);
    expect(await uploaded(world, 'requestFrameUpload', STEWARD, { frameId }, frame)).toBe(200);
    await world.settle();
  });

  it('says what was found where, and what could not be compared; and is recorded', async () => {
    // Numbers of some, ids of others.
    const joined = people(1_000, 1_100).map(([number], at): Row => [number, people(1_200, 1_300)[at]?.[1]]);
    const sha256 = await bring([...people(1_300, 1_600), ...joined, ...people(9_000, 9_100)]);
    const asked = await trace(sha256);
    expect(asked.status, asked.text).toBe(201);
    const { content } = TraceAnswer.parse(asked.json);
    const found = content?.transfers.map(({ transferId, pairs }) => [transferId, pairs]);
    const pairs = { together: 300, apart: 100, numberOnly: 0, idOnly: 0, neither: 100 };
    expect(found?.slice(0, 2).toSorted()).toEqual(
      [
        [narrow, pairs],
        [wide, pairs],
      ].toSorted(),
    );
    expect(content?.frames).toMatchObject([{ frameId, pairs, stateOf: '2026-03-31' }]);
    const both = content?.transfers[0]?.found.find(({ set }) => set === 'msisdn+cnic');
    expect(both).toEqual({
      set: 'msisdn+cnic',
      tested: 500,
      found: 300,
      share: 0.6,
      interval: { from: 0.556, to: 0.642 },
    });
    // Of those that leaked 400 ids are known there; that many people at the least, and everybody in the file at the most.
    const files = new Map([
      [narrow, 1_000],
      [wide, 5_000],
    ]);
    for (const { transferId, concerned } of content?.transfers.slice(0, 2) ?? [])
      expect(concerned).toEqual({ by: 'cnic', atLeast: 400, atMost: files.get(transferId as never) });
    // They show a state after the leak was seen, so none can be behind it.
    expect(content?.attributions).toEqual([]);
    const codes = new Map(content?.notCompared.map(({ transferId, code }) => [transferId, code]));
    expect([codes.get(absent as never), codes.get(otherKind as never)]).toEqual([
      'file-absent',
      'file-unsound',
    ]);
    expect([...codes.values()]).toContain('no-fingerprint');

    await world.settle();
    const incident = await world.ask('getIncident', AUDITOR, { params: { incidentId } });
    const run = incident.json['traces']?.[0];
    expect(run).toMatchObject({ description: { sample: { sha256 } }, sketchSha256: expect.any(String) });
    expect(incident.json['approvals']?.[0]).toMatchObject({ principal: { sub: 'auditor-2' } });
    // Nothing of the rows themselves, keyed or not, is in the entry.
    expect(JSON.stringify(run).length).toBeLessThan(3_000);
  });

  it('weighs the transfers against each other', async () => {
    const sha256 = await bring([...people(1_000, 1_300), ...people(1_600, 2_000)]);
    const asked = await trace(sha256, { ...AUDITOR, sub: 'auditor-8' }, undefined, { seenOn: '2026-04-15' });
    expect(asked.status, asked.text).toBe(201);
    const [answer, ...others] = TraceAnswer.parse(asked.json).content?.attributions ?? [];
    expect(others).toEqual([]);
    expect(answer).toMatchObject({ provider: PROVIDER, rows: { weighed: 700, used: 700 } });
    expect(answer?.ranking.slice(0, 2).map(({ transferId }) => transferId)).toEqual([narrow, wide]);
    expect(answer?.ranking[0]).toMatchObject({ credible: true, verbal: { supports: 'contributed' } });
    expect(answer?.ranking[0]?.share?.value).toBeGreaterThan(0.95);
    expect(answer?.method.files).toHaveLength((answer?.ranked ?? 0) + 1);
  });

  it('answers a repetition with the first answer', async () => {
    const sha256 = await bring(people(20_000, 20_100));
    const first = await trace(sha256, THIRD, 'sample-1');
    expect(first.status, first.text).toBe(201);
    expect((await trace(sha256, THIRD, 'sample-1')).text).toBe(first.text);
  });

  it('needs the approval of somebody else for this very sample', async () => {
    const sha256 = await bring(people(3_000, 3_100), 'nobody');
    expect(problemOf(await trace(sha256))).toEqual([403, 'approval-missing']);
    await approve(sha256, AUDITOR);
    expect(problemOf(await trace(sha256))).toEqual([403, 'approval-missing']);
  });

  it('records what it refuses, once: who asked what, and why; and the key stays free', async () => {
    const asker = { ...AUDITOR, sub: 'auditor-7' };
    const sha256 = await bring(people(5_000, 5_100), 'nobody');
    for (let n = 0; n < 2; n++)
      expect(problemOf(await trace(sha256, asker, 'refused-1'))).toEqual([403, 'approval-missing']);
    await approve(sha256, SECOND);
    expect((await trace(sha256, asker, 'refused-1')).status).toBe(201);
    expect(problemOf(await trace(await bring(people(6_000, 6_010)), asker))).toEqual([422, 'sample-refused']);
    await world.settle();
    const incident = await world.ask('getIncident', AUDITOR, { params: { incidentId } });
    const { refusals } = Incident.parse(incident.json);
    const own = refusals.filter(({ principal }) => principal.sub === 'auditor-7');
    expect(own.map(({ refusal, description }) => [refusal, description.sample?.sha256 === sha256])).toEqual([
      ['approval-missing', true],
      ['sample-refused', false],
    ]);
    expect(own[1]?.detail).toMatch(/^it has fewer than 50 different values/);
  });

  it('refuses what is too few people, nearly an earlier sample, altered, or not there', async () => {
    const refused = async (rows: readonly Row[] | Uint8Array) => problemOf(await trace(await bring(rows)));
    expect(await refused(people(4_000, 4_049))).toEqual([422, 'sample-refused']);
    const earlier = await bring(people(4_000, 4_500));
    expect((await trace(earlier, THIRD)).status).toBe(201);
    expect(await refused(people(4_000, 4_501))).toEqual([422, 'sample-refused']);
    const spoiled = sampleBytes(people(30_000, 30_100));
    spoiled[spoiled.length - 1] = (spoiled.at(-1) ?? 0) ^ 1;
    expect(await refused(spoiled)).toEqual([422, 'sample-refused']);
    const nowhere = 'ab'.repeat(32);
    await approve(nowhere, SECOND);
    expect(problemOf(await trace(nowhere))).toEqual([422, 'sample-refused']);
  });

  it('says so where the sample is under other keys', async () => {
    const other = await testKeys('another', '2024', PROVIDER);
    const asked = await trace(await bring(sampleBytes(people(1_000, 1_100), [other])));
    const { content } = TraceAnswer.parse(asked.json);
    expect(content?.transfers).toEqual([]);
    expect(content?.notCompared.find(({ transferId }) => transferId === wide)?.code).toBe('other-key');
  });

  it('is not asked by one person without end', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 4; n++)
      statuses.push(
        (
          await trace(await bring(people(40_000 + n * 200, 40_100 + n * 200)), {
            ...AUDITOR,
            sub: 'auditor-9',
          })
        ).status,
      );
    expect(statuses).toEqual([201, 201, 201, 429]);
    await world.settle();
    const incident = await world.ask('getIncident', AUDITOR, { params: { incidentId } });
    expect(Incident.parse(incident.json).refusals.at(-1)).toMatchObject({
      refusal: 'too-many-requests',
      principal: { sub: 'auditor-9' },
    });
  });
});
