import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../../core/model/entry.ts';
import type { Sha256 } from '../../../../core/model/scalars.ts';
import {
  checkApproval,
  checkCrowd,
  checkRate,
  checkUnlike,
  rounded,
} from '../../../../core/trace/sample/guard.ts';
import { likeness, sketchOf } from '../../../../core/trace/sample/sketch.ts';
import { aSha256 } from '../../../support/transfers.ts';
import { people, type Row, testKeys } from '../../fingerprint/files.ts';
import { sampleOf } from '../../fingerprint/samples.ts';

const limits = { minimumRows: 50, tracesPerDay: 3 };
const keys = await testKeys();
const of = (rows: readonly Row[]) => sampleOf(rows, [keys]);
const sketch = (rows: readonly Row[]) => sketchOf(of(rows));

describe('a sample is a crowd', () => {
  it('of so many different people', () => {
    expect(() => checkCrowd(of(people(0, 50)), limits)).not.toThrow();
    expect(() => checkCrowd(of(people(0, 49)), limits)).toThrow(/fewer than 50/);
  });

  it('by every set of fields: one number with fifty ids is one person', () => {
    const [[number] = []] = people(0, 1);
    const rows = people(0, 50).map(([, id]): Row => [number, id]);
    expect(() => checkCrowd(of(rows), limits)).toThrow(/msisdn/);
    const copies = Array.from({ length: 60 }, () => people(7, 8)[0] as Row);
    expect(() => checkCrowd(of(copies), limits)).toThrow(/fewer than 50/);
  });
});

describe('a sample is not nearly another', () => {
  const asked = people(0, 1_000);
  it.each([
    ['one person more', [...asked, ...people(1_000, 1_001)]],
    ['one person fewer', asked.slice(1)],
    ['one person for another', [...asked.slice(1), ...people(1_000, 1_001)]],
    ['another order', asked.toReversed()],
    ['some more people', [...asked, ...people(1_000, 1_049)]],
  ])('%s', (_, rows) => {
    expect(() => checkUnlike(sketch(rows), [sketch(asked)], limits)).toThrow(/nearly the same/);
  });

  it('where it is small, differences of less than a crowd count, whatever share they are', () => {
    const small = people(0, 60);
    const other = [...small.slice(20), ...people(100, 120)];
    expect(likeness(sketch(small), sketch(other))).toMatchObject({ jaccard: 0.5, differing: 40 });
    expect(() => checkUnlike(sketch(other), [sketch(small)], limits)).toThrow(/nearly the same/);
  });

  it('and other people, or half of them, are another sample', () => {
    expect(() => checkUnlike(sketch(people(1_000, 2_000)), [sketch(asked)], limits)).not.toThrow();
    expect(() => checkUnlike(sketch(people(500, 1_500)), [sketch(asked)], limits)).not.toThrow();
  });

  it('as large ones are estimated to be, too', () => {
    const large = sketch(people(0, 20_000));
    expect(likeness(large, sketch(people(10_000, 30_000)))?.jaccard).toBeCloseTo(1 / 3, 1);
    expect(() => checkUnlike(sketch(people(1, 20_001)), [large], limits)).toThrow(/nearly the same/);
  });
});

describe('a sample is approved', () => {
  const digest = aSha256('sample') as Sha256;
  const approval = (sub: string, sampleSha256: string): Entry =>
    ({
      kind: 'trace-approved',
      principal: { sub, roles: ['auditor'] },
      body: { sampleSha256 },
    }) as unknown as Entry;
  const asker = { sub: 'auditor-1', roles: ['auditor' as const] };

  it('by somebody else, and this very one', () => {
    expect(() => checkApproval([approval('auditor-2', digest)], asker, digest)).not.toThrow();
    expect(() => checkApproval([approval('auditor-1', digest)], asker, digest)).toThrow(/other than/);
    expect(() => checkApproval([approval('auditor-2', aSha256('other'))], asker, digest)).toThrow(
      /other than/,
    );
  });
});

it('nobody asks without end', () => {
  expect(() => checkRate(2, limits)).not.toThrow();
  expect(() => checkRate(3, limits)).toThrow(/at most 3/);
});

it('counts tell nothing of a few', () => {
  expect([0, 1, 9, 10, 14, 15, 1_234].map(rounded)).toEqual([0, 0, 0, 10, 10, 20, 1_230]);
});
