import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A request as it came in, before anything is made of it. */
export interface GatewayRequest {
  readonly requestId: string;
  readonly receivedAt: Date;
  readonly httpMethod: string;
  /** As sent, percent-encoded. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Names spelled as sent, with all their values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly sourceIp: string;
  readonly body: Buffer;
}

/** A request that no API could make sense of; `why` is for its sender. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

/** @throws {BadRequest} when the target or its query cannot be read */
export function readRequest(message: IncomingMessage, body: Buffer): GatewayRequest {
  const { path, query } = readTarget(message.url ?? '');
  return {
    requestId: randomUUID(),
    receivedAt: new Date(),
    httpMethod: message.method ?? 'GET',
    path,
    query,
    headers: readHeaders(message.rawHeaders),
    sourceIp: message.socket.remoteAddress ?? '127.0.0.1',
    body,
  };
}

/** Splits a request target, in origin form (`/a?b`) or absolute form (`http://host/a?b`). */
export function readTarget(target: string): Pick<GatewayRequest, 'path' | 'query'> {
  const origin = target.replace(/^https?:\/\/[^/?#]*/i, '');
  const questionMark = origin.indexOf('?');
  const path = questionMark < 0 ? origin : origin.slice(0, questionMark);
  const query = questionMark < 0 ? '' : origin.slice(questionMark + 1);
  if (path !== '' && !path.startsWith('/')) throw new BadRequest('the request target is not a path');
  return { path: path || '/', query: readQuery(query) };
}

/** Parameters, decoded; `;` parts them too, as API Gateway documents. */
function readQuery(query: string): [string, string][] {
  return query
    .split(/[&;]/)
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals < 0
        ? [decode(pair), '']
        : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new BadRequest('the query is not percent-encoded UTF-8');
  }
}

/** One entry for a name in whatever case; the first spelling stays. */
function readHeaders(raw: readonly string[]): Map<string, string[]> {
  const spellings = new Map<string, string>();
  const headers = new Map<string, string[]>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [sent = '', value = ''] = [raw[i], raw[i + 1]];
    const name = spellings.get(sent.toLowerCase()) ?? sent;
    spellings.set(sent.toLowerCase(), name);
    headers.set(name, [...(headers.get(name) ?? []), value]);
  }
  return headers;
}

/** The last value of a header, by its name in any case. */
export function headerOf(request: GatewayRequest, name: string): string | undefined {
  for (const [sent, values] of request.headers)
    if (sent.toLowerCase() === name.toLowerCase()) return values.at(-1);
  return undefined;
}
