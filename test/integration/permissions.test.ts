import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../core/api/permissions.ts';
import { isRecorded, OPERATIONS, route } from '../../core/api/routes.ts';
import { PROVIDER, RECIPIENT, THIRD_PARTY } from '../support/transfers.ts';
import { scan } from './support/ledger.ts';
import {
  AGENCIES,
  ASKERS,
  type Asker,
  expected,
  expectedUnderCase,
  type Outcome,
  outcomeOf,
  type Standing,
  speakerOf,
} from './support/permitted.ts';
import { casesOn } from './support/permitted-cases.ts';
import { type Ground, prepareGround } from './support/permitted-ground.ts';
import { AUDITOR, agency, type Speaker, type World } from './world.ts';

let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
});
afterAll(() => ground.world.tables.client.destroy());

const CASES = casesOn(() => ground);

it('asks every line of the table', () => {
  expect([...new Set(CASES.map(({ what }) => what))].sort()).toEqual(Object.keys(PERMISSIONS).sort());
});

// Before the ledger has more transfers than a page.
describe('a list', () => {
  it.each<[Standing, (of: Ground) => readonly string[]]>([
    ['upstream', ({ above }) => [above]],
    ['provider', ({ above, transferId }) => [above, transferId]],
    ['recipient', ({ transferId, below }) => [transferId, below]],
    ['downstream', ({ below }) => [below]],
    ['stranger', () => []],
  ])('shows the %s its own transfers alone, and an auditor all', async (standing, shown) => {
    const { world, above, transferId, below } = ground;
    const all = [above, transferId, below];
    const { json } = await world.ask('listTransfers', agency(AGENCIES[standing]));
    expect(among(all, json)).toEqual([...shown(ground)].sort());
    expect(among(all, (await world.ask('listTransfers', AUDITOR)).json)).toEqual([...all].sort());
  });

  it('shows either side its requests, and an auditor all', async () => {
    const { world, requestId } = ground;
    const shownTo = async (who: Speaker) => {
      const { json } = await world.ask('listDataRequests', who);
      return (json['items'] as unknown as { requestId: string }[]).map((item) => item.requestId);
    };
    for (const who of [AUDITOR, agency(PROVIDER), agency(RECIPIENT)])
      expect(await shownTo(who)).toEqual([requestId]);
    expect(await shownTo(agency(THIRD_PARTY))).toEqual([]);
  });

  const among = (ids: readonly string[], { items }: Awaited<ReturnType<World['ask']>>['json']) =>
    (items as unknown as { transferId: string }[])
      .map((item) => item.transferId)
      .filter((id) => ids.includes(id))
      .sort();
});

describe('as the table says', () => {
  it.each(CASES.map((each) => [`${each.what} ${each.name}`.trim(), each] as const))('%s', async (_, each) => {
    const may = (who: Asker) => expected(each, who).join() === each.granted.join();
    const refused = ASKERS.filter((who) => !may(who));
    const allowed = ASKERS.filter(may);
    const outcomes = new Map<string, Outcome>();
    const subject = refused.length > 0 ? await each.prepare() : undefined;
    const before = await rows();
    for (const who of refused) outcomes.set(who.name, outcomeOf(await each.ask(speakerOf(who), subject)));
    expect(await rows(), 'what is refused is not recorded').toBe(before);
    for (const who of allowed)
      outcomes.set(who.name, outcomeOf(await each.ask(speakerOf(who), await each.prepare())));
    expect(Object.fromEntries(outcomes)).toEqual(
      Object.fromEntries([...refused, ...allowed].map((who) => [who.name, expected(each, who)])),
    );
  });

  /** But for who asked: that is on record, granted or not. */
  const rows = async () => {
    const all = await scan(ground.world.tables.client, ground.world.tables.ledger);
    return all.filter(({ pk }) => !pk?.S?.startsWith('ACCESS#')).length;
  };
});

describe('a case, be it closed, is named by auditors alone', () => {
  const recorded = new Set<string>(OPERATIONS.filter((name) => isRecorded(route(name))));
  const underCase = (): Ground => {
    const { world, closedId } = ground;
    const headers = { 'Amanat-Incident': closedId };
    const ask: World['ask'] = (operation, who, asked) => world.ask(operation, who, { ...asked, headers });
    return { ...ground, world: { ...world, ask } };
  };
  const reads = casesOn(underCase).filter(({ what }) => recorded.has(what));

  it.each(reads.map((each) => [`${each.what} ${each.name}`.trim(), each] as const))('%s', async (_, each) => {
    const outcomes = new Map<string, Outcome>();
    for (const who of ASKERS) outcomes.set(who.name, outcomeOf(await each.ask(speakerOf(who), undefined)));
    expect(Object.fromEntries(outcomes)).toEqual(
      Object.fromEntries(ASKERS.map((who) => [who.name, expectedUnderCase(each, who)])),
    );
  });
});
