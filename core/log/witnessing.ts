import * as z from 'zod';
import { LogError } from './error.ts';
import { parseVerifierKey } from './key.ts';
import { type Policy, policyOf } from './policy.ts';

const WitnessKey = z
  .string()
  .max(400)
  .refine((text) => typeOf(text) === 'cosignature', {
    message: 'must be the verifier key of a witness (type 0x04)',
    abort: true,
  });

/**
 * Which witnesses a log asks for cosignatures, and what their being away means for what it publishes.
 */
export const Witnessing = z
  .strictObject({
    witnesses: z
      .array(
        z.strictObject({
          /** The prefix of its `add-checkpoint`. */
          url: z.url({ protocol: /^https?$/ }).regex(/[^/]$/, 'must not end in a slash'),
          vkey: WitnessKey,
        }),
      )
      .max(32),
    /** How many of them must have cosigned a checkpoint for it to be shown at once. */
    quorum: z.int().min(0),
    /**
     * For how many seconds a checkpoint without that many is held back. 0: publication waits for nobody. `forever`: it
     * is not shown before they have cosigned, be they away for days; entries are accepted and ordered all the same.
     */
    holdSeconds: z.union([z.int().min(0).max(86_400), z.literal('forever')]),
  })
  .refine(({ witnesses, quorum }) => quorum <= witnesses.length, {
    path: ['quorum'],
    message: 'must not be more than there are witnesses',
  })
  .refine(({ witnesses }) => areDistinct(witnesses.map(({ vkey }) => vkey)), {
    path: ['witnesses'],
    message: 'must not have one key twice',
  });
export type Witnessing = z.infer<typeof Witnessing>;

/** Whom a reader of this log's checkpoints trusts: its own key, its witnesses, and no fewer of them than `quorum`. */
export const policyFor = (logVkey: string, { witnesses }: Witnessing, quorum = 0): Policy =>
  policyOf(
    [logVkey],
    witnesses.map(({ vkey }) => vkey),
    quorum,
  );

/** By what signs, not by name: a cosignature does not say under which name it was made. */
const areDistinct = (vkeys: readonly string[]): boolean =>
  new Set(vkeys.map((vkey) => parseVerifierKey(vkey).publicKey.join())).size === vkeys.length;

function typeOf(text: string): string | undefined {
  try {
    return parseVerifierKey(text).type;
  } catch (error) {
    if (error instanceof LogError) return undefined;
    throw error;
  }
}
