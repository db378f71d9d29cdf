import type { APIGatewayProxyEvent } from 'aws-lambda';
import { contentDigest } from '../../core/http-signature/digest.ts';
import { SignatureError } from '../../core/http-signature/error.ts';
import { type MessageSignature, readSignatures } from '../../core/http-signature/input.ts';
import { type Fault, Problem } from '../../core/problem.ts';
import { APPEND_TAG } from '../../core/signing/profile.ts';
import type { SentSignature } from '../appends/signing.ts';
import { bodyBytes, header } from './request.ts';

export const refusedSignature = (fault: Fault): Problem =>
  new Problem('signature-refused', undefined, [fault]);

/**
 * The signature by which an append is its agency's, unverified, once the digest beside it is found to be of the body;
 * `undefined` for a request that bears none. Whoever sent one and is not told otherwise may rely on its being kept.
 * @param path of the route
 * @throws Problem `signature-refused`
 */
export function readSignature(event: APIGatewayProxyEvent, path: string): SentSignature | undefined {
  const [inputs, signatures] = [header(event, 'signature-input'), header(event, 'signature')];
  if (inputs === undefined && signatures === undefined) return undefined;
  const { input, signature } = forAppend(inputs, signatures);
  const digest = contentDigest(bodyBytes(event));
  if (header(event, 'content-digest') !== digest)
    throw refusedSignature({
      header: 'Content-Digest',
      detail: 'must be the SHA-256 of the body as it is sent, and nothing else',
    });
  const value = Buffer.from(signature).toString('base64');
  return { input: input.text, value, api: apiAddressed(event, path), of: 'request', digest };
}

/** A request may bear other signatures for others: its way here has no need to know of ours. */
function forAppend(inputs = '', signatures = ''): MessageSignature {
  try {
    const all = [...readSignatures(inputs, signatures).values()];
    const [ours, ...more] = all.filter(({ input }) => input.parameters.tag === APPEND_TAG);
    if (ours && more.length === 0) return ours;
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    throw refusedSignature({ header: error.header, detail: error.message });
  }
  throw refusedSignature({
    header: 'Signature-Input',
    detail: `must have one signature with the tag ${APPEND_TAG}`,
  });
}

/**
 * The authority at which a request was addressed, and what stands before the route's path: the stage, or what a domain
 * of one's own maps to it.
 * @throws Problem `signature-refused` when the path is another spelling of the route's
 */
export function apiAddressed(event: APIGatewayProxyEvent, path: string): string {
  const authority = (header(event, 'host') ?? '').toLowerCase().replace(/:443$/, '');
  // The whole path, stage included; the event's own `path` leaves that out.
  const whole = event.requestContext.path ?? '';
  if (!whole.endsWith(path))
    throw refusedSignature({
      header: 'Signature-Input',
      detail: 'the path that is signed must be the plain one',
    });
  return `${authority}${whole.slice(0, -path.length)}`;
}
