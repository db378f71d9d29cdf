import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PlacesById } from '../../../cli/verify/ids.ts';
import { inOrder } from '../../../cli/verify/in-order.ts';
import type { EntryId } from '../../../core/model/scalars.ts';

describe('places by id', { timeout: 30_000 }, () => {
  test('are those of a map, whatever the ids have in common', async () => {
    // Few distinct digits, so that ids are alike and come again.
    const word = fc.constantFrom('00000000', '80000000', 'ffffffff', '00000001');
    const id = fc.array(word, { minLength: 4, maxLength: 4 }).map((words) => words.join('') as EntryId);
    await fc.assert(
      fc.property(fc.array(id, { maxLength: 300 }), (ids) => {
        const [places, expected] = [new PlacesById(), new Map<EntryId, number>()];
        ids.forEach((each, place) => {
          expect(places.add(each, place)).toBe(expected.get(each));
          if (!expected.has(each)) expected.set(each, place);
        });
      }),
    );
  });

  test('hold many', () => {
    const places = new PlacesById();
    const id = (n: number) => n.toString(16).padStart(32, '0') as EntryId;
    for (let n = 0; n < 20_000; n++) expect(places.add(id(n), n)).toBeUndefined();
    for (let n = 0; n < 20_000; n++) expect(places.add(id(n), 99_999)).toBe(n);
  });
});

describe('work in order', { timeout: 30_000 }, () => {
  test('comes in order, with so much at once and never further ahead', async () => {
    let [begun, taken, now, most] = [0, 0, 0, 0];
    const work = async (n: number) => {
      begun += 1;
      most = Math.max(most, ++now);
      expect(begun - taken).toBeLessThanOrEqual(3);
      await new Promise((resolve) => setTimeout(resolve, n % 3 === 0 ? 15 : 1));
      now -= 1;
      return n;
    };
    const results: number[] = [];
    for await (const n of inOrder(
      Array.from({ length: 20 }, (_, i) => i),
      3,
      work,
    )) {
      taken += 1;
      results.push(n);
    }
    expect(results).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(most).toBe(3);
  });

  test('fails in its turn, and leaves no failure unheard of', async () => {
    const results: number[] = [];
    const failing = async () => {
      for await (const n of inOrder([1, 2, 3, 4], 4, async (n) =>
        n < 3 ? n : Promise.reject(new Error(`${n}`)),
      ))
        results.push(n);
    };
    await expect(failing()).rejects.toThrow('3');
    expect(results).toEqual([1, 2]);
  });
});
