import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keysIn, sliceOf } from '../../../cli/fingerprint/pipeline/build.ts';
import { RunWriter } from '../../../cli/fingerprint/pipeline/runs.ts';
import { keysOf } from '../../../core/fingerprint/filter/order.ts';
import { keyStream } from '../../core/fingerprint/files.ts';
import { fileWith, folder } from './support.ts';

describe('keys that do not fit the memory', () => {
  const path = join(folder, 'spill');
  const batch = 20_000;
  const all = Array.from({ length: 32 }, (_, at) => keyStream(batch, at + 1));
  const present = Uint8Array.from({ length: batch }, (_, row) => (row % 10 === 3 ? 0 : 1));
  const strata = Uint8Array.from({ length: batch }, (_, row) => row % 10);

  test('come back shard by shard, each once, with their strata', () => {
    const fd = openSync(path, 'w+');
    const writer = new RunWriter(fd, 2);
    for (const words of all) {
      writer.add(0, words, present, strata);
      writer.add(1, words.subarray(0, 200), present.subarray(0, 100), strata);
    }
    writer.flush();
    closeSync(fd);
    const bytes = readFileSync(path);
    const runs = writer.runs.filter(({ set }) => set === 0);
    expect(runs.length).toBeGreaterThan(2);
    expect(keysIn(runs)).toBe(32 * batch * 0.9);
    expect(keysIn(writer.runs.filter(({ set }) => set === 1))).toBe(32 * 90);

    const expected = all.flatMap((words) =>
      [...keysOf(words)].flatMap((key, row) => (present[row] ? [key + BigInt(strata[row] ?? 0)] : [])),
    );
    for (let shard = 0; shard < 8; shard++) {
      const found = runs.flatMap((run) => {
        const slice = sliceOf(run, shard, 3);
        const part = Uint8Array.from(bytes.subarray(slice.position, slice.position + slice.bytes));
        return [...new BigUint64Array(part.buffer)];
      });
      const own = expected.filter((key) => key >> 61n === BigInt(shard));
      // Not by their difference, which would be as long as they are.
      expect(BigUint64Array.from(found).sort().join() === BigUint64Array.from(own).sort().join()).toBe(true);
    }
  }, 60_000);

  test('are not lost without a word where they cannot be written', () => {
    const fd = openSync(fileWith('read-only', 'x'), 'r');
    const writer = new RunWriter(fd, 1);
    writer.add(0, all[0] ?? new Uint32Array(), present, strata);
    expect(() => writer.flush()).toThrow(/^cannot write beside the output: E[A-Z]+$/);
    closeSync(fd);
  });
});
