/**
 * What can be wrong with something that claims to belong to a log. Each code is one kind of finding, so that a
 * verifier can say in one line, and by its exit code, which of them it met.
 *
 * - `out-of-range`: an index, size, level or time that is no safe integer or lies outside what it indexes
 * - `bad-hash`: not 32 bytes
 * - `bad-frontier`, `bad-proof`, `bad-tile`, `bad-bundle`, `bad-path`, `bad-note`, `bad-key`, `bad-checkpoint`,
 *   `bad-request`, `bad-receipt`: does not have the form that its format prescribes
 * - `root-mismatch`: well formed, but the hashes do not lead to the root that was signed or stored
 * - `unknown-origin`: a checkpoint of another log
 * - `bad-signature`: a trusted key's signature that does not verify
 * - `no-signature`: nothing on the note is signed by a trusted key
 * - `too-few-cosignatures`: signed by the log, but fewer witnesses than the policy asks for
 */
export type LogErrorCode =
  | 'out-of-range'
  | 'bad-hash'
  | 'bad-frontier'
  | 'bad-proof'
  | 'bad-tile'
  | 'bad-bundle'
  | 'bad-path'
  | 'bad-note'
  | 'bad-key'
  | 'bad-checkpoint'
  | 'bad-request'
  | 'bad-receipt'
  | 'root-mismatch'
  | 'unknown-origin'
  | 'bad-signature'
  | 'no-signature'
  | 'too-few-cosignatures';

/** The one error of the log. Parsers and verifiers throw nothing else, whatever they are fed. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
