import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AGREEMENT,
  agencyBody,
  agreementBody,
  aSha256,
  PROVIDER,
  RECIPIENT,
  retrospectiveBody,
  THIRD_PARTY,
  transferBody,
} from '../support/transfers.ts';
import { AUDITOR, agency, createWorld, registerExamples, STEWARD, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await registerExamples(world);
});
afterAll(() => world.tables.client.destroy());

const provider = agency(PROVIDER);
const recipient = agency(RECIPIENT);

const record = (overrides = {}, key?: string) =>
  world.ask('recordTransfer', provider, { body: transferBody(overrides), ...(key && { key }) });
const happened = (transferId: unknown, who: typeof provider, kind: string, body: object, key?: string) =>
  world.ask('recordTransferEvent', who, {
    params: { transferId: String(transferId) },
    body: { kind, body },
    ...(key && { key }),
  });
const acknowledgement = { occurredOn: '2024-03-12', rows: 120_000, storedAt: 'Vault 3' };

describe('an append', () => {
  it('answers a repetition with the first answer, byte for byte', async () => {
    const first = await record({}, 'same-key');
    const second = await record({}, 'same-key');
    expect(first.status).toBe(201);
    expect(second.text).toBe(first.text);
    expect(first.headers['location']).toBe(`/v1/transfers/${first.json['transferId']}`);
  });

  it('refuses its key for another body, and for another kind of append', async () => {
    await record({}, 'used-key');
    const other = await record({ purposeText: 'Another purpose' }, 'used-key');
    expect([other.status, other.json['type']]).toEqual([
      422,
      'https://amanat.dev/problems/idempotency-key-reused',
    ]);
    const elsewhere = await world.ask('declareCoverage', provider, {
      key: 'used-key',
      body: { provider: PROVIDER, from: '2024-01-01', to: '2024-02-01', basis: 'register' },
    });
    expect(elsewhere.json['type']).toBe('https://amanat.dev/problems/idempotency-key-reused');
  });

  it('gives two submitters their own keys', async () => {
    const one = await record({}, 'shared-key');
    const other = await world.ask('recordTransfer', recipient, {
      key: 'shared-key',
      body: retrospectiveBody({ assertion: 'recipient-declared' }),
    });
    expect(other.status).toBe(201);
    expect(other.json['entryId']).not.toBe(one.json['entryId']);
  });

  it('refuses what only the server sets', async () => {
    const answer = await record({ recordedAt: '2024-03-12T00:00:00.000Z' });
    expect(answer.status).toBe(400);
    expect(answer.json['errors']).toEqual([{ pointer: '/recordedAt', detail: 'is not a property here' }]);
  });

  it('refuses personal data without repeating it', async () => {
    const answer = await record({ purposeText: 'For 35202-1234567-1' });
    expect([answer.status, answer.json['type']]).toEqual([
      422,
      'https://amanat.dev/problems/personal-data-refused',
    ]);
    expect(answer.json['errors']?.[0]).toMatchObject({
      pointer: '/purposeText',
      detail: expect.stringContaining('CNIC'),
    });
    expect(answer.text).not.toContain('1234567');
  });

  it('is for the agency itself', async () => {
    expect((await world.ask('recordTransfer', agency(THIRD_PARTY), { body: transferBody() })).status).toBe(
      403,
    );
    expect((await world.ask('recordTransfer', recipient, { body: transferBody() })).status).toBe(403);
    expect((await world.ask('recordTransfer', STEWARD, { body: transferBody() })).status).toBe(403);
  });

  it('lets a steward record after the fact, and says so', async () => {
    const answer = await world.ask('recordTransfer', STEWARD, { body: retrospectiveBody() });
    expect(answer.status).toBe(201);
    expect(answer.json['flags']).toContainEqual({ code: 'recorded-by-steward' });
  });

  it('refuses unregistered agencies, and finds one registered a moment later', async () => {
    const body = transferBody({
      recipient: { agencyId: 'late-comer' },
      agreement: undefined,
      exception: { reason: 'Court order', approver: 'Director' },
    });
    const early = await world.ask('recordTransfer', provider, { body });
    expect(early.json['errors']).toEqual([
      { pointer: '/recipient/agencyId', detail: 'is no registered agency' },
    ]);
    await world.ask('registerAgency', STEWARD, { body: agencyBody({ agencyId: 'late-comer' }) });
    expect((await world.ask('recordTransfer', provider, { body })).status).toBe(201);
  });

  it('needs an exception outside its agreement, and stays flagged', async () => {
    const outside = {
      handedOver: { earliest: '2026-02-01', latest: '2026-02-01' },
      retention: { until: '2027-01-01' },
    };
    const refused = await record(outside);
    expect(refused.status).toBe(422);
    expect(refused.json['errors']?.[0]?.['pointer']).toBe('/handedOver');
    const stated = await record({
      ...outside,
      exception: { reason: 'Renewal was under way', approver: 'Director' },
    });
    expect(stated.json['flags']).toContainEqual({ code: 'outside-agreement-date', pointer: '/handedOver' });
  });

  it('registers an agency once', async () => {
    const again = await world.ask('registerAgency', STEWARD, { body: agencyBody({ name: 'Another name' }) });
    expect(again.status).toBe(409);
  });

  it('of two registrations at once lets one win', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) =>
        world.ask('registerAgency', STEWARD, {
          body: agencyBody({ agencyId: 'contested', name: `Claim ${n}` }),
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });
});

describe('the events of a transfer', () => {
  it('are the recipient’s to acknowledge, and nobody’s who is no party', async () => {
    const { json } = await record();
    const id = json['transferId'];
    expect((await happened(id, provider, 'transfer-acknowledged', acknowledgement)).status).toBe(403);
    expect((await happened(id, agency(THIRD_PARTY), 'transfer-acknowledged', acknowledgement)).status).toBe(
      404,
    );
    expect((await happened(id, recipient, 'transfer-acknowledged', acknowledgement)).status).toBe(201);
    const again = await happened(id, recipient, 'transfer-acknowledged', acknowledgement);
    expect(again.status).toBe(409);
  });

  it('repeat with their first answer also when the state has moved on', async () => {
    const { json } = await record();
    const first = await happened(
      json['transferId'],
      recipient,
      'transfer-acknowledged',
      acknowledgement,
      'ack-1',
    );
    const second = await happened(
      json['transferId'],
      recipient,
      'transfer-acknowledged',
      acknowledgement,
      'ack-1',
    );
    expect(second.text).toBe(first.text);
  });

  it('of two at once are decided one after the other', async () => {
    const { json } = await record();
    const answers = await Promise.all(
      [1, 2, 3].map(() => happened(json['transferId'], recipient, 'transfer-acknowledged', acknowledgement)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const history = await world.ask('getHistory', AUDITOR, {
      params: { transferId: String(json['transferId']) },
    });
    expect(history.json['items']).toHaveLength(2);
  });

  it('flag where the recipient counts otherwise', async () => {
    const { json } = await record();
    const answer = await happened(json['transferId'], recipient, 'transfer-acknowledged', {
      ...acknowledgement,
      rows: 119_999,
      files: [{ file: 'subscribers.csv', sha256: aSha256('something else') }],
    });
    expect(answer.json['flags']).toEqual([
      { code: 'acknowledgement-digest-differs', pointer: '/files' },
      { code: 'acknowledgement-rows-differ', pointer: '/rows' },
    ]);
  });

  it('do not lie in the future', async () => {
    const { json } = await record();
    const answer = await happened(json['transferId'], recipient, 'transfer-acknowledged', {
      ...acknowledgement,
      occurredOn: '2099-01-01',
    });
    expect(answer.json['errors']).toEqual([
      { pointer: '/body/occurredOn', detail: 'must not be in the future' },
    ]);
  });
});

describe('NDJSON', () => {
  it('answers each line by itself and doubles nothing when sent again', async () => {
    const line = (n: number, body: unknown, kind = 'transfer-recorded') =>
      JSON.stringify({ idempotencyKey: `line-${n}`, kind, body });
    const body = [
      line(1, transferBody()),
      'not json',
      line(3, transferBody({ dataset: undefined })),
      '',
      line(5, transferBody({ purposeText: 'Line five' })),
    ].join('\n');
    const first = await world.ask('recordEntries', provider, { body });
    expect([0, 1, 2, 3].map((i) => [first.json[i]?.['line'], first.json[i]?.['status']])).toEqual([
      [1, 201],
      [2, 400],
      [3, 400],
      [5, 201],
    ]);
    expect(first.json[2]?.['problem']?.['errors']?.[0]?.['pointer']).toBe('/body/dataset');
    const second = await world.ask('recordEntries', provider, { body });
    expect(second.json[0]).toEqual(first.json[0]);
    expect(second.json[3]).toEqual(first.json[3]);
  });

  it('lets a transfer follow the registration of its recipient', async () => {
    const both = { sub: 'steward-2', agency: PROVIDER, roles: 'steward' };
    const body = [
      { idempotencyKey: 'n1', kind: 'agency-registered', body: agencyBody({ agencyId: 'new-one' }) },
      {
        idempotencyKey: 'n2',
        kind: 'transfer-recorded',
        body: retrospectiveBody({ recipient: { agencyId: 'new-one' } }),
      },
    ];
    const answer = await world.ask('recordEntries', both, {
      body: body.map((l) => JSON.stringify(l)).join('\n'),
    });
    expect([answer.json[0]?.['status'], answer.json[1]?.['status']]).toEqual([201, 201]);
  });
});

describe('the views', () => {
  it('answer the same after they are dropped and rebuilt from the ledger', async () => {
    const origin = await record({ onward: { allowed: true }, retention: { until: '2025-12-31' } });
    await happened(origin.json['transferId'], recipient, 'transfer-disputed', {
      occurredOn: '2024-03-11',
      reason: 'rows-differ',
    });
    await world.ask('recordTransfer', recipient, {
      body: transferBody({
        provider: { agencyId: RECIPIENT },
        recipient: { agencyId: THIRD_PARTY },
        agreement: undefined,
        exception: { reason: 'Joint programme', approver: 'Director' },
        originTransferIds: [origin.json['transferId']],
        retention: { until: '2024-12-31' },
      }),
    });
    await world.ask('registerAgreement', STEWARD, { body: agreementBody({ agreementId: 'agr-second' }) });
    await world.settle();
    const answers = async () => {
      const asked: [Parameters<World['ask']>[0], Parameters<World['ask']>[2]?][] = [
        ['listTransfers', { query: { limit: '200' } }],
        ['listTransfers', { query: { state: 'disputed' } }],
        ['listObligations', { query: { limit: '200' } }],
        ['listAgencies'],
        ['listAgreements'],
        ['listIncidents'],
        ['getCoverage'],
        ['getLineage', { params: { transferId: String(origin.json['transferId']) } }],
      ];
      const texts: string[] = [];
      for (const [operation, more] of asked) {
        const { status, text } = await world.ask(operation, AUDITOR, more);
        expect(status, `${operation}: ${text.slice(0, 300)}`).toBe(200);
        texts.push(text);
      }
      return texts;
    };
    const before = await answers();
    expect(before[0]).toContain('"items":[{');
    expect(before[1]).toContain(String(origin.json['transferId']));
    expect(before[7]).toContain('"depth":1');
    await world.rebuild();
    expect(await answers()).toEqual(before);
  });

  it('show an agency its own transfers only', async () => {
    await world.settle();
    const mine = await world.ask('listTransfers', agency(THIRD_PARTY), { query: { limit: '200' } });
    const parties = JSON.stringify(mine.json['items']);
    expect(mine.json['items']?.[0]).toBeDefined();
    for (const item of mine.json['items'] as unknown as { provider: string; recipient: string }[])
      expect([item.provider, item.recipient]).toContain(THIRD_PARTY);
    expect(parties).not.toContain(AGREEMENT);
  });
});
