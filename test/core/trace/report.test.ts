import { describe, expect, it } from 'vitest';
import { contentExample } from '../../../core/api/openapi/content.ts';
import { traceExample } from '../../../core/api/openapi/trace.ts';
import { TraceAnswer } from '../../../core/trace/answer.ts';
import { attributionSection } from '../../../core/trace/report/attribution.ts';
import { reportOf } from '../../../core/trace/report/report.ts';
import type { AttributionAnswer } from '../../../core/trace/sample/attribution.ts';

const example = contentExample().attributions[0] as AttributionAnswer;
const shown = (changes: Partial<AttributionAnswer>, nameOf = (id: string) => id) =>
  attributionSection({ ...example, ...changes }, nameOf).text;

describe('the report of what the rows say', () => {
  it('shows ratio, sentence, share with its interval, for and against, and the day', () => {
    const page = reportOf(TraceAnswer.parse(traceExample(contentExample())));
    const [first] = example.ranking;
    for (const text of [
      first?.sentence,
      first?.for[0],
      ...(first?.against ?? []),
      '10^3.46',
      '91.3 %',
      'harbour-income-support, 2024-05-01',
      'the state of about <strong>2024-02-29</strong> (95 %: 2024-02-26 to 2024-03-03)',
      'attribution-by-mixture 3',
      '<title>2024-02-26 to 2024-03-03</title>',
    ])
      expect(page).toContain(text);
    expect(page).not.toMatch(/<script|\son\w+=|https?:\/\/|NaN|undefined/);
  });

  it('draws for to the right of one and against to its left, and what is beyond the edge at the edge', () => {
    const [base] = example.ranking;
    const ranking = [300, 2, -2, -300].map((log10Ratio, i) => ({
      ...(base as AttributionAnswer['ranking'][0]),
      transferId: `tr-${i}` as never,
      log10Ratio,
      verbal: {
        supports: log10Ratio > 0 ? ('contributed' as const) : ('did-not' as const),
        strength: 'moderately strong' as const,
      },
    }));
    const bars = [
      ...shown({ ranking }).matchAll(
        /<rect class="(bar|less)" x="([\d.]+)" y="\d+" width="([\d.]+)" height="16"><title>/g,
      ),
    ];
    const [far, near, against, farAgainst] = bars.map(([, kind, x, width]) => ({
      kind,
      from: Number(x),
      to: Number(x) + Number(width),
    }));
    expect(far).toMatchObject({ kind: 'bar', from: near?.from });
    expect(near?.to).toBeLessThan(far?.to ?? 0);
    expect(far?.to).toBeLessThanOrEqual(720);
    expect(against).toMatchObject({ kind: 'less' });
    expect(against?.to).toBeCloseTo(near?.from ?? 0, 0);
    expect(farAgainst?.from).toBeGreaterThanOrEqual(290);
  });

  it('says what cannot be told apart, and what would separate it', () => {
    const transfers = [example.ranking[0]?.transferId, example.ranking[1]?.transferId] as never;
    const wouldSeparate = 'Formatting variants would.';
    const text = shown({
      equals: [{ transfers, kind: 'same-extract', ratio: 1, differ: 0, wouldSeparate }],
    });
    expect(text).toContain('which differ in 0.0 % of their rows');
    expect(text).toContain(wouldSeparate);
  });

  it('names no hand-over where none is possible, and lets no name be markup', () => {
    expect(shown({ credibleSet: [], ranking: [], combinations: [] })).toContain(
      'No hand-over is in the credible set.',
    );
    expect(shown({}, () => '<b>x</b>')).not.toContain('<b>');
  });
});
