import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inMemory, openFingerprints } from '../../../../core/fingerprint/open.ts';
import type { Sha256 } from '../../../../core/model/scalars.ts';
import { compare } from '../../../../core/trace/sample/compare.ts';
import { decodePart, encodePart } from '../../../../core/trace/sample/part.ts';
import { fileOf, people, testKeys } from '../../fingerprint/files.ts';
import { sampleOf } from '../../fingerprint/samples.ts';

const keys = await testKeys();
const compared = async (from: number, to: number) => {
  const file = await openFingerprints(inMemory(fileOf(people(0, 500), keys)));
  const outcome = await compare(sampleOf(people(from, to), [keys]), file);
  return typeof outcome === 'string' ? expect.fail(outcome) : outcome;
};

it('what a file said is read as it was kept', async () => {
  const outcome = await compared(300, 713);
  expect(outcome.columns.get('cnic')?.subarray(198, 202)).toEqual(Uint8Array.of(1, 1, 0, 0));
  expect(decodePart(encodePart(outcome))).toEqual(outcome);
  expect(decodePart(encodePart('file-absent'))).toBe('file-absent');
});

it('whatever its rows are', async () => {
  const outcome = await compared(0, 60);
  fc.assert(
    fc.property(fc.uint8Array({ max: 1 }), (flags) => {
      const columns = new Map([['msisdn' as const, Uint8Array.from(flags)]]);
      const beginnings = [{ offset: flags.length, bytes: 64, sha256: 'a'.repeat(64) as Sha256 }];
      const kept = encodePart({ ...outcome, columns, beginnings });
      expect(decodePart(kept)).toEqual({ ...outcome, columns, beginnings });
    }),
  );
});

it.each(['', '{}', '"never-heard-of"', '{"header":{},"found":[],"columns":[]}'])('and not %j', (text) => {
  expect(() => decodePart(Buffer.from(text))).toThrow();
});
