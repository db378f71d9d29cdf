import { execFile } from 'node:child_process';
import { inject } from 'vitest';
import * as z from 'zod';

const program = inject('program');

/** Why the Go program cannot be asked here; `undefined` where it can. For `describe.skipIf`, and in its title. */
export const missing = 'missing' in program ? program.missing : undefined;
export const reason = missing === undefined ? '' : ` (skipped: ${missing})`;

/** Whatever it printed, to look into. @throws Error with what it says is wrong */
export function ask(args: readonly string[], input = ''): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (!('path' in program)) throw new Error(program.missing);
    const options = { maxBuffer: 256 * 1_024 * 1_024 };
    const child = execFile(program.path, args, options, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr.trim() || error.message));
      else resolve(JSON.parse(stdout));
    });
    child.stdin?.end(input);
  });
}

/** How much of a log it checked. */
export const Counts = z.strictObject({
  checkpoints: z.int(),
  cosignatures: z.int(),
  entries: z.int(),
  inclusions: z.int(),
  consistency: z.int(),
});

/** A text that may be hostile, and what a reader of it trusts. */
export interface Question {
  readonly kind: 'checkpoint' | 'receipt' | 'vkey';
  readonly text: Uint8Array;
  readonly entry?: Uint8Array;
  readonly logs?: readonly string[];
  readonly witnesses?: readonly string[];
}

/** Whether Go takes each of the texts. */
export async function judge(questions: readonly Question[]): Promise<boolean[]> {
  const base64 = (bytes: Uint8Array = new Uint8Array()) => Buffer.from(bytes).toString('base64');
  const asked = questions.map(({ text, entry, ...rest }) => ({
    ...rest,
    text: base64(text),
    entry: base64(entry),
  }));
  return z.array(z.boolean()).parse(await ask(['judge'], JSON.stringify(asked)));
}
