import { LogError } from '../../core/log/error.ts';
import type { VerifierKey } from '../../core/log/key.ts';
import type { VerifiedSignature } from '../../core/log/note.ts';
import { parseSize, readCosignatures } from '../../core/log/witness.ts';

/** What a witness said. */
export interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** What was asked: to cosign a checkpoint's text, with a proof from `oldSize`. */
export interface Question {
  readonly text: string;
  readonly oldSize: number;
  readonly witness: VerifierKey;
}

/**
 * What an answer comes to:
 * - `cosigned`: its own cosignature, of just that text
 * - `elsewhere`: it has cosigned another size, and wants its proof from there
 * - `contradicts`: it does not go along with a proof that is right, so it has seen another history
 * - `away`: nothing that the protocol knows, or that helps; it is to be asked again another time
 */
export type Verdict =
  | { readonly kind: 'cosigned'; readonly cosignature: VerifiedSignature }
  | { readonly kind: 'elsewhere'; readonly size: number }
  | { readonly kind: 'contradicts'; readonly why: string }
  | { readonly kind: 'away'; readonly why: string };

/** Reads the answer of a witness, which may be hostile (C2SP tlog-witness). */
export function judge({ status, body }: Answer, { text, oldSize, witness }: Question): Verdict {
  try {
    switch (status) {
      case 200: {
        const [cosignature] = readCosignatures(body, text, [witness]);
        return cosignature ? { kind: 'cosigned', cosignature } : { kind: 'away', why: 'no-signature' };
      }
      case 409: {
        const size = parseSize(body);
        // So answers, by the protocol, who has another root of this size.
        return size === oldSize
          ? { kind: 'contradicts', why: 'it refuses the very size that it names' }
          : { kind: 'elsewhere', size };
      }
      case 422:
        return { kind: 'contradicts', why: 'it refuses a proof that is right' };
      default:
        return { kind: 'away', why: `status ${status}` };
    }
  } catch (error) {
    if (error instanceof LogError) return { kind: 'away', why: error.code };
    throw error;
  }
}
