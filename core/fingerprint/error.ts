/**
 * What can be wrong with a fingerprint file, or with what is asked of one.
 *
 * - `not-a-fingerprint-file`: does not begin as one
 * - `unknown-version`: of a format, filter or PRF that is not known here
 * - `other-normalisation`: its rows were spelled by other rules, so that nothing can be compared
 * - `bad-header`: its description does not hold up
 * - `truncated`: shorter than its description says, or longer
 * - `altered`: a part does not have the digest that it should
 * - `wrong-key`: made with another key, or for another epoch or provider
 * - `unknown-field-set`: it has no fingerprints of these fields
 * - `not-built`: no filter was found for these keys; it does not happen to distinct fingerprints
 */
export type FingerprintErrorCode =
  | 'not-a-fingerprint-file'
  | 'unknown-version'
  | 'other-normalisation'
  | 'bad-header'
  | 'truncated'
  | 'altered'
  | 'wrong-key'
  | 'unknown-field-set'
  | 'not-built';

/** The one error of fingerprints. A reader throws nothing else, whatever it is fed. */
export class FingerprintError extends Error {
  override readonly name = 'FingerprintError';
  readonly code: FingerprintErrorCode;

  constructor(code: FingerprintErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
