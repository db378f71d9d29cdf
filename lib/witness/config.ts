import * as z from 'zod';
import { LogError } from '../../core/log/error.ts';
import { checkKeyName } from '../../core/log/key.ts';
import { policyOf } from '../../core/log/policy.ts';
import { DEPLOYMENT, parseDeployment } from '../deployment.ts';

/** What one deployment of a witness may choose. A file of `lib/witness/stages` holds these. */
export const WitnessConfig = z.strictObject({
  ...DEPLOYMENT,
  /**
   * Names the witness in every cosignature, for good: a URL without scheme that is the agency's own, such as
   * `witness.agency.example/amanat`.
   */
  name: z
    .string()
    .max(200)
    .refine(
      (name) => holds(() => checkKeyName(name, 'bad-key')),
      'must not be empty, and have no space and no plus',
    ),
  /** The verifier keys of the logs that it cosigns: two of one origin while a log changes keys. */
  logs: z
    .array(z.string().max(400))
    .min(1)
    .max(8)
    .refine(
      (logs) => holds(() => policyOf(logs)),
      'must be the verifier keys of logs (type 0x01), each once',
    ),
});
export type WitnessConfig = z.infer<typeof WitnessConfig>;
export type WitnessInput = z.input<typeof WitnessConfig>;

/** The `service` of a witness's metrics and log lines. */
export const witnessService = (config: Pick<WitnessConfig, 'stage'>): string =>
  `amanat-witness-${config.stage}`;

/** @throws Error that names every fault, for whoever edits a stage file */
export const parseWitness = (input: unknown): WitnessConfig => parseDeployment(WitnessConfig, input);

function holds(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof LogError) return false;
    throw error;
  }
}
