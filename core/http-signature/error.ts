/** The headers by which a message is signed. */
export type SignatureHeader = 'Signature-Input' | 'Signature' | 'Content-Digest';

/** A signature that cannot be read or made, or does not verify. `message` never repeats what was sent. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
  /** Where the fault is, as far as one header is at fault. */
  readonly header: SignatureHeader;

  constructor(header: SignatureHeader, message: string) {
    super(message);
    this.header = header;
  }
}
