import { describe, expect, it } from 'vitest';
import type { TransferFacts } from '../../../../core/index/facts.ts';
import { LeakDevices } from '../../../../core/model/incident.ts';
import { DevicesAnswer } from '../../../../core/trace/devices/answer.ts';
import { weighDevices } from '../../../../core/trace/devices/weigh.ts';
import { devicesSection } from '../../../../core/trace/report/devices.ts';
import { aSha256, aTransferId } from '../../../support/transfers.ts';

const LABELS = ['a', 'b'].map((digit) => digit.repeat(32));
const [first = '', second = ''] = LABELS;

/** Two copies of one extract, marked and planted each, and one transfer of which nothing is known. */
const facts = [
  { transferId: 'tr-1', recipient: 'one', canaries: { count: 50, sha256: aSha256('one') }, label: first },
  { transferId: 'tr-2', recipient: 'two', canaries: { count: 50, sha256: aSha256('two') }, label: second },
  { transferId: 'tr-3', recipient: 'three' },
].map(
  ({ label, ...each }) =>
    ({
      provider: 'p',
      ...each,
      ...(label && { marking: { label, fields: ['cnic', 'msisdn'], omitted: 0.005 } }),
    }) as unknown as TransferFacts,
);

const found = (devices: object) =>
  weighDevices(LeakDevices.parse({ fileSha256: aSha256('leak'), rows: 1_500, ...devices }), facts);
const list = (name: string, inRows: number) => ({
  sha256: aSha256(name),
  ...{ planted: 50, among: 1_000_000, found: Math.min(inRows, 50), inRows },
});
const marks = (label: string, agreeing: number, contradicting?: number) => ({
  label,
  fields: [{ field: 'cnic', read: 1_000, agreeing }],
  ...(contradicting !== undefined && { omission: { rows: 1_000, contradicting } }),
});

describe('planted records', () => {
  it('speak for the copy that they were planted in, and by how much', () => {
    const { canaries, summary } = found({ canaries: [list('one', 0), list('two', 1)] });
    expect(canaries.map(({ transferId, bearing }) => [transferId, bearing])).toEqual([
      ['tr-2', 'for'],
      ['tr-1', 'neutral'],
    ]);
    // One among 1,500, where 0.075 are expected and errors bring one in a thousand million rows.
    expect(canaries[0]).toMatchObject({ expected: 0.07, log10Lr: expect.closeTo(4.2, 0) });
    expect(canaries[0]).toMatchObject({ verbal: { supports: 'contributed', strength: 'very strong' } });
    expect(canaries[0]?.sentence).toMatch(
      /^This is [0-9]+,000 times more probable if rows come from this copy than if none do: very strong support that rows come from it\.$/,
    );
    expect(canaries[1]).toMatchObject({ verbal: { supports: 'neither', strength: 'none' } });
    expect(summary[0]).toBe('Planted records were found of: two (tr-2).');
  });

  it('speak against a copy only where enough would be expected', () => {
    const { canaries } = weighDevices(
      LeakDevices.parse({ fileSha256: aSha256('dump'), rows: 900_000, canaries: [list('one', 0)] }),
      facts,
    );
    expect(canaries[0]).toMatchObject({ expected: 45, bearing: 'against' });
    expect(canaries[0]?.detail).toMatch(/45 would be expected/);
    expect(canaries[0]?.verbal.supports).toBe('did-not');
    expect(canaries[0]?.sentence).toMatch(
      /times more probable if no rows come from this copy than if some do/,
    );
  });

  it('that nobody recorded, or looked for, are counted', () => {
    const { canaries, unknown, notSought } = found({ canaries: [list('one', 0), list('nobody', 3)] });
    expect([canaries.length, unknown, notSought]).toEqual([
      1,
      { canaries: 1, marks: 0 },
      { canaries: 1, marks: 2 },
    ]);
  });
});

describe('marks', () => {
  it('tell two copies of one extract apart', () => {
    const { marks: scored, summary } = found({ marks: [marks(first, 497), marks(second, 690)] });
    expect(scored.map(({ transferId, bearing }) => [transferId, bearing])).toEqual([
      ['tr-2', 'for'],
      ['tr-1', 'against'],
    ]);
    expect(scored[0]?.log10Lr).toBeGreaterThan(20);
    expect(summary[0]).toBe('The rows are spelled as those handed over to: two (tr-2).');
  });

  it('of fields that the record does not name count for nothing', () => {
    const counted = { label: first, fields: [{ field: 'address', read: 1_000, agreeing: 1_000 }] };
    expect(found({ marks: [counted] }).marks[0]).toMatchObject({
      log10Lr: 0,
      bearing: 'neutral',
      fields: [],
    });
  });

  it('count rows that the copy left out against it', () => {
    const [own] = found({ marks: [marks(first, 900, 0)] }).marks;
    const [other] = found({ marks: [marks(first, 900, 6)] }).marks;
    expect(own?.omission?.log10Lr).toBeGreaterThan(0.5);
    expect(other?.omission?.log10Lr).toBeLessThan(own?.omission?.log10Lr ?? 0);
    expect(other?.detail).toMatch(/6 of 1,000 rows with an id/);
  });
});

describe('an answer that was kept before ratios were put into words', () => {
  const recorded = { ...facts[0], transferId: aTransferId(), provider: 'pta', recipient: 'nadra' };
  const now = weighDevices(
    LeakDevices.parse({
      ...{ fileSha256: aSha256('leak'), rows: 1_500 },
      ...{ canaries: [list('one', 2)], marks: [marks(first, 690)] },
    }),
    [recorded as TransferFacts],
  );
  const wordless = <T extends object>({ ...finding }: T & { verbal?: unknown; sentence?: unknown }) => {
    delete finding.verbal;
    delete finding.sentence;
    return finding;
  };
  const kept = { ...now, canaries: now.canaries.map(wordless), marks: now.marks.map(wordless) };

  it('is read as it is', () => {
    expect([now.canaries.length, now.marks.length]).toEqual([1, 1]);
    expect(DevicesAnswer.parse(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
    expect(DevicesAnswer.parse(now)).toEqual(now);
  });

  it('is shown with its ratios', () => {
    const { text } = devicesSection(DevicesAnswer.parse(kept));
    for (const { log10Lr } of [...now.canaries, ...now.marks]) expect(text).toContain(`10^${log10Lr}`);
    expect(text).not.toContain('undefined');
  });
});

it.each([
  ['more found than planted', { canaries: [{ ...list('one', 1), found: 51, inRows: 60 }] }],
  ['found in fewer rows than records', { canaries: [{ ...list('one', 2), inRows: 1 }] }],
  ['more agreeing than read', { marks: [marks(first, 1_001)] }],
  [
    'more left out than there are',
    { marks: [{ ...marks(first, 1), omission: { rows: 5, contradicting: 6 } }] },
  ],
])('counts that cannot be are refused: %s', (_, devices) => {
  expect(() => found(devices)).toThrow(/must/);
});
