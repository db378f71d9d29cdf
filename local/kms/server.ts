import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Loopback, readAll, serveLoopback } from '../loopback.ts';
import { KmsError } from './error.ts';
import type { KeyStore } from './keys.ts';
import { OPERATIONS } from './operations.ts';

const TARGET_PREFIX = 'TrentService.';
/** More than the largest message takes, with all that stands around it. */
const MOST_BYTES = 64 * 1024;

/** What functions need of KMS, in KMS's own protocol: JSON 1.1, the operation named in `X-Amz-Target`. */
export function startKms(keys: KeyStore): Promise<Loopback> {
  return serveLoopback(async (request, response) => {
    try {
      send(response, 200, await answer(keys, request));
    } catch (error) {
      if (!(error instanceof KmsError)) throw error;
      send(response, 400, { __type: error.type, message: error.message });
    }
  });
}

async function answer(keys: KeyStore, request: IncomingMessage): Promise<object> {
  const target = String(request.headers['x-amz-target'] ?? '');
  const operation = target.startsWith(TARGET_PREFIX)
    ? OPERATIONS.get(target.slice(TARGET_PREFIX.length))
    : undefined;
  if (request.method !== 'POST' || operation === undefined)
    throw new KmsError('UnknownOperationException', 'there is no such operation here');
  const body = await readAll(request, MOST_BYTES);
  if (body === undefined) throw new KmsError('ValidationException', 'the request is too long');
  return operation(keys, readJson(body));
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new KmsError('SerializationException', 'the request is no JSON');
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}
