import { createHash } from 'node:crypto';
import { serializeByteSequence } from 'structured-headers';

/** The value of `Content-Digest` (RFC 9530) of a body: its SHA-256, and no other. */
export const contentDigest = (body: Uint8Array): string =>
  `sha-256=${serializeByteSequence(createHash('sha256').update(body).digest())}`;
