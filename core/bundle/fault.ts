import type { LogErrorCode } from '../log/error.ts';

/**
 * What is wrong with a bundle, and where: the name of a file in it, or `container` for the archive around them.
 *
 * - `file`: altered, missing, or one too many
 * - `entry`: what stands in the log there is no entry in canonical JSON
 * - `party`: an agency's signature on an entry does not verify
 * - any other: what {@link LogErrorCode} says of it
 */
export class BundleFault extends Error {
  override readonly name = 'BundleFault';
  readonly file: string;
  readonly code: LogErrorCode | 'file' | 'entry' | 'party';

  constructor(file: string, code: BundleFault['code'], message: string) {
    super(message);
    this.file = file;
    this.code = code;
  }
}
