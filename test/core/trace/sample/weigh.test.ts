import { hash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../../../core/canonical.ts';
import { encodeFingerprints } from '../../../../core/fingerprint/encode.ts';
import type { EpochKeys } from '../../../../core/fingerprint/keys.ts';
import { inMemory, openFingerprints } from '../../../../core/fingerprint/open.ts';
import type { FieldSet } from '../../../../core/fingerprint/sets.ts';
import type { FingerprintSet } from '../../../../core/fingerprint/types.ts';
import type { AgencyId, Day, Instant, Sha256 } from '../../../../core/model/scalars.ts';
import { AttributionAnswer } from '../../../../core/trace/sample/attribution.ts';
import { compare, isCompared } from '../../../../core/trace/sample/compare.ts';
import { drawAll } from '../../../../core/trace/sample/draw.ts';
import { weigh } from '../../../../core/trace/sample/weigh.ts';
import { dayOfNumber, type KnownFile, weighables } from '../../../../core/trace/sample/weighable.ts';
import { described, fingerprinted, people, type Row, testKeys } from '../../fingerprint/files.ts';
import { sampleOf } from '../../fingerprint/samples.ts';

const SETS: readonly FieldSet[] = ['msisdn', 'cnic', 'msisdn+cnic'];
const FIRST_DAY = 20_000;
const dayAt = (day: number) => dayOfNumber(FIRST_DAY + day);
const SEEN_ON = dayAt(400);

/** A register to which ten people come every day and from which ten go, as it stood on a day. */
const asOf = (day: number) => people(10 * day, 10 * day + 3_000);
const ofProvince = (rows: readonly Row[], digit: number) =>
  rows.filter(([, id = 0]) => Math.floor(id / 1e12) === digit);
const every = (rows: readonly Row[], count: number) =>
  Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)] as Row);

interface Holding {
  readonly id: string;
  readonly kind?: 'transfer' | 'frame';
  readonly day: number;
  readonly rows: readonly Row[];
  readonly keys?: EpochKeys;
}

let keys: EpochKeys;
let later: EpochKeys;
let others: EpochKeys;
beforeAll(async () => {
  keys = await testKeys();
  later = await testKeys('a', '2027');
  others = await testKeys('b', '2026', 'land-registry' as AgencyId);
});

const frames = (): Holding[] =>
  Array.from({ length: 13 }, (_, i) => ({
    id: `frame-${i}`,
    kind: 'frame',
    day: i * 30,
    rows: asOf(i * 30),
  }));
const transfers = (): Holding[] => [
  { id: 'all-100', day: 100, rows: asOf(100) },
  { id: 'all-220', day: 220, rows: asOf(220) },
  { id: 'one-100', day: 100, rows: ofProvince(asOf(100), 1) },
];

async function opened({ kind = 'transfer', day, rows, keys: own = keys }: Holding): Promise<FingerprintSet> {
  const extractedAt = `${dayAt(day)}T00:00:00.000Z` as Instant;
  const bytes = encodeFingerprints(
    { ...described(own, rows.length), kind, extractedAt },
    new Map(SETS.map((set) => [set, fingerprinted(rows, set, own)])),
  );
  return openFingerprints(inMemory(bytes));
}

/** From files to answers, as the functions do it. */
async function ask(holdings: readonly Holding[], rows: readonly Row[], seenOn: Day = SEEN_ON) {
  const sample = sampleOf(rows, [keys, later, others]);
  const files = new Map<string, FingerprintSet>();
  const known: KnownFile[] = [];
  for (const holding of holdings) {
    const { id, kind = 'transfer' } = holding;
    const file = await opened(holding);
    files.set(id, file);
    const compared = await compare(sample, file);
    if (isCompared(compared)) known.push({ id, kind, fileSha256: hash('sha256', id) as Sha256, compared });
  }
  const recipients = new Map(holdings.map(({ id }) => [id, `${id}-recipient` as AgencyId]));
  const answers: AttributionAnswer[] = [];
  for (const weighable of weighables(sample, known, { seenOn, minimumRows: 50 })) {
    const samples = await drawAll(weighable, {
      open: ({ id }) => files.get(id) as FingerprintSet,
      each: async (items, visit) => {
        await Promise.all(items.map(visit));
      },
    });
    answers.push(weigh(sample, weighable, samples, seenOn, recipients));
  }
  return answers;
}

const of = (answer: AttributionAnswer | undefined, id: string) =>
  answer?.ranking.find(({ transferId }) => String(transferId) === id);

describe('a sample weighed by files', () => {
  it('names the transfer, how sure that is, its share, and of when the rows are', async () => {
    const [answer, ...more] = await ask([...transfers(), ...frames()], every(asOf(220), 400));
    expect(more).toEqual([]);
    expect(answer?.credibleSet).toEqual(['all-220']);
    expect(answer?.ranking[0]).toMatchObject({
      transferId: 'all-220',
      recipient: 'all-220-recipient',
      credible: true,
      verbal: { supports: 'contributed' },
    });
    expect(answer?.ranking[0]?.log10Ratio).toBeGreaterThan(2);
    expect(answer?.ranking[0]?.sentence).toMatch(
      /^The rows are [\d,]+ times more probable if this transfer contributed/,
    );
    expect(answer?.ranking[0]?.share?.value).toBeGreaterThan(0.98);
    expect(answer?.vintage?.day).toBe(dayAt(220));
    for (const other of ['all-100', 'one-100']) expect(of(answer, other)?.verbal.supports).toBe('did-not');
    expect(answer?.combinations[0]).toMatchObject({ transfers: ['all-220'], unrecorded: false });
    expect(answer?.summary.join(' ')).toContain('the rows support that 1 of them contributed');
  });

  it('names two sources with their shares, where neither alone would do', async () => {
    const rows = [...every(asOf(220), 240), ...every(ofProvince(asOf(100), 1), 160)];
    const [answer] = await ask([...transfers(), ...frames()], rows);
    expect(answer?.combinations[0]?.transfers.toSorted()).toEqual(['all-220', 'one-100']);
    const { from = 1, to = 0 } = of(answer, 'all-220')?.share ?? {};
    expect(from).toBeLessThanOrEqual(0.6);
    expect(to).toBeGreaterThanOrEqual(0.6);
  });

  it('names none, when a copy leaked that nobody recorded', async () => {
    const [answer] = await ask([...transfers(), ...frames()], every(asOf(160), 400));
    expect(answer?.credibleSet).toEqual([]);
    expect(answer?.notRecorded.all).toBeGreaterThan(0.9);
    expect(answer?.summary.join(' ')).toContain('no recorded transfer is behind the rows');
  });

  it('says of one extract that two received that nothing in its rows tells them apart, and what would', async () => {
    const holdings = [...transfers(), { id: 'again-220', day: 220, rows: asOf(220) }, ...frames()];
    const [answer] = await ask(holdings, every(asOf(220), 400));
    expect(answer?.equals).toMatchObject([{ kind: 'same-extract', ratio: 1, differ: 0 }]);
    expect(answer?.equals[0]?.wouldSeparate).toContain('formatting variants');
    expect(of(answer, 'again-220')?.log10Ratio).toBeCloseTo(of(answer, 'all-220')?.log10Ratio ?? 0, 1);
  });

  it('weighs transfers of several epochs together, and of another provider apart', async () => {
    const holdings = [
      ...transfers(),
      { id: 'all-300', day: 300, rows: asOf(300), keys: later },
      { id: 'land', day: 200, rows: people(90_000, 92_000), keys: others },
      ...frames(),
      ...[270, 300, 330].map((day) => ({
        id: `later-${day}`,
        kind: 'frame' as const,
        day,
        rows: asOf(day),
        keys: later,
      })),
    ];
    const answers = await ask(holdings, [...every(asOf(300), 400), ...people(90_500, 90_600)]);
    expect(answers.map(({ provider, ranked }) => [provider, ranked])).toEqual([
      ['land-registry', 1],
      ['telecom-authority', 4],
    ]);
    expect(answers[1]?.ranking[0]?.transferId).toBe('all-300');
    // There are no frames of its provider, so nothing tells it from a copy that nobody recorded.
    expect(of(answers[0], 'land')?.log10Ratio).toBeLessThan(3);
    expect(of(answers[0], 'land')?.share?.value).toBeCloseTo(0.2, 1);
  });

  it('leaves out what shows a state after the leak was seen', async () => {
    const [answer] = await ask([...transfers(), ...frames()], every(asOf(100), 300), dayAt(150));
    expect(answer?.notWeighed).toEqual(['all-220']);
    expect(answer?.ranked).toBe(2);
  });

  it('has no answer where there is no transfer, or too few rows are known for a crowd', async () => {
    expect(await ask(frames(), every(asOf(100), 300))).toEqual([]);
    const strangers = people(500_000, 500_300);
    const holdings = [...transfers(), ...frames()];
    expect(await ask(holdings, [...strangers, ...every(asOf(100), 49)])).toEqual([]);
    expect(await ask(holdings, [...strangers, ...every(asOf(100), 50)])).toHaveLength(1);
    const oneAgain = Array.from({ length: 60 }, () => asOf(100)[0] as Row);
    expect(await ask(holdings, [...strangers, ...oneAgain])).toEqual([]);
  });

  it('answers the same in whatever order the files are told', async () => {
    const holdings = [...frames(), ...transfers()];
    const rows = every(asOf(100), 300);
    expect(await ask(holdings.toReversed(), rows)).toEqual(await ask(holdings, rows));
  });

  it('counts a row that stands twice once', async () => {
    const holdings = [...transfers(), ...frames()];
    const rows = every(asOf(220), 300);
    const [once] = await ask(holdings, rows);
    expect(await ask(holdings, [...rows, ...rows])).toEqual([once]);
  });

  it('answers in the form that is documented, whatever the rows', async () => {
    const nothing = people(500_000, 500_100);
    const numbers = every(asOf(220), 100).map(([number]): Row => [number, undefined]);
    const ids = every(asOf(220), 100).map(([, id]): Row => [undefined, id]);
    for (const rows of [nothing, numbers, ids, [...nothing, ...numbers, ...ids]])
      for (const holdings of [[...transfers(), ...frames()], transfers(), transfers().slice(0, 1)])
        for (const answer of await ask(holdings, rows)) {
          expect(() => canonicalBytes(answer)).not.toThrow();
          const text = holdings.reduce(
            (json, { id }) => json.replaceAll(`"${id}"`, `"tr-${hash('md5', id)}"`),
            JSON.stringify(answer),
          );
          expect(AttributionAnswer.safeParse(JSON.parse(text)).error).toBeUndefined();
        }
  });
});
