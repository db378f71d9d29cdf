import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgencyId } from '../../../core/model/scalars.ts';
import { Best } from '../../../core/trace/best.ts';
import { type Bits, Names, NONE } from '../../../core/trace/bits.ts';
import type { Candidate } from '../../../core/trace/candidate.ts';
import { BOUNDS } from '../../../core/trace/method.ts';
import { findSets } from '../../../core/trace/sets.ts';
import { holding, worldOf } from './world.ts';

const names = new Names(['a', 'b', 'c']);
const [model] = worldOf([holding('msisdn')]).facts;

const candidate = (index: number, points: number, clear: Bits): Candidate => {
  if (!model) throw new Error('no model');
  const facts = { ...model, index, recipient: `recipient-${index}` as AgencyId };
  return { facts, points, held: { clear, altered: NONE } };
};

describe('the sets of a pattern', () => {
  const points = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 16 });

  it('are listed by the sum of the points of their members, as far as the bound', () => {
    fc.assert(
      fc.property(points, points, points, (a, b, c) => {
        let index = 0;
        const group = (name: string, of: readonly number[]) => {
          const covers = names.among([name]);
          return { covers, members: of.map((each) => candidate(index++, each, covers)) };
        };
        const groups = [group('a', a), group('b', b), group('c', c)];
        const { listed, setsFound } = findSets(names.everything(), groups);

        const sums = a.flatMap((x) => b.flatMap((y) => c.map((z) => x + y + z))).sort((x, y) => y - x);
        const found = listed.map(({ members }) => members.reduce((sum, each) => sum + each.points, 0));
        expect(setsFound).toBe(BigInt(sums.length));
        expect(found.sort((x, y) => y - x)).toEqual(sums.slice(0, BOUNDS.sets));
        const different = new Set(
          listed.map(({ members }) => members.map(({ facts }) => facts.index).join()),
        );
        expect(different.size).toBe(listed.length);
      }),
    );
  });
});

describe('the best of many', () => {
  it('are those that sorting would put first', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 })),
        fc.integer({ min: 1, max: 12 }),
        (items, limit) => {
          const best = new Best<number>(limit, (a, b) => a - b);
          for (const item of items) best.add(item);
          expect(best.inOrder()).toEqual([...items].sort((a, b) => a - b).slice(0, limit));
        },
      ),
    );
  });
});
