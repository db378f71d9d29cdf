import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { expect } from 'vitest';
import { signCheckpoint } from '../../core/log/checkpoint.ts';
import type { VerifierKey } from '../../core/log/key.ts';
import { parseNote, type VerifiedSignature } from '../../core/log/note.ts';
import { encodeAddCheckpoint, readCosignatures } from '../../core/log/witness.ts';
import { checkpointAt, log, logSigner, ORIGIN } from '../core/log/logs.ts';
import { at, type Definition } from '../core/log/trees.ts';

export type WitnessHandler = (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;

/** A request as API Gateway hands it to the witness; bytes come as base64. */
export const witnessEvent = (method: string, resource: string, body?: string | Uint8Array) =>
  ({
    httpMethod: method,
    resource,
    body: typeof body === 'string' ? body : body ? Buffer.from(body).toString('base64') : null,
    isBase64Encoded: body instanceof Uint8Array,
  }) as APIGatewayProxyEvent;

/** The body that asks for a cosignature of a tree's head, the test log's when left out. */
export async function request(oldSize: number, size: number, tree: Definition = log): Promise<string> {
  const proof = oldSize === 0 || oldSize > size ? [] : tree.subproof(oldSize, 0, size);
  return encodeAddCheckpoint({ oldSize, proof, checkpoint: await forkAt(size, tree.root(0, size)) });
}

/** A checkpoint of this size that the log signs, with a root that is not the one of its entries when left out. */
export const forkAt = (size: number, root = log.root(100, 100 + size)): Promise<string> =>
  signCheckpoint({ origin: ORIGIN, size, root }, logSigner);

/** The cosignature in a good answer, verified against the test log's checkpoint of that size. */
export async function cosignatureIn(
  answer: APIGatewayProxyResult,
  size: number,
  witness: VerifierKey,
): Promise<VerifiedSignature> {
  expect(answer.statusCode).toBe(200);
  const { text } = parseNote(await checkpointAt(size));
  return at(readCosignatures(answer.body, text, [witness]), 0);
}
