import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROVIDER, RECIPIENT, THIRD_PARTY, transferBody } from '../support/transfers.ts';
import {
  type Answered,
  AUDITOR,
  agency,
  createWorld,
  registerExamples,
  type Speaker,
  type World,
} from './world.ts';

/** Events that are judged by more than the transfer's own history. */
let world: World;
beforeAll(async () => {
  world = await createWorld();
  await registerExamples(world);
});
afterAll(() => world.tables.client.destroy());

const exception = { reason: 'Court order', approver: 'Director' };

async function record(provider: string, recipient: string, overrides: Record<string, unknown> = {}) {
  const body = transferBody({
    provider: { agencyId: provider },
    recipient: { agencyId: recipient },
    agreement: undefined,
    exception,
    onward: { allowed: true },
    ...overrides,
  });
  const answer = await world.ask('recordTransfer', agency(provider), { body });
  expect(answer.status, answer.text).toBe(201);
  return String(answer.json['transferId']);
}

const tell = (transferId: string, by: string, kind: string, body: Record<string, unknown>) =>
  world.ask('recordTransferEvent', agency(by), { params: { transferId }, body: { kind, body } });

const taken = (answer: Answered) => expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
const refused = (answer: Answered, slug: string) =>
  expect([answer.json['type'], answer.text]).toEqual([
    `https://amanat.dev/problems/${slug}`,
    expect.anything(),
  ]);

/** A transfer, what its recipient handed on, and what was handed on from there. */
async function threeInLine(until = '2025-03-31') {
  const first = await record(PROVIDER, RECIPIENT);
  const retention = { until };
  const second = await record(RECIPIENT, THIRD_PARTY, { originTransferIds: [first], retention });
  const third = await record(THIRD_PARTY, PROVIDER, { originTransferIds: [second], retention });
  return { first, second, third };
}

const certificate = {
  occurredOn: '2025-03-20',
  scope: 'media',
  method: 'destroy',
  tool: 'Shredder',
  performer: 'staff-11',
  verifier: 'staff-12',
  backups: 'destroyed',
  derivatives: 'none-existed',
};

describe('what lies upstream', () => {
  it('holds back the disposal, where a hold says so, until it is lifted', async () => {
    const { first, third } = await threeInLine();
    const hold = { occurredOn: '2024-05-01', reference: 'court-7', reason: 'Litigation' };
    taken(await tell(first, RECIPIENT, 'legal-hold-set', { ...hold, downstream: true }));
    refused(await tell(third, PROVIDER, 'destruction-certified', certificate), 'conflict');
    refused(await tell(first, PROVIDER, 'legal-hold-lifted', hold), 'conflict');
    taken(await tell(first, RECIPIENT, 'legal-hold-lifted', hold));
    taken(await tell(third, PROVIDER, 'destruction-certified', certificate));
  });

  it('limits how far a retention can be extended without its word', async () => {
    const { first, second } = await threeInLine();
    const extend = { occurredOn: '2025-03-01', approver: 'Director', reason: 'The case goes on' };
    const longer = { ...extend, from: '2025-03-31', until: '2026-03-31' };
    const beyond = await tell(second, RECIPIENT, 'retention-extended', longer);
    refused(beyond, 'invalid-record');
    expect(beyond.json['errors']?.[0]?.['pointer']).toBe('/body/until');
    taken(await tell(first, PROVIDER, 'retention-extended', longer));
    const within = await tell(second, RECIPIENT, 'retention-extended', longer);
    expect([within.status, within.json['flags']]).toEqual([201, []]);
    const again = { ...extend, from: '2026-03-31', until: '2027-03-31' };
    const approved = await tell(second, RECIPIENT, 'retention-extended', {
      ...again,
      originApproval: { approver: 'Registrar' },
    });
    expect(approved.json['flags']).toEqual([{ code: 'retention-beyond-origin', pointer: '/until' }]);
  });

  it('is what took the place of a superseded record', async () => {
    const { first, second } = await threeInLine();
    const right = await record(PROVIDER, RECIPIENT, { retention: { until: '2025-12-31' } });
    const wrong = { occurredOn: '2024-04-01', reason: 'Wrong end of the retention' };
    taken(await tell(first, PROVIDER, 'record-superseded', { ...wrong, by: right }));
    const extend = { occurredOn: '2025-03-01', from: '2025-03-31', approver: 'D', reason: 'r' };
    refused(
      await tell(second, RECIPIENT, 'retention-extended', { ...extend, until: '2026-01-01' }),
      'invalid-record',
    );
    taken(await tell(second, RECIPIENT, 'retention-extended', { ...extend, until: '2025-12-31' }));
    const onFirst = { occurredOn: '2024-05-01', reference: 'court-7', reason: 'Litigation' };
    refused(await tell(first, PROVIDER, 'legal-hold-set', onFirst), 'conflict');
  });

  it('was corrected, which the last in line confirms by the entry that says so', async () => {
    const { first, second, third } = await threeInLine();
    const correction = { occurredOn: '2024-04-01', correctionId: 'c-1' };
    const issued = await tell(first, PROVIDER, 'correction-issued', {
      ...correction,
      fields: ['address'],
      reason: 'Shifted by a row',
    });
    const confirmed = { ...correction, issuedBy: issued.json['entryId'] };
    refused(await tell(third, PROVIDER, 'correction-confirmed', correction), 'conflict');
    taken(await tell(third, PROVIDER, 'correction-confirmed', confirmed));
    refused(await tell(third, PROVIDER, 'correction-confirmed', confirmed), 'conflict');
    taken(await tell(second, THIRD_PARTY, 'correction-confirmed', confirmed));
  });
});

describe('what lies downstream', () => {
  const seen = async (transferId: string, who: Speaker) => {
    const { json } = await world.ask('getTransfer', who, { params: { transferId } });
    return [json['marks'], json['downstream']];
  };
  const listed = async (who: Speaker) => {
    const { json } = await world.ask('listTransfers', who, { query: { state: 'incomplete', limit: '200' } });
    return (json['items'] as unknown as { transferId: string }[]).map(({ transferId }) => transferId);
  };

  it('keeps a destruction incomplete, and is named to those who may see it', async () => {
    const { first, second, third } = await threeInLine();
    taken(await tell(first, RECIPIENT, 'destruction-certified', certificate));
    taken(await tell(second, THIRD_PARTY, 'destruction-certified', certificate));
    await world.settle();
    const open = [third];
    expect(await seen(second, AUDITOR)).toEqual([['incomplete'], { open, more: false }]);
    expect(await seen(first, AUDITOR)).toEqual([['incomplete'], { open, more: false }]);
    expect(await seen(second, agency(THIRD_PARTY))).toEqual([['incomplete'], { open, more: false }]);
    expect(await seen(second, agency(RECIPIENT))).toEqual([['incomplete'], { open: [], more: true }]);
    expect(await listed(AUDITOR)).toEqual(expect.arrayContaining([first, second]));
    expect(await listed(agency(THIRD_PARTY))).not.toContain(first);

    taken(await tell(third, PROVIDER, 'destruction-certified', { ...certificate, backups: 'unknown' }));
    await world.settle();
    expect(await seen(first, AUDITOR)).toEqual([['incomplete'], { open, more: false }]);
    taken(await tell(third, PROVIDER, 'destruction-certified', { ...certificate, occurredOn: '2025-03-25' }));
    await world.settle();
    expect(await seen(first, AUDITOR)).toEqual([[], { open: [], more: false }]);
    expect(await listed(AUDITOR)).not.toEqual(expect.arrayContaining([first]));
  });
});

describe('what is owed now', () => {
  const owed = async (who: Speaker, query: Record<string, string>) => {
    const all = { dueBefore: '2099-12-31', limit: '200', ...query };
    const { status, json } = await world.ask('listObligations', who, { query: all });
    const items = (json['items'] ?? []) as unknown as { kind: string; obliged: string }[];
    return {
      status,
      kinds: new Set(items.map(({ kind }) => kind)),
      by: new Set(items.map((each) => each.obliged)),
    };
  };

  it('is listed by kind and by who owes it, and an agency is told of its own alone', async () => {
    await threeInLine();
    await world.settle();
    const kind = 'acknowledge,destroy';
    expect(await owed(AUDITOR, { agency: THIRD_PARTY, kind })).toEqual({
      status: 200,
      kinds: new Set(['acknowledge', 'destroy']),
      by: new Set([THIRD_PARTY]),
    });
    expect(await owed(AUDITOR, { kind: 'acknowledge' })).toMatchObject({
      kinds: new Set(['acknowledge']),
      by: new Set([PROVIDER, RECIPIENT, THIRD_PARTY]),
    });
    expect((await owed(agency(RECIPIENT), { kind: 'acknowledge' })).by).toEqual(new Set([RECIPIENT]));
    expect((await owed(agency(RECIPIENT), { agency: RECIPIENT })).by).toEqual(new Set([RECIPIENT]));
    expect((await owed(agency(RECIPIENT), { agency: THIRD_PARTY })).status).toBe(403);
    expect((await owed(AUDITOR, { kind: 'nothing' })).status).toBe(400);
  });
});

describe('a superseded record', () => {
  it('gives way to a transfer of the same provider only, which keeps what it was bound to', async () => {
    const { first, second } = await threeInLine();
    const wrong = { occurredOn: '2024-04-01', reason: 'Wrong' };
    const supersede = (by: string) => tell(first, PROVIDER, 'record-superseded', { ...wrong, by });
    refused(await supersede(second), 'invalid-record');
    refused(await supersede(`tr-${'0'.repeat(32)}`), 'invalid-record');
    const recall = { occurredOn: '2024-07-01', dueBy: '2024-08-01', reason: 'The programme ended' };
    taken(await tell(first, PROVIDER, 'recall-issued', recall));
    const right = await record(PROVIDER, RECIPIENT);
    refused(await supersede(right), 'conflict');
    taken(await tell(right, PROVIDER, 'recall-issued', recall));
    taken(await supersede(right));
  });
});
