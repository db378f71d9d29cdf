import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http';

const agent = new Agent({ keepAlive: true });

export interface Passed {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Passes a request on as it came, and reads the answer to its end. @param body in place of what it came with */
export function pass(to: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Passed> {
  return new Promise((done, fail) => {
    // It was read whole, however it came.
    const { 'transfer-encoding': _chunked, ...rest } = headers;
    const options = { method, headers: { ...rest, 'content-length': body.length }, agent };
    const passed = send(new URL(url ?? '/', to), options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', fail);
      answer.once('end', () =>
        done({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    });
    passed.once('error', fail).end(body);
  });
}
