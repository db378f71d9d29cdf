import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PublicRegister } from '../../core/api/public-register.ts';
import { addDays, type Day, dayOf, type Instant } from '../../core/model/scalars.ts';
import { legalBases, purposes } from '../../core/model/vocabulary.ts';
import { PROVIDER, RECIPIENT, retrospectiveBody, THIRD_PARTY, transferBody } from '../support/transfers.ts';
import { ANYONE, type Asked, agency, createWorld, registerExamples, STEWARD, type World } from './world.ts';

const today = dayOf(new Date().toISOString() as Instant);
const yesterday = addDays(today, -1);
const soon = addDays(today, 300);
const SUPPRESSION = { basis: 'national-security', authority: 'Section 8 of the Act', until: soon };

let world: World;
/** Hand-overs by what became of them. */
const ids: Record<string, string> = {};
const shown = ['plain', 'found', 'restored', 'expired', 'better'];
const HIDDEN = ['suppressed', 'never-shown', 'worse', 'withdrawn', 'of-the-steward'];

async function handOver(name: string, more: Record<string, unknown> = {}, who = agency(PROVIDER)) {
  const body = more['assertion'] ? retrospectiveBody(more) : transferBody(more);
  const { json, text } = await world.ask('recordTransfer', who, { body });
  expect(json['transferId'], text).toBeDefined();
  ids[name] = String(json['transferId']);
}
const tell = (name: string, kind: string, body: object, who = agency(PROVIDER)) =>
  world.ask('recordTransferEvent', who, {
    params: { transferId: ids[name] ?? '' },
    body: { kind, body: { occurredOn: yesterday, ...body } },
  });
async function told(...event: Parameters<typeof tell>) {
  const { status, text } = await tell(...event);
  expect(status, text).toBe(201);
}
const suppress = (name: string, more: object = {}, who = agency(PROVIDER)) =>
  told(name, 'publication-suppressed', { ...SUPPRESSION, ...more }, who);

beforeAll(async () => {
  world = await createWorld();
  await registerExamples(world);
  await handOver('plain', {
    purposeText: 'Hidden purpose text',
    dataset: { id: 'hidden-dataset', title: 'Register of subscribers', sourceSystem: 'Hidden system' },
    volume: { rows: 123_456, subjects: 98_765, exact: true },
  });
  await handOver('suppressed');
  await handOver('never-shown', { suppression: SUPPRESSION });
  await handOver(
    'found',
    { assertion: 'retrospective', dataset: { id: 'tax', title: 'Tax payers' } },
    STEWARD,
  );
  for (const name of ['restored', 'expired', 'worse', 'better', 'withdrawn', 'of-the-steward'])
    await handOver(name);
  await world.settle();
  await suppress('suppressed');
  await suppress('of-the-steward', { basis: 'criminal-investigation' }, STEWARD);
  await suppress('restored');
  await suppress('expired', { occurredOn: '2024-05-02', until: '2025-05-01' });
  await told('worse', 'record-superseded', { by: ids['better'], reason: 'Wrong unit' });
  await told('withdrawn', 'transfer-disputed', { reason: 'not-received' }, agency(RECIPIENT));
  await told('withdrawn', 'record-withdrawn', { reason: 'Cancelled' });
  await world.settle();
  await told('restored', 'publication-restored', { reason: 'In court' });
  await world.settle();
});
afterAll(() => world.tables.client.destroy());

const ask = async (query: Asked['query'] = {}) => {
  const { status, json, text, headers } = await world.ask('listPublicRegister', ANYONE, { query });
  expect(status, text).toBe(200);
  return { ...PublicRegister.parse(json), text, headers };
};
const namesIn = (register: { items: readonly { transferId: string }[] }) =>
  register.items.map(({ transferId }) => Object.keys(ids).find((name) => ids[name] === transferId));

describe('the public register', () => {
  it('shows what stands and is not suppressed, the newest recorded first, to anyone', async () => {
    const register = await ask();
    expect(namesIn(register)).toEqual(['better', 'expired', 'restored', 'found', 'plain']);
    expect(register.headers['cache-control']).toBe('public, max-age=60');
    expect(register.nextCursor).toBeUndefined();
  });

  it('says of a hand-over who, what, why and until when, and nothing that was not meant for the public', async () => {
    const { items, text } = await ask({ q: 'subscribers', limit: '200' });
    const plain = items.find(({ transferId }) => transferId === ids['plain']);
    expect(plain).toEqual({
      transferId: ids['plain'],
      provider: { agencyId: PROVIDER, name: 'Numbering Authority' },
      recipient: { agencyId: RECIPIENT, name: 'Numbering Authority' },
      title: 'Register of subscribers',
      about: 'prepaid subscribers',
      fields: ['msisdn', 'cnic', 'address'],
      people: 99_000,
      records: 120_000,
      areas: ['PK-PB'],
      purposes: [{ iri: purposes.welfareEligibility, label: 'Social welfare eligibility assessment' }],
      legalBases: [{ iri: legalBases.officialAuthority, label: 'Official authority of controller' }],
      agreement: 'agr-2024-03',
      handedOver: { from: '2024-03', to: '2024-03' },
      keptUntil: '2025-03-31',
      state: 'overdue',
    });
    for (const secret of [
      'idden',
      'staff-',
      'sftp',
      'MSISDN',
      'csv',
      'Section 8',
      '123456',
      '2024-03-10',
      'transport',
    ])
      expect(text).not.toContain(secret);
  });

  it('leaves out what a record lacks', async () => {
    const { items } = await ask({ q: 'tax' });
    expect(items.map((item) => Object.keys(item).sort())).toEqual([
      ['handedOver', 'provider', 'recipient', 'state', 'title', 'transferId'],
    ]);
    expect(items[0]?.handedOver).toEqual({ from: '2022-02', to: '2022-04' });
  });

  it.each<[Record<string, string>, string[]]>([
    [{ year: '2022' }, ['found']],
    [{ year: '2023' }, []],
    [{ field: 'cnic,address', year: '2024' }, ['better', 'expired', 'restored', 'plain']],
    [{ field: 'photo' }, []],
    [{ recipient: RECIPIENT, area: 'PK' }, ['better', 'expired', 'restored', 'plain']],
    [{ recipient: THIRD_PARTY }, []],
    [{ q: 'SUBSCRIBERS register' }, ['better', 'expired', 'restored', 'plain']],
    // Words of other parts find nothing: they would be told by being found.
    [{ q: 'hidden' }, []],
    [{ q: 'agr' }, []],
    [{ purpose: purposes.welfareEligibility }, ['better', 'expired', 'restored', 'plain']],
  ])('is searched by what it shows: %j', async (query, expected) => {
    expect(namesIn(await ask(query))).toEqual(expected);
  });

  it('is answered as of another moment', async () => {
    const then = (await ask({ validAt: '2024-06-30' })).items.find(
      ({ transferId }) => transferId === ids['plain'],
    );
    expect(then?.state).toBe('kept');
    expect(namesIn(await ask({ validAt: '2023-12-31' }))).toEqual(['found']);
    expect((await ask({ knownAt: yesterday })).items).toEqual([]);
  });
});

describe('what is suppressed', () => {
  const counts = [
    {
      provider: { agencyId: PROVIDER, name: 'Numbering Authority' },
      basis: 'criminal-investigation',
      count: 1,
    },
    { provider: { agencyId: PROVIDER, name: 'Numbering Authority' }, basis: 'national-security', count: 2 },
  ];

  it.each<Record<string, string>>([
    {},
    { recipient: RECIPIENT },
    { recipient: THIRD_PARTY },
    { year: '2022' },
    { q: 'nothing of that name' },
    { field: 'photo' },
    { validAt: '2024-03-09' },
    { validAt: '2024-03-10', limit: '1' },
    { knownAt: '2020-01-01' },
    { validAt: addDays(soon, 1) },
  ])(
    'is counted by provider and basis, and the count tells nothing more, whatever is asked: %j',
    async (query) => {
      const register = await ask(query);
      expect(register.suppressed).toEqual(counts);
      for (const name of HIDDEN) expect(register.text).not.toContain(ids[name]);
    },
  );

  it('leaves no gap in the pages', async () => {
    const pages: (string | undefined)[][] = [];
    let cursor: string | undefined;
    do {
      const page = await ask({ limit: '1', ...(cursor && { cursor }) });
      pages.push(namesIn(page));
      cursor = page.nextCursor;
    } while (cursor);
    expect(pages).toEqual(['better', 'expired', 'restored', 'found', 'plain'].map((name) => [name]));
  });

  it('is not told by a moment before it was suppressed, or by one after that ends', async () => {
    const moments = [`${today}T23:59:59.999Z`, '9999-12-31'];
    for (const knownAt of moments)
      for (const validAt of ['2024-04-01', yesterday, addDays(soon, 1) as Day])
        expect(namesIn(await ask({ knownAt, validAt })).sort()).toEqual(
          shown.filter((name) => name !== 'found' || validAt > '2022').sort(),
        );
  });

  it('is the provider’s to say, or a steward’s: a recipient keeps nothing from the public', async () => {
    const event = ['plain', 'publication-suppressed', SUPPRESSION] as const;
    expect((await tell(...event, agency(RECIPIENT))).status).toBe(403);
    expect((await tell(...event, agency(THIRD_PARTY))).status).toBe(404);
    const declared = retrospectiveBody({ assertion: 'recipient-declared', suppression: SUPPRESSION });
    const asked = await world.ask('recordTransfer', agency(RECIPIENT), { body: declared });
    expect(asked.status).toBe(403);
  });

  it('is told to the parties, with the authority for it', async () => {
    const asked = { params: { transferId: ids['never-shown'] ?? '' } };
    const { json } = await world.ask('getTransfer', agency(RECIPIENT), asked);
    expect(json['suppressed']).toMatchObject(SUPPRESSION);
  });
});

describe('the table', () => {
  const rowsOf = (text: string): Record<string, string>[] => parse(text, { columns: true, bom: true });
  const handOvers = (text: string) => rowsOf(text).filter(({ line }) => line === 'hand-over');
  const read = async (query: Asked['query'] = {}) => {
    const { status, text, headers } = await world.ask('publicRegisterCsv', ANYONE, { query });
    expect(status, text).toBe(200);
    return { text, headers };
  };

  it.each<Record<string, string>>([
    {},
    { year: '2022' },
    { field: 'cnic,address', year: '2024' },
    { recipient: THIRD_PARTY },
    { validAt: '2024-06-30' },
    { knownAt: yesterday },
  ])('has the hand-overs that the data shows, and what is not shown: %j', async (query) => {
    const register = await ask(query);
    const { text } = await read(query);
    const rows = handOvers(text);
    expect(rows.map(({ record, title, state }) => ({ transferId: record, title, state }))).toEqual(
      register.items.map(({ transferId, title, state }) => ({ transferId, title, state })),
    );
    expect(rowsOf(text).filter(({ line }) => line !== 'hand-over')).toMatchObject([
      { line: 'not shown', 'basis of not showing': 'Criminal investigation', 'not shown': '1' },
      { line: 'not shown', 'basis of not showing': 'National security', 'not shown': '2' },
    ]);
    for (const name of HIDDEN) expect(text).not.toContain(ids[name]);
  });

  it('is a file to be kept, for a minute by caches, and not sent again to who has it', async () => {
    const { headers, text } = await read();
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="public-register.csv"',
      'cache-control': 'public, max-age=60',
    });
    expect(headers['link']).toBeUndefined();
    expect(text.split('\r\n')).toHaveLength(shown.length + 2 + 2);
    const again = await world.ask('publicRegisterCsv', ANYONE, {
      headers: { 'If-None-Match': headers['etag'] ?? '' },
    });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('that is too long for one file says so and goes on, without a gap', async () => {
    const { registerFile } = await import('../../lambdas/site/register-csv.ts');
    const limits = { bytes: 1, ms: 10_000, rowsAtOnce: 2 };
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const part = await registerFile({ cursor }, limits);
      found.push(...handOvers(part.text).map(({ record = '' }) => record));
      expect(rowsOf(part.text).at(-1)?.['line'] === 'goes on').toBe(part.nextCursor !== undefined);
      cursor = part.nextCursor;
    } while (cursor !== undefined);
    expect(found).toEqual((await ask()).items.map(({ transferId }) => transferId));
    const whole = await registerFile({}, { ...limits, bytes: 1_000_000 });
    expect(handOvers(whole.text)).toHaveLength(shown.length);
    expect(whole.nextCursor).toBeUndefined();
  });

  it('goes on from a cursor of the data, and takes no other', async () => {
    const { nextCursor = '' } = await ask({ limit: '2' });
    expect(handOvers((await read({ cursor: nextCursor })).text)).toHaveLength(shown.length - 2);
    const other = { cursor: nextCursor, year: '2024' };
    expect((await world.ask('publicRegisterCsv', ANYONE, { query: other })).status).toBe(400);
    expect((await world.ask('publicRegisterCsv', ANYONE, { query: { limit: '2' } })).status).toBe(400);
  });
});

describe('the page', () => {
  const read = async (query: Asked['query'] = {}) => {
    const { status, text, headers } = await world.ask('publicRegisterPage', ANYONE, { query });
    expect(status, text).toBe(200);
    const found = Object.keys(ids).filter((name) => text.includes(`<h3 id="${ids[name]}"`));
    return { found: found.sort(), text, headers };
  };
  const everything = [...shown].sort();

  it('shows what the data shows, by a form of which most was left blank', async () => {
    const blank = { recipient: '', provider: '', field: '', q: ' ', year: '', validAt: '' };
    const { found, text, headers } = await read(blank);
    expect(found).toEqual(everything);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'public, max-age=60',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
    for (const name of HIDDEN) expect(text).not.toContain(ids[name]);
    expect(text).toMatch(/National security<\/td><td class="n">2</);
    expect((await read({ ...blank, field: 'cnic', year: '2024' })).found).toEqual(
      everything.filter((name) => name !== 'found'),
    );
  });

  it('names what cannot be understood and does not repeat it', async () => {
    const { found, text } = await read({ year: 'twenty', q: 'of 35202-1234567-1' });
    expect(found).toEqual(everything);
    expect(text).toMatch(
      /role="alert">[^<]*the year, the words of the title|the words of the title, the year/,
    );
    for (const sent of ['twenty', '35202']) expect(text).not.toContain(sent);
  });

  it('begins anew where a cursor leads nowhere', async () => {
    expect((await read({ cursor: 'stale' })).found).toEqual(everything);
  });

  it('is not sent again to who has it', async () => {
    const { headers } = await read({});
    const again = await world.ask('publicRegisterPage', ANYONE, {
      headers: { 'If-None-Match': headers['etag'] ?? '' },
    });
    expect([again.status, again.text]).toEqual([304, '']);
  });
});

it('takes no cursor of another query', async () => {
  const { nextCursor = '' } = await ask({ limit: '1' });
  const { status } = await world.ask('listPublicRegister', ANYONE, {
    query: { limit: '1', year: '2024', cursor: nextCursor },
  });
  expect(status).toBe(400);
});

it('is the same after a rebuild', async () => {
  const before = await ask();
  await world.rebuild();
  await world.settle();
  expect((await ask()).text).toBe(before.text);
});
