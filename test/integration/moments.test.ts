import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OBLIGATION_KINDS } from '../../core/lifecycle/obligations.ts';
import { isInState, STATES, type StateName } from '../../core/lifecycle/transfer.ts';
import type { Entry } from '../../core/model/entry.ts';
import type { AgencyId, Day, TransferId } from '../../core/model/scalars.ts';
import {
  agencyBody,
  agreementBody,
  coverageBody,
  incidentBody,
  PROVIDER,
  RECIPIENT,
} from '../support/transfers.ts';
import { AGENCIES } from '../support/varied.ts';
import { accepting, doorbell } from './support/ledger.ts';
import { COUNT, everything, FLAGS, histories, reachable, TODAY } from './support/past.ts';
import {
  type Answered,
  AUDITOR,
  agency,
  createWorld,
  type Loose,
  type Speaker,
  STEWARD,
  type World,
} from './world.ts';

/** What is answered of earlier days is compared with what all histories, cut down to that moment, add up to. */
const NOW = `${TODAY}T12:00:00.000Z`;
let world: World;

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(NOW) });
  world = await createWorld();
  const accept = await accepting();
  const [sequencer, projector] = await Promise.all([
    import('../../lambdas/sequence.ts'),
    import('../../lambdas/project.ts'),
  ]);
  await sequencer.handler(await doorbell(await accept([...histories.values()].flat())));
  await projector.handler({ Records: [] }, {
    getRemainingTimeInMillis: () => 600_000,
  } as unknown as Context);
});
afterAll(() => {
  vi.useRealTimers();
  world.tables.client.destroy();
});

type Query = Record<string, string>;
async function pages(
  operation: 'listTransfers' | 'listObligations',
  who: Speaker,
  query: Query,
): Promise<Loose[]> {
  const items: Loose[] = [];
  let cursor: string | undefined;
  do {
    const answer: Answered = await world.ask(operation, who, {
      query: { ...query, ...(cursor && { cursor }) },
    });
    expect(answer.status, answer.text).toBe(200);
    items.push(...(answer.json['items'] as unknown as Loose[]));
    cursor = answer.json['nextCursor'] as unknown as string | undefined;
  } while (cursor !== undefined);
  return items;
}
const asked = (query: Record<string, unknown>): Query =>
  Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );

const someDay = fc.constantFrom(
  '2023-06-30',
  '2024-02-28',
  '2024-09-15',
  '2025-05-01',
  '2025-12-31',
  '2026-06-15',
);
const moment = fc.record({
  validAt: fc.option(someDay as fc.Arbitrary<Day>, { nil: undefined }),
  knownAt: fc.option(someDay as fc.Arbitrary<Day>, { nil: undefined }),
});
const someone = fc.constantFrom<AgencyId | undefined>(undefined, undefined, ...AGENCIES);

const newestFirst = (a: TransferId, b: TransferId) => places().indexOf(b) - places().indexOf(a);
let order: TransferId[] | undefined;
const places = (): TransferId[] => order ?? [];

describe('as of any moment', () => {
  beforeAll(async () => {
    const items = await pages('listTransfers', AUDITOR, { limit: '200' });
    order = items.map((item) => item['transferId'] as unknown as TransferId).reverse();
    expect(order).toHaveLength(COUNT);
  });

  it('the search finds what stood so then', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(
        moment,
        someone,
        fc.option(fc.constantFrom(...STATES), { nil: undefined }),
        fc.option(fc.constantFrom(...FLAGS), { nil: undefined, freq: 1 }),
        fc.constantFrom('13', '200'),
        async (when, who, state, flag, limit) => {
          const items = await pages(
            'listTransfers',
            who ? agency(who) : AUDITOR,
            asked({ ...when, state, flag, limit }),
          );
          const known = everything(when);
          const expected = [...known]
            .filter(
              ([
                ,
                {
                  state: { record, flags },
                  status,
                },
              ]) =>
                (!who || [record.provider.agencyId, record.recipient.agencyId].includes(who)) &&
                (!state || isInState(status, state as StateName, when.validAt ?? TODAY)) &&
                (!flag || flags.some(({ code }) => code === flag) || status.flags?.includes(flag) === true),
            )
            .map(([id]) => id)
            .sort(newestFirst);
          expect(items.map((item) => item['transferId'])).toEqual(expected);
          for (const item of items) {
            const { status } = known.get(item['transferId'] as unknown as TransferId) ?? expect.fail();
            expect([...(item['marks'] as unknown as string[])].sort()).toEqual([...status.marks].sort());
          }
          found += items.length;
        },
      ),
      { numRuns: 20, endOnFailure: true },
    );
    expect(found).toBeGreaterThan(0);
  });

  it('the obligations are those of then', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(
        moment.filter(({ validAt, knownAt }) => validAt !== undefined || knownAt !== undefined),
        someone,
        fc.option(fc.constantFrom(...OBLIGATION_KINDS), { nil: undefined, freq: 1 }),
        someDay,
        fc.constantFrom('9', '200'),
        async (when, who, kind, dueBefore, limit) => {
          const items = await pages(
            'listObligations',
            who ? agency(who) : AUDITOR,
            asked({ ...when, kind, dueBefore, limit }),
          );
          const expected = [...everything(when)]
            .sort(([a], [b]) => newestFirst(a, b))
            .flatMap(([id, { status }]) =>
              status.owed
                .filter(
                  (owed) =>
                    owed.dueOn < dueBefore && (!who || owed.obliged === who) && (!kind || owed.kind === kind),
                )
                .map((owed) => `${id} ${owed.dueOn} ${owed.kind} ${owed.cause}`)
                .sort(),
            );
          const named = items.map(
            (item) => `${item['transferId']} ${item['dueOn']} ${item['kind']} ${item['cause']}`,
          );
          expect(named).toEqual(expected);
          found += items.length;
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
    expect(found).toBeGreaterThan(0);
  });

  it('the coverage counts what was on record then', async () => {
    await fc.assert(
      fc.asyncProperty(moment, async (when) => {
        const { json } = await world.ask('getCoverage', AUDITOR, { query: asked(when) });
        const told = json['providers'] as unknown as { provider: AgencyId; transfers: number }[];
        const known = [...everything(when).values()].map(({ state }) => state.record.provider.agencyId);
        expect(Object.fromEntries(told.map(({ provider, transfers }) => [provider, transfers]))).toEqual(
          Object.fromEntries(
            AGENCIES.filter((id) => known.includes(id)).map((id) => [
              id,
              known.filter((each) => each === id).length,
            ]),
          ),
        );
      }),
      { numRuns: 10, endOnFailure: true },
    );
  });

  it('one transfer, its history and its lineage are those of then', async () => {
    await fc.assert(
      fc.asyncProperty(
        moment.filter(({ validAt, knownAt }) => validAt !== undefined || knownAt !== undefined),
        fc.nat({ max: COUNT - 1 }),
        fc.constantFrom('upstream', 'downstream'),
        async (when, n, direction) => {
          const transferId = [...histories.keys()][n] ?? expect.fail();
          const known = everything(when);
          const params = { transferId };
          const query = asked(when);
          const there = known.get(transferId);
          const detail = await world.ask('getTransfer', AUDITOR, { params, query });
          const history = await world.ask('getHistory', AUDITOR, { params, query });
          const lineage = await world.ask('getLineage', AUDITOR, { params, query: { ...query, direction } });
          const expectedStatus = there ? 200 : 404;
          expect([detail.status, history.status, lineage.status]).toEqual(Array(3).fill(expectedStatus));
          if (!there) return;
          expect([...(detail.json['marks'] as unknown as string[])].sort()).toEqual(
            [...there.status.marks].sort(),
          );
          expect((history.json['items'] as unknown as Entry[]).length).toBe(
            (histories.get(transferId) ?? []).filter(
              ({ version, recordedAt, body }) =>
                (!when.knownAt || recordedAt.slice(0, 10) <= when.knownAt) &&
                (version === 0 || String(body['occurredOn']) <= (when.validAt ?? TODAY)),
            ).length,
          );
          const items = lineage.json['items'] as unknown as { transfer: { transferId: TransferId } }[];
          expect(items.map(({ transfer }) => transfer.transferId).sort()).toEqual(
            reachable(transferId, direction, known).sort(),
          );
        },
      ),
      { numRuns: 20, endOnFailure: true },
    );
  });
});

describe('the registers', () => {
  const since = async (when: string, work: () => Promise<unknown>) => {
    vi.setSystemTime(new Date(when));
    await work();
    await world.settle();
    vi.setSystemTime(new Date(NOW));
  };

  it('tell what was registered, and how, by then', async () => {
    const { agencyId: _agency, ...changeable } = agencyBody({ name: 'Renamed' });
    const { agreementId: _agreement, ...terms } = agreementBody({ validFrom: '2025-07-01' });
    let incidentId = '';
    await since('2025-01-10T10:00:00Z', async () => {
      for (const agencyId of [PROVIDER, RECIPIENT])
        await world.ask('registerAgency', STEWARD, { body: agencyBody({ agencyId }) });
      await world.ask('registerAgreement', STEWARD, { body: agreementBody() });
    });
    await since('2025-06-10T10:00:00Z', async () => {
      const renamed = { ...changeable, occurredOn: '2025-03-01', reason: 'Renamed' };
      const body = { kind: 'agency-changed', body: renamed };
      await world.ask('recordAgencyEvent', STEWARD, { params: { agencyId: PROVIDER }, body });
      await world.ask('declareCoverage', agency(PROVIDER), { body: coverageBody() });
      const amended = { kind: 'agreement-amended', body: { ...terms, reason: 'Prolonged' } };
      const params = { agreementId: 'agr-2024-03' };
      await world.ask('recordAgreementEvent', STEWARD, { params, body: amended });
      const incident = await world.ask('openIncident', AUDITOR, {
        body: incidentBody({ discoveredOn: '2025-05-01' }),
      });
      incidentId = String(incident.json['incidentId']);
      const finding = {
        kind: 'finding-recorded',
        body: { occurredOn: '2025-06-01', finding: 'Two cover it' },
      };
      await world.ask('recordIncidentEvent', AUDITOR, { params: { incidentId }, body: finding });
    });

    const nameAt = async (query: Query) => {
      const one = await world.ask('getAgency', AUDITOR, { params: { agencyId: PROVIDER }, query });
      const list = await world.ask('listAgencies', AUDITOR, { query });
      const listed = (list.json['items'] as unknown as { agencyId: string; name: string }[]).find(
        ({ agencyId }) => agencyId === PROVIDER,
      );
      expect(listed?.name).toEqual(one.status === 200 ? one.json['name'] : undefined);
      return listed?.name;
    };
    expect(await nameAt({})).toBe('Renamed');
    expect(await nameAt({ validAt: '2025-02-28' })).toBe('Numbering Authority');
    expect(await nameAt({ validAt: '2025-03-01' })).toBe('Renamed');
    expect(await nameAt({ validAt: '2025-03-01', knownAt: '2025-06-09' })).toBe('Numbering Authority');
    expect(await nameAt({ knownAt: '2025-01-09' })).toBeUndefined();

    const declaredAt = async (query: Query) => {
      const { json } = await world.ask('getCoverage', AUDITOR, { query });
      return (json['declarations'] as unknown as unknown[]).length;
    };
    expect(await declaredAt({})).toBe(1);
    expect(await declaredAt({ knownAt: '2025-06-09' })).toBe(0);
    expect(await declaredAt({ validAt: '2023-01-01' })).toBe(1);

    const versionsAt = async (query: Query) => {
      const params = { agreementId: 'agr-2024-03' };
      const one = await world.ask('getAgreement', AUDITOR, { params, query });
      const list = await world.ask('listAgreements', AUDITOR, { query });
      expect(list.json['items']).toEqual(one.status === 200 ? [one.json] : []);
      return (one.json['versions'] as unknown as unknown[] | undefined)?.length;
    };
    expect(await versionsAt({})).toBe(2);
    expect(await versionsAt({ validAt: '2025-06-30' })).toBe(1);
    expect(await versionsAt({ knownAt: '2025-06-09' })).toBe(1);
    expect(await versionsAt({ knownAt: '2025-01-09' })).toBeUndefined();

    const findingsAt = async (query: Query) => {
      const one = await world.ask('getIncident', AUDITOR, { params: { incidentId }, query });
      const list = await world.ask('listIncidents', AUDITOR, { query });
      expect(list.json['items']).toEqual(one.status === 200 ? [one.json] : []);
      return (one.json['findings'] as unknown as unknown[] | undefined)?.length;
    };
    expect(await findingsAt({})).toBe(1);
    expect(await findingsAt({ validAt: '2025-05-31' })).toBe(0);
    expect(await findingsAt({ validAt: '2025-04-30' })).toBeUndefined();
    expect(await findingsAt({ knownAt: '2025-06-09' })).toBeUndefined();
  });
});
