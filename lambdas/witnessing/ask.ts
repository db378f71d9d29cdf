import type { Answer } from './verdict.ts';

/** A cosignature is a signature line; an honest answer is far below this. */
const MOST_BYTES = 16_384;

export interface Limits {
  readonly milliseconds: number;
}

/**
 * Sends `add-checkpoint` to a witness, and reads what it says, which may be hostile: so late, so much, or so much at a
 * time as it likes, but no later and no more than the limits.
 *
 * @param url the prefix of its `add-checkpoint`
 * @returns a name of what went wrong, where there is no answer
 */
export async function ask(url: string, body: string, { milliseconds }: Limits): Promise<Answer | string> {
  try {
    const response = await fetch(`${url}/add-checkpoint`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body,
      // Who is somewhere else by now is put there by whoever operates the log.
      redirect: 'error',
      signal: AbortSignal.timeout(milliseconds),
    });
    return { status: response.status, body: await readAtMost(response, MOST_BYTES) };
  } catch (error) {
    return reasonOf(error);
  }
}

async function readAtMost({ body }: Response, bytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early cancels the rest.
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > bytes) throw new RangeError('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The kind of failure, without what a server may have put into it. */
function reasonOf(error: unknown): string {
  const { name, cause } = error instanceof Error ? error : new Error('unknown');
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : name;
}
