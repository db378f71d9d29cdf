/** A request as it is sent. */
export interface Prepared {
  readonly address: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body?: string;
}

/** An answer that has been read to its end. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * There was no answer (`unreachable`), or one that is not what the contract says (`unexpected-answer`): of another
 * form, longer than any can be, or a redirect, which is not followed.
 */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly code: 'unreachable' | 'unexpected-answer';

  constructor(code: ApiFailure['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

interface Limits {
  readonly fetch?: typeof globalThis.fetch;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

/** Lambda answers with at most 6 MB, and a bundle of entries that came compressed grows to no more than 17. */
const MAX_BYTES = 32 * 2 ** 20;

/**
 * Sends a request once, and reads its answer to the end.
 * @throws ApiFailure `unexpected-answer`; whatever `fetch` throws where there was no whole answer
 */
export async function exchange(
  { timeoutMs = 30_000, maxBytes = MAX_BYTES, ...options }: Limits,
  { address, ...init }: Prepared,
  signal: AbortSignal | undefined,
): Promise<Answered> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const response = await (options.fetch ?? fetch)(address, {
    ...init,
    redirect: 'manual',
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  const { status, headers } = response;
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    await response.body?.cancel();
    throw new ApiFailure('unexpected-answer', 'the answer is a redirect, which is not followed');
  }
  return { status, headers, bytes: await readAtMost(maxBytes, response) };
}

/** The body of an answer. Whoever sends without end is cut off, whatever length it announced. */
async function readAtMost(maxBytes: number, { body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early cancels the rest.
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxBytes)
      throw new ApiFailure('unexpected-answer', `the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
