import type { LeakSample } from '../../fingerprint/sample.ts';
import type { Entry } from '../../model/entry.ts';
import type { Principal } from '../../model/principal.ts';
import type { Sha256 } from '../../model/scalars.ts';
import { Problem } from '../../problem.ts';
import { distinctOf, likeness, type SampleSketch } from './sketch.ts';

/**
 * What keeps tracing from being used to look up single persons. Whoever asks has no key, and whoever has the key no
 * filters; what is left is that both together ask about a crowd in which all but one are known, or twice about nearly
 * the same crowd.
 */
export interface Limits {
  /** A sample with fewer different values of any of its fields is refused. */
  readonly minimumRows: number;
  readonly tracesPerDay: number;
}

/** Two samples of which so much is the same are one sample with some rows more or less. */
const ALIKE = 0.9;

/** That a second person has approved the very sample. @throws Problem `approval-missing` */
export function checkApproval(history: readonly Entry[], principal: Principal, sample: Sha256): void {
  const approved = history.some(
    ({ kind, body, principal: { sub } }) =>
      kind === 'trace-approved' && body['sampleSha256'] === sample && sub !== principal.sub,
  );
  if (!approved)
    throw new Problem(
      'approval-missing',
      'an auditor other than the one who asks records trace-approved with the digest of the sample',
    );
}

/** That it is a crowd, by every set of fields: copies of one row are no more than one. @throws Problem `sample-refused` */
export function checkCrowd({ keyrings }: LeakSample, { minimumRows }: Limits): void {
  for (const { sets } of keyrings)
    for (const [set, keys] of sets)
      if (distinctOf(keys).length < minimumRows)
        throw new Problem(
          'sample-refused',
          `it has fewer than ${minimumRows} different values of ${set}: leave that set out, or bring more rows`,
        );
}

/**
 * That it is not nearly one that was asked about before: from the difference of the answers one would learn about the
 * few rows that differ. @throws Problem `sample-refused`
 */
export function checkUnlike(
  sketch: SampleSketch,
  earlier: readonly SampleSketch[],
  { minimumRows }: Limits,
): void {
  for (const other of earlier) {
    const alike = likeness(sketch, other);
    if (alike && (alike.jaccard >= ALIKE || alike.differing < minimumRows))
      throw new Problem(
        'sample-refused',
        'it is nearly the same as a sample that was traced before; ask with that one, or with other rows',
      );
  }
}

/** @param asked how many traces by sample the same person had answered today. @throws Problem `too-many-requests` */
export function checkRate(asked: number, { tracesPerDay }: Limits): void {
  if (asked >= tracesPerDay)
    throw new Problem('too-many-requests', `one person has at most ${tracesPerDay} samples traced a day`);
}

/** Counts of fewer rows are not told. */
export const TOLD_FROM = 10;
/** To the nearest ten, and 0 for fewer than ten. */
export const rounded = (count: number): number => (count < TOLD_FROM ? 0 : Math.round(count / 10) * 10);
