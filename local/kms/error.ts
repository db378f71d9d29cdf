/** What KMS answers in place of a result: status 400, and an exception of its API by name. */
export class KmsError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}
