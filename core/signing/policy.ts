import * as z from 'zod';
import { SignatureError } from '../http-signature/error.ts';
import type { Entry } from '../model/entry.ts';
import type { Instant } from '../model/scalars.ts';
import { GRACE_MS } from './profile.ts';

/** What the history of these entries is filed under. */
export const SIGNING_POLICY = 'signatures';

/** What the ledger records of what its stage demands of all agencies. Kinds come and go, so it may name any. */
export const SigningPolicyBody = z.strictObject({
  mandatory: z
    .array(z.string().regex(/^[a-z-]{1,60}$/))
    .max(200)
    .describe('The kinds that agencies sign from now on'),
});
export type SigningPolicyBody = z.infer<typeof SigningPolicyBody>;

interface Declared {
  readonly version: number;
  readonly time: number;
  readonly mandatory: ReadonlySet<string>;
}

/** What a log says, as far as it was read, that agencies must sign. */
export class SigningPolicies {
  /** In the order of their versions, whatever order the log has them in. */
  readonly #declared: Declared[] = [];

  /** @throws SignatureError when it cannot be told what it demands */
  take({ version, recordedAt, body }: Entry): void {
    const { data } = SigningPolicyBody.safeParse(body);
    if (!data) throw new SignatureError('Signature', 'cannot be judged: this is no signing-policy-declared');
    this.#declared.push({ version, time: Date.parse(recordedAt), mandatory: new Set(data.mandatory) });
    this.#declared.sort((a, b) => a.version - b.version);
  }

  /**
   * Whether an agency had to sign what was accepted at a moment. Clocks differ, and functions go on for some seconds with
   * what they knew: so only if each policy demands it that may have been in force then.
   */
  demands(kind: string, at: Instant): boolean {
    const time = Date.parse(at);
    const before = this.#declared.findLast((each) => each.time < time - GRACE_MS);
    const around = this.#declared.filter((each) => Math.abs(each.time - time) <= GRACE_MS);
    return before !== undefined && [before, ...around].every(({ mandatory }) => mandatory.has(kind));
  }
}
