import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { asJson, differingPaths } from '../../../cli/audit/differing.ts';
import { canonicalJson } from '../../../core/canonical.ts';

test('paths name the innermost place that differs', () => {
  const thing = { a: 1, list: [{ x: 1 }, { x: 2 }], deep: { 'k/~': [1] } };
  expect(differingPaths(thing, structuredClone(thing))).toEqual([]);
  expect(differingPaths(thing, { ...thing, a: '1' })).toEqual(['/a']);
  expect(differingPaths(thing, { ...thing, list: [{ x: 1 }, { x: 3 }] })).toEqual(['/list/1/x']);
  expect(differingPaths(thing, { ...thing, list: [{ x: 1 }] })).toEqual(['/list']);
  expect(differingPaths(thing, { a: 1, list: thing.list })).toEqual(['/deep']);
  expect(differingPaths(thing, { ...thing, more: null })).toEqual(['/more']);
  expect(differingPaths(thing, { ...thing, deep: { 'k/~': [2] } })).toEqual(['/deep/k~1~0/0']);
  expect(differingPaths(thing, [])).toEqual(['']);
  expect(differingPaths({ a: null }, { a: {} })).toEqual(['/a']);
  expect(differingPaths({}, JSON.parse('{"__proto__":{}}'))).toEqual(['/__proto__']);
  expect(differingPaths({ a: 1, b: 1 }, { a: 2, b: 2 })).toEqual(['/a', '/b']);
});

test('there is a path exactly where two values differ', async () => {
  const value = fc.jsonValue({ maxDepth: 3 }).map(asJson);
  await fc.assert(
    fc.property(value, value, (a, b) => {
      expect(differingPaths(a, b).length > 0).toBe(canonicalJson(a) !== canonicalJson(b));
    }),
  );
});
