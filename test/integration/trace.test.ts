import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TraceAnswer } from '../../core/trace/answer.ts';
import { incidentBody, leakBody, PROVIDER, transferBody } from '../support/transfers.ts';
import { AUDITOR, agency, createWorld, registerExamples, type World } from './world.ts';

let world: World;
let incidentId: string;
let covering: string;
beforeAll(async () => {
  world = await createWorld();
  await registerExamples(world);
  const { json } = await world.ask('recordTransfer', agency(PROVIDER), { body: transferBody() });
  covering = String(json['transferId']);
  const opened = await world.ask('openIncident', AUDITOR, { body: incidentBody() });
  incidentId = String(opened.json['incidentId']);
  await world.settle();
});
afterAll(() => world.tables.client.destroy());

const trace = (overrides = {}, key?: string) =>
  world.ask('runTrace', AUDITOR, { params: { incidentId }, body: leakBody(overrides), ...(key && { key }) });

describe('a trace', () => {
  it('names what covers the leak, and is recorded with the digest of its answer', async () => {
    const { status, text, json } = await trace();
    expect(status, text).toBe(201);
    const answer = TraceAnswer.parse(json);
    expect(answer.candidates.items.map(({ transfer }) => transfer.transferId)).toEqual([covering]);
    await world.settle();
    const incident = await world.ask('getIncident', AUDITOR, { params: { incidentId } });
    expect(incident.json['traces']?.[0]).toMatchObject({
      traceId: answer.traceId,
      reflects: answer.reflects,
    });
    const again = await world.ask('getTrace', AUDITOR, { params: { incidentId, traceId: answer.traceId } });
    expect([again.status, again.text]).toEqual([200, text]);
  });

  it('answers a repetition with the first answer, also when there is more to find by now', async () => {
    const first = await trace({}, 'trace-1');
    await world.ask('recordTransfer', agency(PROVIDER), { body: transferBody({ purposeText: 'One more' }) });
    await world.settle();
    expect((await trace({}, 'trace-1')).text).toBe(first.text);
    expect((await trace({ fields: ['cnic'] }, 'trace-1')).status).toBe(422);
    expect((await trace({}, 'trace-2')).text).not.toBe(first.text);
  });

  it('needs an open incident, and an auditor', async () => {
    const unknown = await world.ask('runTrace', AUDITOR, {
      params: { incidentId: `in-${'0'.repeat(32)}` },
      body: leakBody(),
    });
    expect(unknown.status).toBe(404);
    expect(
      (await world.ask('runTrace', agency(PROVIDER), { params: { incidentId }, body: leakBody() })).status,
    ).toBe(403);
    const opened = await world.ask('openIncident', AUDITOR, { body: incidentBody({ title: 'Another' }) });
    const other = { incidentId: String(opened.json['incidentId']) };
    await world.ask('recordIncidentEvent', AUDITOR, {
      params: other,
      body: { kind: 'incident-closed', body: { occurredOn: '2026-02-01', outcome: 'Mistaken' } },
    });
    expect((await world.ask('runTrace', AUDITOR, { params: other, body: leakBody() })).status).toBe(409);
  });

  it('refuses personal data in what is told of the leak', async () => {
    const { status, json } = await trace({ note: 'Row of 0300 1234567' });
    expect([status, json['type']]).toEqual([422, 'https://amanat.dev/problems/personal-data-refused']);
  });
});
