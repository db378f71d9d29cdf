import type { IncomingMessage } from 'node:http';

export const TOO_LARGE = Symbol('too large');

/** How much of a body that is refused anyway is still taken in, so that its sender gets to read the refusal. */
const MAX_DISCARDED_BYTES = 80 * 1024 * 1024;

/** The whole body; `undefined` when the client went away before its end. */
export function readBody(
  message: IncomingMessage,
  mostBytes: number,
): Promise<Buffer | typeof TOO_LARGE | undefined> {
  return new Promise((done) => {
    const chunks: Buffer[] = [];
    let size = 0;
    if (Number(message.headers['content-length'] ?? 0) > MAX_DISCARDED_BYTES) done(TOO_LARGE);
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= mostBytes) chunks.push(chunk);
      else chunks.length = 0;
      if (size > MAX_DISCARDED_BYTES) {
        done(TOO_LARGE);
        message.destroy();
      }
    });
    // Not before its end: a client that still sends when the refusal comes may never read it.
    message.once('end', () => done(size > mostBytes ? TOO_LARGE : Buffer.concat(chunks)));
    message.once('close', () => done(undefined));
    message.once('error', () => done(undefined));
  });
}
