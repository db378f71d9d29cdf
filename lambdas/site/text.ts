import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { header } from '../http/request.ts';
import { Answer } from '../http/serve.ts';

/** A text that is sent as it is to many, with its digest and compressed form made once. */
export class StaticText {
  readonly #text: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #tag: string;
  #gzipped: Uint8Array | undefined;

  /** @param headers those that go with it, its type and how long it may be kept among them */
  constructor(text: string, headers: Readonly<Record<string, string>>) {
    this.#text = text;
    this.#headers = headers;
    this.#tag = createHash('sha256').update(text).digest('base64url').slice(0, 22);
  }

  /** The answer to a request for it: 304 when the client has it, compressed when the client can read that. */
  answer(event: APIGatewayProxyEvent): Answer {
    const gzip = acceptsGzip(header(event, 'accept-encoding'));
    const etag = `"${this.#tag}${gzip ? '-gzip' : ''}"`;
    const headers = { ...this.#headers, etag, vary: 'accept-encoding' };
    if (isAmong(etag, header(event, 'if-none-match'))) return new Answer(304, '', headers);
    if (!gzip) return new Answer(200, this.#text, headers);
    this.#gzipped ??= gzipSync(this.#text);
    return new Answer(200, this.#gzipped, { ...headers, 'content-encoding': 'gzip' });
  }
}

/** RFC 9110, 12.5.3, as far as it matters for one encoding: named, and not with weight 0. */
function acceptsGzip(accepted = ''): boolean {
  const weights = new Map(
    accepted.split(',').map((part) => {
      const [name = '', weight] = part.toLowerCase().split(/;\s*q=/);
      return [name.trim(), weight === undefined ? 1 : Number(weight)];
    }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}

/** RFC 9110, 13.1.2: weak comparison, since intermediaries weaken tags. */
const isAmong = (etag: string, sent = ''): boolean =>
  sent.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
