import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Operation } from '../../core/api/routes.ts';
import {
  agencyBody,
  agreementBody,
  coverageBody,
  incidentBody,
  PROVIDER,
  RECIPIENT,
  retrospectiveBody,
  transferBody,
} from '../support/transfers.ts';
import { FAULTS, type FaultKind, Faults } from './support/faults.ts';
import { checkHistories, readLedger } from './support/ledger.ts';
import {
  type Answered,
  type Asked,
  AUDITOR,
  agency,
  createWorld,
  registerExamples,
  type Speaker,
  STEWARD,
  type World,
} from './world.ts';

let world: World;
let calls: Faults;
let attempts: Faults;
beforeAll(async () => {
  world = await createWorld();
  await registerExamples(world);
  const { dynamo } = await import('../../lambdas/store/client.ts');
  calls = Faults.install(dynamo);
  attempts = Faults.install(dynamo, 'attempt');
});
afterAll(() => world.tables.client.destroy());
beforeEach(() => {
  const chance = Math.random;
  vi.spyOn(Math, 'random').mockImplementation(() => chance() / 50);
});
afterEach(() => {
  vi.restoreAllMocks();
  calls.revive();
  attempts.revive();
});

/** Something that a client wants to have appended, whatever becomes of single requests. */
interface Wish {
  readonly operation: Operation;
  readonly who: Speaker;
  readonly asked: Asked & { readonly key: string };
}
let wishes = 0;
const wish = (operation: Operation, who: Speaker, asked: Asked): Wish => ({
  operation,
  who,
  asked: { key: `wish-${wishes++}`, ...asked },
});
const send = ({ operation, who, asked }: Wish) => world.ask(operation, who, asked);

/** What was answered to each wish that came true. */
const acknowledged = new Map<string, Answered>();
function acknowledge(key: string, answer: Answered): void {
  const before = acknowledged.get(key);
  if (before) expect(answer.text).toBe(before.text);
  else acknowledged.set(key, answer);
}

/**
 * Asks until there is an answer that is more than "try again". What was recorded is answered the same for good, byte
 * for byte.
 */
async function insist(wanted: Wish): Promise<Answered> {
  for (let time = 0; time < 60; time++) {
    const answer = await send(wanted);
    if (answer.status === 201) acknowledge(wanted.asked.key, answer);
    if (answer.status !== 503) return answer;
    expect(answer.json['type']).toBe('https://amanat.dev/problems/try-again');
  }
  return expect.fail(`${wanted.operation} was never answered`);
}

/** A transfer with a life of its own, recorded without faults. */
async function aTransferOfItsOwn(): Promise<string> {
  const answer = await insist(wish('recordTransfer', agency(PROVIDER), { body: transferBody() }));
  return String(answer.json['transferId']);
}
const event = (transferId: string, who: Speaker, kind: string, body: object) =>
  wish('recordTransferEvent', who, { params: { transferId }, body: { kind, body } });
const acknowledgement = { occurredOn: '2024-03-12', rows: 120_000, storedAt: 'Vault 3' };
const attestation = { occurredOn: '2024-06-01', held: true };

let names = 0;
/** One of each kind of append: those that open by themselves, that open under a chosen id, and that go on. */
const APPENDS: Record<string, () => Promise<Wish>> = {
  'a transfer': async () => wish('recordTransfer', agency(PROVIDER), { body: transferBody() }),
  'a transfer of an agreement and origins': async () => {
    const origin = await insist(
      wish('recordTransfer', agency(PROVIDER), { body: transferBody({ onward: { allowed: true } }) }),
    );
    return wish('recordTransfer', STEWARD, {
      body: retrospectiveBody({
        provider: { agencyId: RECIPIENT },
        recipient: { agencyId: PROVIDER },
        originTransferIds: [origin.json['transferId']],
        handedOver: { earliest: '2024-04-01', latest: '2024-04-01' },
      }),
    });
  },
  'an event that ends its own possibility': async () =>
    event(await aTransferOfItsOwn(), agency(RECIPIENT), 'transfer-acknowledged', acknowledgement),
  'an event that may be repeated': async () =>
    event(await aTransferOfItsOwn(), agency(RECIPIENT), 'holding-attested', attestation),
  'an agency': async () =>
    wish('registerAgency', STEWARD, { body: agencyBody({ agencyId: `agency-${names++}` }) }),
  'a change of an agency': async () => {
    const agencyId = `agency-${names++}`;
    await insist(wish('registerAgency', STEWARD, { body: agencyBody({ agencyId }) }));
    const { agencyId: _id, ...rest } = agencyBody({ name: 'Renamed' });
    return wish('recordAgencyEvent', STEWARD, {
      params: { agencyId },
      body: { kind: 'agency-changed', body: { ...rest, occurredOn: '2024-01-01', reason: 'Renamed' } },
    });
  },
  'an agreement': async () =>
    wish('registerAgreement', STEWARD, { body: agreementBody({ agreementId: `agreement-${names++}` }) }),
  'a declaration of coverage': async () =>
    wish('declareCoverage', agency(PROVIDER), { body: coverageBody() }),
  'an incident': async () => wish('openIncident', AUDITOR, { body: incidentBody() }),
  'a finding': async () => {
    const incident = await insist(wish('openIncident', AUDITOR, { body: incidentBody() }));
    return wish('recordIncidentEvent', AUDITOR, {
      params: { incidentId: String(incident.json['incidentId']) },
      body: { kind: 'finding-recorded', body: { occurredOn: '2026-02-01', finding: 'Two of them cover it' } },
    });
  },
};

/** Faults whose outcome for a single call differs; the others differ from these only in their name. */
const DISTINCT = ['timeout-before', 'timeout-after', 'conflict', 'partial'] as const;
const CASES = Object.keys(APPENDS).flatMap((name, n) =>
  (n === 0 ? FAULTS : DISTINCT).map((kind) => [name, kind] as const),
);

describe('recording', () => {
  const prepare = (name: string) => (APPENDS[name] ?? expect.fail())();

  it.each(CASES)('%s once for all, though a call meets with %s', async (name, kind) => {
    for (let call = 0; ; call++) {
      const wanted = await prepare(name);
      calls.plan((number) => (number === call ? kind : undefined));
      const first = await send(wanted);
      const made = calls.calls.length;
      calls.revive();
      expect([201, 503], first.text).toContain(first.status);
      if (first.status === 201) acknowledge(wanted.asked.key, first);
      expect((await insist(wanted)).status).toBe(201);
      expect((await insist(wanted)).status).toBe(201);
      if (made <= call) break;
    }
  });

  it.each(Object.keys(APPENDS))('%s once for all, though the function is killed at a call', async (name) => {
    for (let call = 0; ; call++) {
      const wanted = await prepare(name);
      calls.killAt(call);
      await send(wanted);
      const survived = calls.calls.length <= call;
      calls.revive();
      expect((await insist(wanted)).status).toBe(201);
      if (survived) break;
    }
  });

  it.each([
    ['a transfer', 'timeout-before'],
    ['a transfer', 'reset-after'],
    ['a transfer', 'throttled'],
    ...Object.keys(APPENDS).map((name) => [name, 'timeout-after'] as const),
  ] as const)(
    '%s at the first request, when the SDK makes good an attempt that met with %s',
    async (name, kind) => {
      for (let attempt = 0; ; attempt++) {
        const wanted = await prepare(name);
        attempts.plan((number) => (number === attempt ? kind : undefined));
        const first = await send(wanted);
        const made = attempts.calls.length;
        attempts.revive();
        expect(first.status, first.text).toBe(201);
        acknowledge(wanted.asked.key, first);
        expect((await insist(wanted)).status).toBe(201);
        if (made <= attempt) break;
      }
    },
  );
});

describe('an insert that lands late', () => {
  const holdBack = () => {
    calls.plan((_, { command }) => (/^Execute(Statement|Transaction)/.test(command) ? 'late' : undefined));
  };

  it.each(['before', 'after'])('%s the client has tried again is the same record', async (when) => {
    const wanted = wish('recordTransfer', agency(PROVIDER), { body: transferBody() });
    holdBack();
    expect((await send(wanted)).status).toBe(503);
    calls.revive();
    if (when === 'before') await calls.landLate();
    const answer = await insist(wanted);
    await calls.landLate();
    expect((await insist(wanted)).text).toBe(answer.text);
  });

  it('is the event that it would have been, or none, where the history went on', async () => {
    const transferId = await aTransferOfItsOwn();
    const held = event(transferId, agency(RECIPIENT), 'holding-attested', attestation);
    const other = event(transferId, agency(RECIPIENT), 'transfer-acknowledged', acknowledgement);
    holdBack();
    expect((await send(held)).status).toBe(503);
    calls.revive();
    const taken = await insist(other);
    await calls.landLate();
    const answer = await insist(held);
    expect([taken.json['version'], answer.json['version']]).toEqual([1, 2]);
  });

  it('before the history goes on has its place in it', async () => {
    const transferId = await aTransferOfItsOwn();
    const held = event(transferId, agency(RECIPIENT), 'holding-attested', attestation);
    const other = event(transferId, agency(RECIPIENT), 'transfer-acknowledged', acknowledgement);
    holdBack();
    expect((await send(held)).status).toBe(503);
    calls.revive();
    await calls.landLate();
    expect((await insist(other)).json['version']).toBe(2);
    expect((await insist(held)).json['version']).toBe(1);
  });
});

describe('NDJSON', () => {
  it('has each line recorded once, however often and whatever befalls it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.constantFrom<FaultKind>(...FAULTS, 'dead'), { nil: undefined, freq: 2 }), {
          minLength: 5,
          maxLength: 40,
        }),
        async (plan) => {
          const key = `lines-${wishes++}`;
          const transferId = await aTransferOfItsOwn();
          const lines = Array.from({ length: 12 }, (_, n) =>
            n % 5 === 4
              ? {
                  kind: 'transfer-disputed',
                  subject: transferId,
                  body: { occurredOn: '2024-03-11', reason: 'other' },
                }
              : { kind: 'transfer-recorded', body: transferBody({ purposeText: `Line ${n}` }) },
          ).map((line, n) => JSON.stringify({ idempotencyKey: `${key}/${n}`, ...line }));
          // The provider may not dispute: those lines are refused each time, and stop no other.
          const recorded = new Map<number, unknown>();
          const post = async () => {
            const { status, json } = await world.ask('recordEntries', agency(PROVIDER), {
              body: lines.join('\n'),
              key,
            });
            expect(status).toBe(200);
            for (let n = 0; n < lines.length; n++) {
              const answer = json[n] as unknown as { line: number; status: number; answer?: unknown };
              expect(answer.line).toBe(n + 1);
              if (recorded.has(n)) expect(answer.answer).toEqual(recorded.get(n));
              if (answer.status === 201) recorded.set(n, answer.answer);
              else expect(n % 5 === 4 ? [403, 500, 503] : [500, 503]).toContain(answer.status);
            }
          };
          calls.plan((number) => plan[number]);
          await post();
          calls.revive();
          await post();
          await post();
          expect([...recorded.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 10, 11]);
          for (const [n, answer] of recorded) acknowledged.set(`${key}/${n}`, { json: answer } as Answered);
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe('many clients at once, under faults at random', () => {
  const fault = fc.option(fc.constantFrom<FaultKind>(...FAULTS, 'slow'), { nil: undefined, freq: 3 });
  const kinds = fc.constantFrom(
    'transfer-acknowledged',
    'transfer-disputed',
    'holding-attested',
    'legal-hold-set',
    'destruction-certified',
  );
  const BODIES: Record<string, object> = {
    'transfer-acknowledged': acknowledgement,
    'transfer-disputed': { occurredOn: '2024-03-13', reason: 'rows-differ' },
    'holding-attested': attestation,
    'legal-hold-set': { occurredOn: '2024-05-01', reference: 'court-7', reason: 'Litigation' },
    'destruction-certified': {
      occurredOn: '2025-03-20',
      scope: 'media',
      method: 'destroy',
      tool: 'Shredder',
      performer: 'staff-11',
      verifier: 'staff-12',
      backups: 'destroyed',
      derivatives: 'none-existed',
    },
  };

  it('record each thing once, refuse the same things each time, and leave histories without gaps', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(kinds, { minLength: 2, maxLength: 7 }),
        fc.array(fault, { minLength: 10, maxLength: 60 }),
        async (chosen, plan) => {
          const transferId = await aTransferOfItsOwn();
          const wanted = [
            ...chosen.map((kind) =>
              event(transferId, agency(RECIPIENT), kind, BODIES[kind] ?? expect.fail()),
            ),
            wish('recordTransfer', agency(PROVIDER), { body: transferBody() }),
          ];
          calls.plan((number) => plan[number]);
          // Each wish is sent twice at the same time, as by a client that has lost its patience.
          const heard = await Promise.all([...wanted, ...wanted].map(insist));
          calls.revive();
          const settled = await Promise.all(wanted.map(insist));
          for (const [n, answer] of heard.entries()) {
            const last = settled[n % wanted.length] ?? expect.fail();
            expect([201, 409], answer.text).toContain(answer.status);
            // What was accepted stays so; what conflicted may do so again, or have been accepted by its twin.
            if (answer.status === 201) expect(answer.text).toBe(last.text);
          }
          const accepted = settled.filter(({ status }) => status === 201);
          const history = await world.ask('getHistory', AUDITOR, { params: { transferId } });
          const items = history.json['items'] as unknown as { entryId: string; version: number }[];
          expect(items.map(({ version }) => version)).toEqual(items.map((_, n) => n));
          expect(
            items
              .slice(1)
              .map(({ entryId }) => entryId)
              .sort(),
          ).toEqual(
            accepted
              .slice(0, -1)
              .map(({ json }) => String(json['entryId']))
              .sort(),
          );
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('in the end', () => {
  it('every acknowledged entry is in the ledger once, in a history without gaps, and nothing else is', async () => {
    const all = await readLedger(world.tables.client, world.tables.ledger);
    checkHistories(all);
    const ids = [...acknowledged.values()].map(({ json }) => String(json['entryId']));
    expect(new Set(ids).size).toBe(ids.length);
    const examples = [...all.entries].flatMap(([id, { entry }]) =>
      /^(agr-2024-03|numbering-authority|hill-it-board|harbour-income-support)$/.test(entry.subject)
        ? [id]
        : [],
    );
    expect([...all.entries.keys()].sort()).toEqual([...ids, ...examples].sort());
    expect(ids.length).toBeGreaterThan(500);
  });
});
