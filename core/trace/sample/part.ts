import * as z from 'zod';
import { FieldSetName, FingerprintHeader, Span } from '../../fingerprint/header.ts';
import type { FieldSet } from '../../fingerprint/sets.ts';
import { Found, NOT_COMPARED, type NotCompared, Pairs } from './answer.ts';
import type { Compared } from './compare.ts';

/**
 * What came of comparing a sample with one file, as it is kept while others are still to be compared: JSON, the columns
 * with a bit for each row, the first in the lowest place.
 */
const Part = z.union([
  z.enum(Object.keys(NOT_COMPARED) as [NotCompared]),
  z.strictObject({
    header: FingerprintHeader,
    found: z.array(Found),
    pairs: Pairs.optional(),
    // Those that were kept before there were any have none.
    beginnings: z.array(Span).default([]),
    columns: z.array(
      z.strictObject({ set: FieldSetName, rows: z.int().min(0).max(1_000_000), bits: z.base64() }),
    ),
  }),
]);

export function encodePart(outcome: Compared | NotCompared): Uint8Array {
  if (typeof outcome === 'string') return Buffer.from(JSON.stringify(outcome));
  const { header, found, pairs, columns, beginnings } = outcome;
  const part: z.input<typeof Part> = {
    header,
    found: [...found],
    ...(pairs && { pairs }),
    beginnings: [...beginnings],
    columns: [...columns].map(([set, flags]) => ({ set, rows: flags.length, bits: packed(flags) })),
  };
  return Buffer.from(JSON.stringify(part));
}

/** @throws ZodError, SyntaxError for what is none */
export function decodePart(bytes: Uint8Array): Compared | NotCompared {
  const part = Part.parse(JSON.parse(Buffer.from(bytes).toString()));
  if (typeof part === 'string') return part;
  const { header, found, pairs, beginnings } = part;
  const columns = part.columns.map(({ set, rows, bits }): [FieldSet, Uint8Array] => [
    set,
    unpacked(bits, rows),
  ]);
  return { header, found, pairs, columns: new Map(columns), beginnings };
}

function packed(flags: Uint8Array): string {
  const bits = Buffer.alloc(Math.ceil(flags.length / 8));
  flags.forEach((flag, row) => {
    if (flag) bits[row >>> 3] = (bits[row >>> 3] as number) | (1 << (row & 7));
  });
  return bits.toString('base64');
}

function unpacked(text: string, rows: number): Uint8Array {
  const bits = Buffer.from(text, 'base64');
  return Uint8Array.from({ length: rows }, (_, row) => ((bits[row >>> 3] ?? 0) >>> (row & 7)) & 1);
}
