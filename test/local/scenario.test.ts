import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiProblem, createClient } from '../../core/api/client.ts';
import { TransferQuery } from '../../core/api/queries.ts';
import { statusOf } from '../../core/index/block.ts';
import { matches } from '../../core/index/search.ts';
import { obligationsOf } from '../../core/lifecycle/obligations.ts';
import { lifecycleOn, standingOf, type TransferState } from '../../core/lifecycle/transfer.ts';
import { NOTHING_UPSTREAM } from '../../core/lifecycle/upstream.ts';
import { CoverageDeclaration } from '../../core/model/registry.ts';
import { type Day, dayOf } from '../../core/model/scalars.ts';
import type { TraceAnswer } from '../../core/trace/answer.ts';
import { gapsIn } from '../../core/trace/gaps.ts';
import { AGENCIES } from '../../local/scenario/agencies.ts';
import { DECLARATIONS } from '../../local/scenario/declarations.ts';
import { LEAK } from '../../local/scenario/incident.ts';
import { type RecordedScenario, recordScenario } from '../../local/scenario/record.ts';
import { keyOf, storySteps } from '../../local/scenario/story.ts';
import { TRANSFERS } from '../../local/scenario/transfers/all.ts';
import { entries, memoryFetch, NOW, tokenFor, transferFacts, transferStates } from './scenario-api.ts';

vi.mock('../../lambdas/store/ledger.ts', () => import('./scenario-table.ts'));

const API = { url: 'http://ledger.test', token: tokenFor, fetch: memoryFetch };
const BOARD = 'subscribers-for-citizen-account-2022';
const PROGRAMME = 'addresses-for-income-support-2022';

let recorded: RecordedScenario;
/** The state of each transfer by the scenario's name for it: they are recorded in the scenario's order. */
let states: ReadonlyMap<string, TransferState>;
let afterBreak = 0;
const progress: [done: number, total: number, what: string][] = [];

beforeAll(async () => {
  let left = 70;
  const breaking: typeof fetch = async (...request) =>
    left-- > 0 ? memoryFetch(...request) : Response.json({}, { status: 500 });
  await expect(recordScenario({ ...API, fetch: breaking })).rejects.toThrow(ApiProblem);
  afterBreak = entries().length;

  recorded = await recordScenario({ ...API, onProgress: (...told) => progress.push(told) });
  const inOrder = transferStates();
  states = new Map(TRANSFERS.map(({ name }, i) => [name, inOrder[i] as TransferState]));
});

function stateOf(name: string): TransferState {
  const state = states.get(name);
  if (!state) throw new Error(`the scenario has no transfer ${name}`);
  return state;
}
const nameOf = (transferId: string) =>
  [...states].find(([, state]) => state.transferId === transferId)?.[0] ?? transferId;
const today = dayOf(NOW);
const lifecycle = (state: TransferState) => lifecycleOn(standingOf(state, NOTHING_UPSTREAM), today);

describe('recording the scenario', () => {
  it('has every step accepted, each once, also after a run that broke off', () => {
    const keys = storySteps().map(
      (step) => step.request(() => stateOf(BOARD).transferId as never).idempotencyKey,
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(afterBreak).toBe(70);
    // With the incident. The trace is no entry of the ledger in memory.
    expect(entries()).toHaveLength(keys.length + 1);
    for (const { name, record } of TRANSFERS)
      expect(stateOf(name).record).toMatchObject({ dataset: record.dataset, handedOver: record.handedOver });
  });

  it('tells how far it is, to the end', () => {
    expect(progress.map(([done]) => done)).toEqual(progress.map((_, i) => i));
    expect(progress.at(-1)?.[0]).toBe(progress.at(-1)?.[1]);
  });

  it('records nothing twice', async () => {
    const before = entries();
    expect(await recordScenario(API)).toEqual(recorded);
    expect(entries()).toEqual(before);
  });

  it('says so when the ledger holds another scenario in its place', async () => {
    const other: typeof fetch = (input, init) =>
      memoryFetch(
        input,
        init?.body ? { ...init, body: String(init.body).replace('Bank R', 'Money R') } : init,
      );
    await expect(recordScenario({ ...API, fetch: other })).rejects.toThrow(/another version.*--fresh/);
  });
});

describe('the story', () => {
  const records = () => [...states.values()].map(({ record }) => record);
  const distinct = (values: readonly (string | undefined)[]) => [...new Set(values)].sort();

  it('has a regulator and eight other agencies or more, and about forty hand-overs of eight years', () => {
    expect(AGENCIES.length).toBeGreaterThanOrEqual(9);
    expect(states.size).toBeGreaterThanOrEqual(38);
    expect(states.size).toBeLessThanOrEqual(45);
    expect(distinct(records().map(({ handedOver }) => handedOver.latest.slice(0, 4)))).toEqual([
      '2019',
      '2020',
      '2021',
      '2022',
      '2023',
      '2024',
      '2025',
      '2026',
    ]);
    const areas = records().flatMap(({ coverage }) => coverage?.areas ?? []);
    for (const area of ['PK-PB', 'PK-SD', 'PK-KP', 'PK-BA', 'PK-IS', 'PK-GB', 'PK-JK'])
      expect(areas).toContain(area);
  });

  it('has every agency take part', () => {
    const parties = records().flatMap(({ provider, recipient }) => [provider.agencyId, recipient.agencyId]);
    expect(distinct(parties)).toEqual(distinct(AGENCIES.map(({ agencyId }) => agencyId)));
  });

  it('back-fills what took place before 2024, with evidence, and records the rest as it happens', () => {
    for (const { handedOver, assertion } of records())
      expect(assertion === 'contemporaneous').toBe(handedOver.latest >= '2024-01-01');
    expect(distinct(records().map(({ assertion }) => assertion))).toEqual([
      'contemporaneous',
      'inferred',
      'recipient-declared',
      'retrospective',
    ]);
    for (const name of [BOARD, PROGRAMME])
      expect(stateOf(name).record).toMatchObject({ assertion: 'retrospective', confidence: 'moderate' });
  });

  it('has nothing in it that happens after March 2026, so that it can be recorded on any later day', () => {
    for (const { body } of entries()) {
      const { occurredOn, handedOver } = body as { occurredOn?: Day; handedOver?: { latest: Day } };
      expect([occurredOn, handedOver?.latest].filter((day) => day && day > '2026-03-31')).toEqual([]);
    }
  });

  it.each([
    [PROGRAMME, ['outside-agreement-date', 'digest-unknown']],
    [BOARD, ['unencrypted', 'digest-unknown']],
    ['fingerprints-after-retirement-2023', ['agreement-retired', 'digest-unknown', 'recorded-by-steward']],
    ['nutrition-grant-2021', ['unencrypted', 'digest-unknown']],
    ['contact-index-for-contractor-2023', ['agreement-unknown', 'digest-unknown']],
    ['numbers-passed-on-for-dengue-alerts-2023', []],
  ])('flags %s with %j', (name, flags) => {
    expect(stateOf(name).flags.map(({ code }) => code)).toEqual(flags);
  });

  it('has holdings in every state, and every mark', () => {
    const all = [...states.values()];
    expect(distinct(all.map(lifecycle))).toEqual(
      expect.arrayContaining(['recorded', 'acknowledged', 'overdue', 'certified', 'verified']),
    );
    expect(distinct(all.flatMap((state) => standingOf(state, NOTHING_UPSTREAM).marks))).toEqual([
      'disputed',
      'held',
      'incomplete',
      'recalled',
      'superseded',
      'uncorrected',
    ]);
    for (const name of [BOARD, PROGRAMME]) expect(lifecycle(stateOf(name))).toBe('overdue');
    expect(stateOf(PROGRAMME).rejected?.reason).toMatch(/backups/i);
    const owed = all
      .flatMap((state) => obligationsOf(state, NOTHING_UPSTREAM))
      .filter(({ dueOn }) => dueOn < today);
    expect(distinct(owed.map(({ kind }) => kind))).toEqual([
      'answer-recall',
      'confirm-correction',
      'destroy',
      'destroy-remainder',
      'resolve-dispute',
      'verify-destruction',
    ]);
  });

  it('has an extension, a lifted hold, and a difference in what arrived', () => {
    const spending = stateOf('spending-for-revenue-2021');
    expect(spending.retentionEnd).toBe('2029-08-31');
    expect(spending.record.retention).toEqual({ until: '2024-08-31' });
    expect(entries().map(({ kind }) => kind)).toContain('legal-hold-lifted');
    expect(stateOf('rolls-for-by-elections-2025').acknowledged?.agrees).toBe(false);
    expect(stateOf('spending-for-revenue-2024').acknowledged?.agrees).toBe(true);
  });

  it('has a correction that one of its recipients never confirmed', () => {
    const confirmed = [...states].flatMap(([name, { corrections }]) =>
      corrections
        .filter(({ correctionId }) => correctionId === 'CR-COR-2024-07')
        .map((correction) => [name, correction.confirmed !== undefined] as const),
    );
    expect(confirmed).toEqual([
      ['family-roster-2023', false],
      ['rolls-2023', true],
    ]);
  });

  it('has one onward transfer that says so, and one of the same columns that does not', () => {
    const onward = records().filter(({ originTransferIds }) => originTransferIds);
    expect(onward.map(({ originTransferIds }) => originTransferIds)).toEqual([[stateOf(BOARD).transferId]]);
    const { record } = stateOf('contact-index-for-contractor-2023');
    expect(record.provider.agencyId).toBe(stateOf(BOARD).record.recipient.agencyId);
    const held = stateOf(BOARD).record.fields?.map(({ canonical }) => canonical);
    expect(held).toEqual(expect.arrayContaining(record.fields?.map(({ canonical }) => canonical) ?? ['?']));
  });

  it('leaves the spring of 2022 undeclared by the authority', () => {
    const periods = DECLARATIONS.filter(({ provider }) => provider === 'telecom-authority').map((one) =>
      CoverageDeclaration.parse(one),
    );
    expect(gapsIn({ from: '2019-01-01' as Day, to: '2025-12-31' as Day }, periods)).toEqual([
      { from: '2021-07-01', to: '2022-06-30' },
    ]);
  });
});

describe('the trace', () => {
  let answer: TraceAnswer;
  beforeAll(async () => {
    const client = createClient({ ...API, token: () => tokenFor({ roles: ['auditor'] }) });
    const { incidentId } = recorded;
    answer = await client.call('runTrace', {
      idempotencyKey: keyOf('trace'),
      params: { incidentId },
      body: LEAK,
    });
  });
  const namesIn = (set: TraceAnswer['sets']['listed'][number] | undefined) =>
    set?.members.map(({ transferId }) => nameOf(transferId)).sort();

  it('is the one that was run', () => {
    expect(answer.traceId).toBe(recorded.traceId);
  });

  it('finds no hand-over that explains the leak by itself', () => {
    expect(answer.counts).toMatchObject({ coverAll: 0, transfers: TRANSFERS.length });
    expect(answer.sets).toMatchObject({ exact: true, uncovered: [] });
    expect(Math.min(...answer.sets.listed.map(({ members }) => members.length))).toBe(2);
  });

  it('ranks the two hand-overs of 2022 first, alone and together', () => {
    expect(namesIn(answer.sets.listed[0])).toEqual([PROGRAMME, BOARD]);
    const [first, second] = answer.sets.listed.map(({ points }) => points.members + points.joint);
    expect(first).toBeGreaterThan((second ?? Number.POSITIVE_INFINITY) + 10);
    expect(answer.candidates.items.slice(0, 2).map(({ transfer }) => nameOf(transfer.transferId))).toEqual([
      BOARD,
      PROGRAMME,
    ]);
  });

  it('finds no other set of hand-overs that all took place in 2022', () => {
    const of2022 = ({ transferId }: { transferId: string }) => {
      const { earliest, latest } = stateOf(nameOf(transferId)).record.handedOver;
      return earliest.startsWith('2022') && latest.startsWith('2022');
    };
    const sets = answer.sets.listed.filter(({ members }) => members.every(of2022));
    expect(sets.map(namesIn)).toEqual([[PROGRAMME, BOARD]]);
    expect(answer.sets.truncated).toBe(false);
  });

  it.each([
    ['register-for-fraud-case-2020', 'newest-fact-after-snapshot'],
    ['register-for-sindh-2022', 'area-disjoint'],
    ['register-for-the-investigation-2026', 'handed-over-after-leak'],
  ])('excludes %s, which holds all that was leaked: %s', (name, code) => {
    const excluded = answer.excluded.items.find(({ transferId }) => nameOf(transferId) === name);
    expect(excluded?.covers).toEqual(LEAK.fields);
    expect(excluded?.reasons.map((reason) => reason.code)).toEqual([code]);
  });

  it('keeps what gave nothing in the clear, and what is of unknown fields, out of every set', () => {
    const inSets = new Set(
      answer.sets.listed.flatMap(({ members }) => members.map((one) => nameOf(one.transferId))),
    );
    for (const name of ['digital-inclusion-study-2022', 'disc-for-provincial-office-2021']) {
      const shown = answer.candidates.items.map(({ transfer }) => nameOf(transfer.transferId));
      expect(shown).toContain(name);
      expect(inSets).not.toContain(name);
    }
  });
});

describe('what is worth a look', () => {
  const commandAbout = (words: RegExp) => {
    const found = recorded.highlights.filter(({ title }) => words.test(title));
    expect(found).toHaveLength(1);
    return found[0]?.curl ?? '';
  };
  const addressIn = (curl: string) => new URL(/'(http[^']+)'/.exec(curl)?.[1] ?? '');

  it('is one line each, with the address and the means to a token', () => {
    for (const { title, curl } of recorded.highlights) {
      expect(title).not.toMatch(/\n/);
      expect(curl).toMatch(/^curl -s [^\n]*'http:\/\/ledger\.test\/[^\n]*$/);
      expect(curl).toMatch(/"Authorization: Bearer \$\(npm run -s token -- --(?:role|agency) [a-z-]+\)"/);
    }
  });

  it('gets its tokens as the caller says', async () => {
    const { highlights } = await recordScenario({ ...API, bearer: (options) => `<${options}>` });
    for (const { curl } of highlights) expect(curl).toMatch(/Bearer <--(?:role auditor|agency [a-z-]+)>"/);
  });

  it('asks who received national id and address, of Punjab, of March 2022 or before', () => {
    const { searchParams } = addressIn(commandAbout(/national id and address/));
    const { limit: _limit, ...search } = TransferQuery.parse({
      ...Object.fromEntries(searchParams),
      field: searchParams.get('field')?.split(','),
    });
    const bySequence = new Map(transferFacts().map((facts) => [facts.transferId, facts]));
    const found = [...states].flatMap(([name, state]) => {
      const facts = bySequence.get(state.transferId);
      return facts && matches({ facts, status: statusOf(state, NOTHING_UPSTREAM) }, search, today)
        ? [name]
        : [];
    });
    expect(found).toEqual([
      'family-roster-2019',
      'rolls-2019',
      'identities-for-revenue-2020',
      'register-for-fraud-case-2020',
      'vaccination-2021',
      'nutrition-grant-2021',
      PROGRAMME,
      'digital-inclusion-study-2022',
      'register-for-the-investigation-2026',
    ]);
  });

  it('names the trace, and the transfers whose lineage it shows', () => {
    const path = (words: RegExp) => addressIn(commandAbout(words)).pathname;
    expect(path(/could explain the leak/)).toBe(
      `/v1/incidents/${recorded.incidentId}/traces/${recorded.traceId}`,
    );
    const passedOn = stateOf('numbers-passed-on-for-dengue-alerts-2023').transferId;
    expect(path(/passed on$/)).toBe(`/v1/transfers/${passedOn}/history`);
    expect(path(/came from/)).toBe(`/v1/transfers/${passedOn}/lineage`);
    expect(path(/went on to/)).toBe(`/v1/transfers/${stateOf(BOARD).transferId}/lineage`);
  });

  it('tries to have personal data recorded, which is refused for that alone', () => {
    const body: unknown = JSON.parse(/-d '([^']+)'/.exec(commandAbout(/refuses/))?.[1] ?? '');
    const { error } = CoverageDeclaration.safeParse(body);
    expect(error?.issues.map(({ path, message }) => [path, message])).toEqual([
      [['basis'], 'seems to hold personal data (CNIC)'],
    ]);
  });
});
