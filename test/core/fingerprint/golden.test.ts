import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RowMarks } from '../../../core/fingerprint/marks/bits.ts';
import { FINGERPRINT_FIELDS } from '../../../core/fingerprint/sets.ts';
import { fileOf, people, testKeys } from './files.ts';

/**
 * Files and marks outlive the program that made them: what is hashed, and how a filter looks its keys up, may only
 * change under another version. These are the same on every machine.
 */
describe('what was made before', async () => {
  const keys = await testKeys();

  test('is a file of these bytes', () => {
    expect(hash('sha256', fileOf(people(0, 5_000), keys))).toBe(
      '45eefbbcba91a51ce287189b42dedd8e50fec04d9d1e45224c164c79112aa028',
    );
  });

  test('are these marks', () => {
    const rows = Float64Array.from({ length: 64 }, (_, row) => 3_520_200_000_000 + row);
    const marks = new RowMarks(keys, { label: '0'.repeat(32), by: 'cnic', omitted: 0.05 }, rows);
    const bits = FINGERPRINT_FIELDS.map((field) =>
      Array.from(rows, (_, row) => marks.bit(row, field)).join(''),
    );
    const omitted = Array.from(rows, (_, row) => Number(marks.isOmitted(row))).join('');
    expect(hash('sha256', [...bits, omitted].join('\n'))).toBe(
      '71c7e5af45ea9f6bc4f9e71470b6b1420ef2cb2828dd837d2f77425adfba7637',
    );
  });
});
