import { hundredths, print, title } from '../support/table.ts';
import { BASELINES } from './baselines.ts';
import type { Kind } from './leaks.ts';
import type { Outcome } from './trial.ts';

export interface Series {
  readonly kind: Kind;
  readonly rows: number;
  readonly outcomes: readonly Outcome[];
}

const share = (outcomes: readonly Outcome[], passes: (outcome: Outcome) => boolean): string =>
  outcomes.length === 0 ? '—' : hundredths(outcomes.filter(passes).length / outcomes.length);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** The true source first, or of several sources just these: by each of the simpler ways, and by the model. */
export function printNamed(series: readonly Series[]): void {
  const asked = series.some(({ outcomes }) => outcomes.some(({ same }) => same !== undefined));
  title('True source first; of several sources, just these');
  print(
    [
      'leak',
      'rows',
      'trials',
      ...Object.keys(BASELINES),
      asked ? 'by the API' : 'model',
      'with equals',
      'first',
      ...(asked ? ['as in this process'] : []),
    ],
    series.map(({ kind, rows, outcomes }) => [
      `${kind.name} ${kind.what}`,
      String(rows),
      String(outcomes.length),
      ...Object.keys(BASELINES).map((name) =>
        kind.sources === 0
          ? 'names one'
          : share(
              outcomes,
              ({ baselines }) => baselines[name]?.[kind.sources > 1 ? 'exact' : 'first'] ?? false,
            ),
      ),
      share(outcomes, ({ exact }) => exact),
      share(outcomes, ({ exactOrEqual }) => exactOrEqual),
      share(outcomes, ({ first }) => first),
      ...(asked ? [share(outcomes, ({ same }) => same ?? false)] : []),
    ]),
  );
}

export function printCertainty(series: readonly Series[]): void {
  title('What it is certain of, and how far off it is');
  print(
    [
      'leak',
      'rows',
      'in set',
      'set size',
      'false > 10^4',
      'days off',
      'share off',
      'in interval',
      'mixed off',
      'ms',
    ],
    series.map(({ kind, rows, outcomes }) => {
      const shares = outcomes.flatMap((outcome) => outcome.shares);
      return [
        kind.name,
        String(rows),
        share(outcomes, ({ credible }) => credible),
        hundredths(mean(outcomes.map(({ credibleSize }) => credibleSize))),
        share(outcomes, ({ innocent }) => innocent.some((ratio) => ratio > 4)),
        mean(outcomes.flatMap(({ vintage }) => vintage ?? [])).toFixed(1),
        shares.length > 0 ? mean(shares.map(({ off }) => off)).toFixed(3) : '—',
        shares.length > 0 ? hundredths(shares.filter(({ held }) => held).length / shares.length) : '—',
        mean(outcomes.map(({ mixed }) => mixed)).toFixed(3),
        mean(outcomes.map(({ milliseconds }) => milliseconds)).toFixed(0),
      ];
    }),
  );
}

/** An LR of 10^k may come to an innocent in one of 10^k cases, and one of 10^-k to a source in as many. */
export function printCalibration(series: readonly Series[]): void {
  const outcomes = series.flatMap((each) => each.outcomes);
  const innocent = outcomes.flatMap((outcome) => outcome.innocent);
  const guilty = outcomes.flatMap((outcome) => outcome.guilty);
  title('How often a likelihood ratio errs');
  print(
    ['k', 'innocent with 10^k or more', 'at most', 'sources with 10^-k or less', 'at most'],
    [1, 2, 3, 4, 5, 6].map((k) => [
      String(k),
      `${innocent.filter((ratio) => ratio >= k).length} of ${innocent.length}`,
      (innocent.length / 10 ** k).toFixed(1),
      `${guilty.filter((ratio) => ratio <= -k).length} of ${guilty.length}`,
      (guilty.length / 10 ** k).toFixed(1),
    ]),
  );
}

export function printSummary(series: readonly Series[]): void {
  const outcomes = series.flatMap((each) => each.outcomes);
  const of = (passes: (kind: Kind) => boolean) =>
    series.filter(({ kind }) => passes(kind)).flatMap((each) => each.outcomes);
  const single = of(({ sources }) => sources < 2);
  const several = of(({ sources }) => sources > 1);
  const none = of(({ sources }) => sources === 0);
  title('Over all');
  print(
    ['', ''],
    [
      ['truth within the credible set', share(outcomes, ({ credible }) => credible)],
      [
        'mean size of the set, none or one source',
        hundredths(mean(single.map(({ credibleSize }) => credibleSize))),
      ],
      ['several sources: just these', share(several, ({ exact }) => exact)],
      ['several sources: just these, or named as equal', share(several, ({ exactOrEqual }) => exactOrEqual)],
      [
        'not in the ledger: some innocent over 10^4',
        share(none, ({ innocent }) => innocent.some((ratio) => ratio > 4)),
      ],
    ],
  );
}
