import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TransferSummary } from '../../core/api/answers.ts';
import { type Client, createClient } from '../../core/api/client.ts';
import type { IncidentId, TraceId } from '../../core/model/scalars.ts';
import { INCIDENT, LEAK } from '../../local/scenario/incident.ts';
import { type RecordedScenario, recordScenario } from '../../local/scenario/record.ts';
import { storySteps } from '../../local/scenario/story.ts';
import { TRANSFERS } from '../../local/scenario/transfers/all.ts';
import { type System, startSystem } from '../../local/system.ts';

let folder: string;
let system: System;
let recorded: RecordedScenario;
let auditor: Client;
const troubles: string[] = [];
const token = (as: { roles?: string[]; agency?: string }) => system.token(as);
/** Commands hold a token themselves, so that they can be sent as they stand. */
const tokens = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amanat-scenario-'));
  system = await startSystem({
    port: 0,
    dataFolder: folder,
    fresh: false,
    onStep: () => undefined,
    report: (line) => troubles.push(line),
  });
  tokens.set('--role auditor', await token({ roles: ['auditor'] }));
  tokens.set('--agency telecom-authority', await token({ agency: 'telecom-authority' }));
  auditor = createClient({ url: system.url, token: () => tokens.get('--role auditor') ?? '' });
  recorded = await recordOnce();
});

afterAll(async () => {
  await system?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const recordOnce = () =>
  recordScenario({
    url: system.url,
    token,
    bearer: (options) => tokens.get(options) ?? `no token ${options}`,
  });

const traceOf = () => ({
  incidentId: recorded.incidentId as IncidentId,
  traceId: recorded.traceId as TraceId,
});

/** Sends a highlight's command as curl would. */
async function sendAsCurl(title: RegExp): Promise<Response> {
  const curl = recorded.highlights.find((each) => title.test(each.title))?.curl ?? '';
  const headers = [...curl.matchAll(/-H (["'])(.+?)\1/g)].map(([, , header = '']) => {
    const [name = '', ...value] = header.split(': ');
    return [name, value.join(': ')] as [string, string];
  });
  const body = /-d '([^']+)'/.exec(curl)?.[1];
  return fetch(/'(http[^']+)'/.exec(curl)?.[1] ?? '', {
    method: /-X (\w+)/.exec(curl)?.[1] ?? 'GET',
    headers,
    ...(body !== undefined && { body }),
  });
}
const titles = (items: readonly { dataset: TransferSummary['dataset'] }[]) =>
  items.map(({ dataset }) => dataset.title);

const BOARD = 'Numbers and national ids of subscribers in Punjab';
const PROGRAMME = 'Registered addresses of subscribers in Punjab';
const ALERTS = 'Numbers to alert in districts with dengue';

describe('the scenario in the running system', () => {
  it('is recorded wholly, and in the views, when recording has ended', async () => {
    const entries = storySteps().length + 1;
    const all: TransferSummary[] = [];
    for await (const transfer of auditor.items('listTransfers', { query: { limit: 20 } })) all.push(transfer);
    expect(titles(all).reverse()).toEqual(TRANSFERS.map(({ record }) => record.dataset.title));
    const answer = await auditor.call('getTrace', { params: traceOf() });
    expect(answer.reflects.size).toBe(entries);
    expect(answer.counts.transfers).toBe(TRANSFERS.length);
  });

  it('answers who received national id and address of Punjab', async () => {
    const response = await sendAsCurl(/national id and address/);
    const { items } = (await response.json()) as { items: TransferSummary[] };
    expect(titles(items)).toContain(PROGRAMME);
    expect(titles(items)).not.toContain(BOARD);
    for (const { fields, areas, snapshot } of items) {
      expect(fields).toEqual(expect.arrayContaining(['cnic', 'address']));
      expect(areas?.some((area) => area === 'PK' || area === 'PK-PB')).toBe(true);
      expect(snapshot?.from && snapshot.from <= '2022-03-31').toBe(true);
    }
  });

  it('traces the leak to the two hand-overs of 2022 together, and to none alone', async () => {
    const response = await sendAsCurl(/could explain the leak/);
    const bytes = Buffer.from(await response.arrayBuffer());
    const answer = await auditor.call('getTrace', { params: traceOf() });
    expect(JSON.parse(bytes.toString('utf8'))).toEqual(answer);
    expect(answer.caseReference).toBe(INCIDENT.caseReference);
    expect(answer.counts.coverAll).toBe(0);
    const transfers = new Map(answer.candidates.items.map(({ transfer }) => [transfer.transferId, transfer]));
    const best = answer.sets.listed[0]?.members.flatMap(({ transferId }) => transfers.get(transferId) ?? []);
    expect(titles(best ?? []).sort()).toEqual([BOARD, PROGRAMME]);

    const { traces } = await auditor.call('getIncident', { params: { incidentId: recorded.incidentId } });
    expect(traces).toMatchObject([
      {
        traceId: recorded.traceId,
        description: LEAK,
        answerSha256: createHash('sha256').update(bytes).digest('hex'),
      },
    ]);
  });

  it('lists what is overdue, the longest first', async () => {
    const { items } = await auditor.call('listObligations', { query: { limit: 200 } });
    const days = items.map(({ daysOverdue }) => daysOverdue);
    expect(days).toEqual([...days].sort((a, b) => b - a));
    const toDestroy = items.flatMap((owed) => (owed.kind === 'destroy' ? [owed.transfer] : []));
    expect(titles(toDestroy)).toEqual(expect.arrayContaining([BOARD, PROGRAMME]));
    expect(titles(toDestroy)).not.toContain(ALERTS);
    const shown = (await (await sendAsCurl(/overdue/)).json()) as { items: unknown[] };
    expect(shown.items).toEqual(items.slice(0, 10));
  });

  it('shows where the numbers came from and went, declared or perhaps not', async () => {
    const history = (await (await sendAsCurl(/passed on$/)).json()) as {
      items: { kind: string; signature?: object }[];
    };
    expect(history.items.map(({ kind }) => kind)).toEqual([
      'transfer-recorded',
      'transfer-acknowledged',
      'destruction-certified',
      'destruction-verified',
    ]);
    expect(history.items.map(({ signature }) => signature !== undefined)).toEqual([false, true, true, false]);
    type Lineage = { items: { transfer: TransferSummary }[]; undeclared: TransferSummary[] };
    const upstream = (await (await sendAsCurl(/came from/)).json()) as Lineage;
    expect(titles(upstream.items.map(({ transfer }) => transfer))).toEqual([ALERTS, BOARD]);
    const downstream = (await (await sendAsCurl(/went on to/)).json()) as Lineage;
    expect(titles(downstream.items.map(({ transfer }) => transfer))).toEqual([BOARD, ALERTS]);
    expect(titles(downstream.undeclared)).toEqual(['Contact index for one-time codes']);
  });

  it('says what it is not complete for', async () => {
    const answer = await (await sendAsCurl(/complete/)).json();
    expect(answer).toMatchObject({
      providers: expect.arrayContaining([
        expect.objectContaining({
          provider: 'telecom-authority',
          // The declaration from July 2022 on is limited to one way of handing over, so it closes no gap.
          gaps: expect.arrayContaining([{ from: '2021-07-01', to: '2023-12-31' }]),
        }),
      ]),
    });
  });

  it('refuses the text with a national id', async () => {
    const response = await sendAsCurl(/refuses/);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      type: 'https://amanat.dev/problems/personal-data-refused',
      errors: [{ pointer: '/basis' }],
    });
  });

  it('is recorded once, however often', async () => {
    expect(await recordOnce()).toEqual(recorded);
    // With the trace, which was the last thing recorded.
    await expect
      .poll(async () => (await auditor.call('listIncidents')).reflects.size, { timeout: 20_000 })
      .toBe(storySteps().length + 2);
  });

  it('gives the system no trouble', () => {
    expect(troubles).toEqual([]);
  });
});
