import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a webhook was told. */
export interface Heard {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real HTTP server that an agency might have, on a port of its own. */
export class Listener {
  readonly heard: Heard[] = [];
  /** What it answers with. */
  status = 204;
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      this.heard.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(this.status).end();
    });
  });

  static async open(): Promise<Listener> {
    const listener = new Listener();
    await new Promise<void>((done) => listener.#server.listen(0, '127.0.0.1', done));
    return listener;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/told`;
  }

  get ids(): string[] {
    return this.heard.map(({ headers }) => String(headers['webhook-id']));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
