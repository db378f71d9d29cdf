/** What a command cannot start with: said in one line on stderr, with exit code 2 and no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
