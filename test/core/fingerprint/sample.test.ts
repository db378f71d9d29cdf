import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FingerprintError } from '../../../core/fingerprint/error.ts';
import { encodeSample, openSample } from '../../../core/fingerprint/sample.ts';
import { people, testKeys } from './files.ts';
import { sampleOf } from './samples.ts';

const sample = sampleOf([...people(0, 60), [923_000_000_999, undefined]], [await testKeys()]);
const bytes = encodeSample(sample);

describe('the sample of a leak', () => {
  it('is read back as it was', async () => {
    const read = await openSample(bytes);
    expect(read).toEqual(sample);
    expect([...(read.keyrings[0]?.sets.get('cnic')?.present ?? [])].at(-1)).toBe(0);
    expect(read.strata.at(-1)).toBe(15);
  });

  it('is refused when any byte is another, or missing, or too many', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const spoiled = Uint8Array.from(bytes);
        spoiled[at] = (spoiled[at] as number) ^ flip;
        await expect(openSample(spoiled)).rejects.toThrow(FingerprintError);
        await expect(openSample(bytes.subarray(0, at))).rejects.toThrow(FingerprintError);
      }),
    );
    await expect(openSample(Buffer.concat([bytes, Buffer.from('x')]))).rejects.toThrow(FingerprintError);
  });
});
